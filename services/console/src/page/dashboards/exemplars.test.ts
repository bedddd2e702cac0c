import { expect, test } from "vitest";
import { thinned } from "./exemplars.ts";

const hour = { start: 1_000, end: 4_600 };
const at = (timeS: number, value: number) => ({ traceId: `${timeS}-${value}`, timeS, value });

test("the slowest two of a minute are shown of an hour", () => {
  const minute = [at(1_010, 0.1), at(1_020, 3), at(1_030, 2), at(1_059, 2.5)];
  expect(thinned([...minute, at(1_061, 0.2)], hour)).toEqual([at(1_020, 3), at(1_059, 2.5), at(1_061, 0.2)]);
});

test("a request that several lines tell of is one", () => {
  expect(thinned([at(1_010, 1), at(1_010, 1), at(1_010, 1), at(1_011, 0.5)], hour)).toEqual([at(1_010, 1), at(1_011, 0.5)]);
});

test("a week of them is no more than 120", () => {
  const week = Array.from({ length: 5_000 }, (_, n) => at(1_000 + n * 120, n % 7));
  expect(thinned(week, { start: 1_000, end: 601_000 })).toHaveLength(120);
});
