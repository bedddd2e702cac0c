import { expect, test } from "vitest";
import { withUnit } from "./units.ts";

test.each([
  [0.2164, "s", undefined, "216 ms"], [0.00001, "s", undefined, "10 µs"], [0, "s", undefined, "0 s"], [7200, "s", undefined, "2 h"], [604_800, "s", undefined, "7 d"],
  [0.99496, "percentunit", 2, "99.50 %"], [0.0005, "percentunit", undefined, "0.05 %"], [-0.00001, "percentunit", 1, "0.0 %"], [-0.4, "short", 0, "0"],
  [1536, "bytes", undefined, "1.5 KiB"], [1.036, "reqps", undefined, "1.04 req/s"], [12_345, "cps", undefined, "12.3 k/s"], [3, "short", 0, "3"], [1_200_000, "short", undefined, "1.2 M"],
  [null, "s", undefined, "–"], [Number.NaN, "s", undefined, "–"], [Infinity, "short", undefined, "∞"], [-803, "percentunit", 1, "-80300.0 %"],
] as const)("%j in %s reads %s", (value, unit, decimals, text) => {
  expect(withUnit(value, unit, decimals)).toBe(text);
});
