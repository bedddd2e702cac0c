import { expect, test } from "vitest";
import { linkRange, momentMs, moments, rangeLabel, readable, seconds, spanOf, stepFor } from "./time-range.ts";

const NOW_MS = Date.UTC(2026, 0, 31, 12);

test.each([["15s", 15], ["1h30m", 5400], ["7d", 604_800], ["", undefined], ["15", undefined], ["off", undefined]])("%j is %j seconds", (text, expected) => {
  expect(seconds(text)).toBe(expected);
});

test.each([["now", NOW_MS], ["now-6h", NOW_MS - 21_600_000], ["1767225600000", 1_767_225_600_000], ["2026-01-01T00:00:00Z", 1_767_225_600_000], ["now/d", undefined], ["soon", undefined]])("%j is a moment", (text, expected) => {
  expect(momentMs(text, NOW_MS)).toBe(expected);
});

test("a range that ends before it starts, or cannot be read, is the last hour", () => {
  const lastHour = { startS: NOW_MS / 1000 - 3600, endS: NOW_MS / 1000 };
  expect(spanOf({ from: "now", to: "now-1h" }, NOW_MS)).toEqual(lastHour);
  expect(spanOf({ from: "yesterday-ish", to: "now" }, NOW_MS)).toEqual(lastHour);
  expect(readable({ from: "yesterday-ish", to: "now" }, NOW_MS)).toBe(false);
  expect(readable({ from: "now", to: "now-1h" }, NOW_MS)).toBe(false);
  expect(readable({ from: "now-7d", to: "now" }, NOW_MS)).toBe(true);
  expect(spanOf({ from: "now-7d", to: "now" }, NOW_MS).startS).toBe(NOW_MS / 1000 - 604_800);
});

test.each([["1 h", 3600, 15], ["6 h", 21_600, 60], ["24 h", 86_400, 300], ["7 d", 604_800, 1800]])("%s has a round step", (_name, length, step) => {
  expect(stepFor({ startS: 0, endS: length }, 500, 15)).toBe(step);
});

test("the end of a range is one of its moments, so that a young system shows in a long range", () => {
  const grid = moments({ startS: 0.5, endS: 604_800.9 }, 1800);
  expect(grid.end).toBe(604_800);
  expect((grid.end - grid.start) % grid.step).toBe(0);
  expect(grid.start).toBeGreaterThanOrEqual(0);
});

test("links carry fixed ends, words say what is looked at", () => {
  expect(linkRange({ startS: 1.5, endS: 2 })).toEqual({ __from: "1500", __to: "2000" });
  expect(rangeLabel({ from: "now-6h", to: "now" })).toBe("last 6 h");
  expect(rangeLabel({ from: "1782907200000", to: "1782910800000" })).toMatch(/Jul 2026.* to .*Jul 2026/);
});
