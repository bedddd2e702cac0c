import { expect, test } from "vitest";
import { createCollapse, type Outcome } from "./collapse.ts";

const SENT: Outcome = { kind: "sent" };
const MINUTE = 60_000_000_000n;

function counter(outcome: Outcome = SENT): { deliver: () => Promise<Outcome>; calls: () => number } {
  let calls = 0;
  return { deliver: () => Promise.resolve((calls++, outcome)), calls: () => calls };
}

test("the same key is delivered once within the window, also while the first is still under way", async () => {
  const { once } = createCollapse();
  const gate = Promise.withResolvers<Outcome>();
  const first = once("a", 0n, () => gate.promise);
  const other = counter();
  const second = once("a", 5n, other.deliver);
  gate.resolve(SENT);
  expect(await Promise.all([first, second])).toEqual([SENT, { kind: "collapsed" }]);
  expect(await once("a", MINUTE, other.deliver)).toEqual({ kind: "collapsed" });
  expect(other.calls()).toBe(0);
});

test("a deferred delivery defers those that waited for it, and is forgotten", async () => {
  const { once, size } = createCollapse();
  const gate = Promise.withResolvers<Outcome>();
  const both = [once("a", 0n, () => gate.promise), once("a", 0n, counter().deliver)];
  gate.resolve({ kind: "deferred" });
  expect(await Promise.all(both)).toEqual([{ kind: "deferred" }, { kind: "deferred" }]);
  expect(size()).toBe(0);
  expect(await once("a", 0n, counter().deliver)).toEqual(SENT);
});

test("a delivery that fails is forgotten too", async () => {
  const { once, size } = createCollapse();
  await expect(once("a", 0n, () => Promise.reject(new Error("bug")))).rejects.toThrow("bug");
  expect(size()).toBe(0);
});

test("an exception that happened more than a minute apart is another one", async () => {
  const { once } = createCollapse();
  const { deliver, calls } = counter();
  await once("a", 0n, deliver);
  expect(await once("a", MINUTE + 1n, deliver)).toEqual(SENT);
  expect(calls()).toBe(2);
});

test("memory is bounded by time since the last sight and by number", async () => {
  let now = 0;
  const { once, size } = createCollapse(3, () => now);
  const { deliver } = counter();
  for (const key of ["a", "b", "c", "d"]) await once(key, 0n, deliver);
  expect(size()).toBe(3);
  expect(await once("a", 0n, deliver)).toEqual(SENT);
  now = 50_000;
  expect(await once("d", 0n, deliver)).toEqual({ kind: "collapsed" });
  now = 70_000;
  expect(await once("c", 0n, deliver)).toEqual(SENT);
  expect(await once("d", 0n, deliver)).toEqual({ kind: "collapsed" });
  expect(size()).toBe(2);
});
