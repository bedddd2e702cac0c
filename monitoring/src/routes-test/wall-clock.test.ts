import { expect, test } from "vitest";
import { readDuration } from "../duration.ts";
import { instantOf, offsetOf, readWallClock } from "./wall-clock.ts";

test.each([
  ["2026-12-24 18:30", "2026-12-24T18:30:00Z"],
  ["2026-12-24 18:30 Europe/Berlin", "2026-12-24T17:30:00Z"],
  ["2026-07-01 18:30 Europe/Berlin", "2026-07-01T16:30:00Z"],
  // Half an hour after the clocks were put forward.
  ["2026-03-29 03:30 Europe/Berlin", "2026-03-29T01:30:00Z"],
  ["2026-07-01 18:30 Asia/Kolkata", "2026-07-01T13:00:00Z"],
])("%s is %s", (text, instant) => {
  expect(new Date(instantOf(readWallClock(text))).toISOString()).toBe(new Date(instant).toISOString());
});

test("a day of the week is one", () => {
  expect(new Date(instantOf(readWallClock("Saturday 03:00"))).toUTCString()).toMatch(/^Sat, .* 03:00:00 GMT$/);
  expect(new Date(instantOf(readWallClock("sunday 00:00"))).toUTCString()).toMatch(/^Sun, .* 00:00:00 GMT$/);
});

test.each([["Someday 03:00", "is no clock"], ["Saturday 25:00", "is no clock"], ["2026-13-01 10:00", "is no clock"], ["Saturday 03:00 Mars/Olympus", "is no time zone"]])("%s is refused: %s", (text, words) => {
  expect(() => readWallClock(text)).toThrow(words);
});

test("offsets are those of the time of the year", () => {
  expect(offsetOf("Europe/Berlin", Date.parse("2026-07-01T00:00:00Z"))).toBe(7_200_000);
  expect(offsetOf("America/New_York", Date.parse("2026-01-01T00:00:00Z"))).toBe(-18_000_000);
  expect(offsetOf("UTC", 0)).toBe(0);
});

test("durations are Prometheus's", () => {
  expect(readDuration("1h30m")).toBe(5_400_000);
  expect(readDuration("250ms")).toBe(250);
  expect(readDuration("0")).toBe(0);
  expect(() => readDuration("5 minutes")).toThrow("write for example 30s");
});
