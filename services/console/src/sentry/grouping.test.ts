import { expect, test } from "vitest";
import { databaseEvent, pageEvent } from "../demo/events.ts";
import { readEvent } from "./event.ts";
import { issueId, valueShape } from "./grouping.ts";

type Json = Record<string, unknown>;
const thrown = (type: string, value: string, frames: Json[] = [], more: Json = {}) => issueId("1", readEvent({ exception: { values: [{ type, value, stacktrace: { frames } }] }, ...more }));
const frame = (fn: string, inApp = true, lineno = 1) => ({ function: fn, filename: "src/a.ts", in_app: inApp, lineno });

test("what differs from one occurrence to the next does not make another issue", () => {
  expect(thrown("E", "user 17 not found")).toBe(thrown("E", "user 40213 not found"));
  expect(thrown("E", 'no "red" here')).toBe(thrown("E", 'no "blue" here'));
  expect(thrown("E", "run 6d0c2c1e-9d0a-4f0f-9a53-0d1f6f2d7c11")).toBe(thrown("E", "run 00000000-1111-2222-3333-444444444444"));
  expect(thrown("E", "x", [frame("f", true, 10)])).toBe(thrown("E", "x", [frame("f", true, 99)]));
  expect(thrown("E", "x", [frame("f")], { release: "a@1" })).toBe(thrown("E", "x", [frame("f")], { release: "a@2" }));
});

test("another type, shape, place, cause or project is another issue", () => {
  const base = thrown("E", "x", [frame("f")]);
  expect(thrown("F", "x", [frame("f")])).not.toBe(base);
  expect(thrown("E", "y", [frame("f")])).not.toBe(base);
  expect(thrown("E", "x", [frame("g")])).not.toBe(base);
  const event = readEvent(databaseEvent(0, "0".repeat(32), "1".repeat(32), "u"));
  expect(issueId("1", event)).not.toBe(issueId("2", event));
  expect(issueId("1", { ...event, exceptions: event.exceptions.slice(1) })).not.toBe(issueId("1", event));
});

test("the place is the innermost own call; without frames the transaction", () => {
  const own = [frame("main"), frame("save"), frame("write", false)];
  expect(thrown("E", "x", own)).toBe(thrown("E", "x", [frame("other"), frame("save"), frame("elsewhere", false)]));
  expect(thrown("E", "x", [], { transaction: "GET /a" })).not.toBe(thrown("E", "x", [], { transaction: "GET /b" }));
});

test("a fingerprint replaces the usual grouping or refines it", () => {
  expect(thrown("E", "x", [], { fingerprint: ["mine"] })).toBe(thrown("F", "y", [], { fingerprint: ["mine"] }));
  const refined = { fingerprint: ["{{ default }}", "tenant-1"] };
  expect(thrown("E", "x", [], refined)).not.toBe(thrown("E", "x"));
  expect(thrown("E", "x", [], refined)).not.toBe(thrown("F", "x", [], refined));
});

test("shapes keep the words", () => {
  expect(valueShape("can't read 'a' of 12 at http://h:1/x?y=2 in 4bf92f3577b34da6")).toBe("can't read <text> of <n> at <url> in <hex>");
  expect(valueShape("deadbeef facade")).toBe("deadbeef facade");
  expect(valueShape("first\nsecond")).toBe("first");
});

test("shaping a hostile message takes no notable time", () => {
  expect(valueShape(`${"'".repeat(100_000)}${"1.".repeat(100_000)}`).length).toBeLessThanOrEqual(300);
});

test("events are read whatever their shape", () => {
  const view = readEvent(pageEvent(1_700_000_000_000, "a".repeat(32), "b".repeat(32), "u-1"));
  expect(view).toMatchObject({ time: "2023-11-14T22:13:20.000Z", traceId: "b".repeat(32), sessionId: "7e21ab90c4d84f10", user: { id: "u-1" } });
  expect(view.exceptions[0]?.frames.at(-1)).toMatchObject({ function: "ResultPanel", line: 41, inApp: true });
  expect(readEvent({ exception: [{ type: "A" }], tags: [["k", "v"], null, ["bad"]], timestamp: "2026-01-02T03:04:05", logentry: { message: "m" } })).toMatchObject({
    exceptions: [{ type: "A" }], tags: [["k", "v"]], time: "2026-01-02T03:04:05.000Z", message: "m",
  });
  expect(() => readEvent({ exception: { values: [null, 1, "x"] }, tags: 7, user: [], contexts: "no", breadcrumbs: null, timestamp: 1e300, fingerprint: {} })).not.toThrow();
});
