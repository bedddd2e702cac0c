import { expect, test } from "vitest";
import { sessionIdleMs, sessionMaxMs, sessionTracker } from "./session.ts";

function setUp(storage: Map<string, string> = new Map()) {
  let time = 1_000_000;
  let ids = 0;
  const seed = Math.floor(Math.random() * 1e9);
  const tracker = (): (() => string) =>
    sessionTracker({ getItem: (key) => storage.get(key) ?? null, setItem: (key, value) => void storage.set(key, value) }, () => time, () => `${seed}${ids++}`.padStart(32, "0"));
  return { tracker, storage, pass: (ms: number) => (time += ms) };
}

test("a second tab and a reload share the session", () => {
  const { tracker, pass } = setUp();
  const id = tracker()();
  pass(60_000);
  expect(tracker()()).toBe(id);
});

test("activity keeps it; 30 idle minutes end it", () => {
  const { tracker, pass } = setUp();
  const session = tracker();
  const id = session();
  pass(sessionIdleMs - 1_000);
  expect(session()).toBe(id);
  pass(sessionIdleMs - 1_000);
  expect(session()).toBe(id);
  pass(sessionIdleMs);
  expect(session()).not.toBe(id);
});

test("it ends after four hours even when never idle", () => {
  const { tracker, pass } = setUp();
  const session = tracker();
  const id = session();
  for (let passed = 0; passed < sessionMaxMs - 600_000; passed += 600_000) {
    pass(600_000);
    expect(session()).toBe(id);
  }
  pass(600_000);
  expect(session()).not.toBe(id);
});

test.each(["nonsense", "null", '{"id":"x","started":1,"last":1}', '{"id":"00000000000000000000000000000000"}'])("storage holding %s gives a new session", (text) => {
  const { tracker } = setUp(new Map([["helloagents.session", text]]));
  expect(tracker()()).toMatch(/^[0-9a-f]{32}$/);
});

test("without storage the id lasts as long as the page", () => {
  const session = sessionTracker(undefined, () => 0, () => "a".repeat(32));
  expect(session()).toBe(session());
  const throwing = { getItem: () => { throw new Error("denied"); }, setItem: () => { throw new Error("denied"); } };
  let ids = 0;
  const denied = sessionTracker(throwing, () => 0, () => String(ids++));
  expect(denied()).toBe(denied());
});

test("the id is a UUID of version 7 that tells when the session began", () => {
  const time = 1_767_323_045_678;
  const ids = ["0".repeat(32), "f".repeat(32), "123456789abcdef0123456789abcdef0"].map((random) => sessionTracker(undefined, () => time, () => random)());
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
    expect(Number.parseInt(id.slice(0, 12), 16)).toBe(time);
  }
  expect(new Set(ids).size).toBe(3);
});
