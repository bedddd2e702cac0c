import { expect, test } from "vitest";
import type { CountPoint } from "../otlp/metrics.ts";
import { createCounts } from "./counts.ts";

const STARTED = 1_000n;

function point(count: number, time: bigint, more: Partial<CountPoint> = {}): CountPoint {
  return { resource: new Map([["service.name", "shop"]]), attributes: new Map([["http.response.status_code", 200]]), startTimeUnixNano: 0n, timeUnixNano: time, count, cumulative: true, ...more };
}

const other = { attributes: new Map([["http.response.status_code", 500]]) };

test("a count that began before the bridge counts from where it is first seen; a repeat and an overtaken point count nothing", () => {
  const { growth } = createCounts(STARTED);
  expect([point(10, 2_000n), point(13, 3_000n), point(13, 3_000n), point(11, 2_500n), point(20, 4_000n)].map(growth)).toEqual([0, 3, 0, 0, 7]);
});

test("a count that began after the bridge counts in full", () => {
  const { growth } = createCounts(STARTED);
  expect(growth(point(4, 2_000n, { startTimeUnixNano: STARTED }))).toBe(4);
});

test("a series that appears later in a process that is known counts in full, one that came along with its first points does not", () => {
  const { growth } = createCounts(STARTED);
  expect(growth(point(10, 2_000n))).toBe(0);
  expect(growth(point(5, 2_000n, other))).toBe(0);
  expect(growth(point(1, 3_000n, { attributes: new Map([["http.response.status_code", 404]]) }))).toBe(1);
});

test("a process that starts again counts in full, what its former life sends late counts nothing", () => {
  const { growth } = createCounts(STARTED);
  growth(point(10, 2_000n, { startTimeUnixNano: 500n }));
  expect(growth(point(3, 3_000n, { startTimeUnixNano: 2_500n }))).toBe(3);
  expect(growth(point(12, 2_400n, { startTimeUnixNano: 500n }))).toBe(0);
  expect(growth(point(4, 3_500n, { startTimeUnixNano: 2_500n }))).toBe(1);
});

test("deltas are counted as they are, each once", () => {
  const { growth } = createCounts(STARTED);
  const delta = (count: number, start: bigint, time: bigint): number => growth(point(count, time, { startTimeUnixNano: start, cumulative: false }));
  expect([delta(5, 1_500n, 2_000n), delta(2, 2_000n, 3_000n), delta(2, 2_000n, 3_000n)]).toEqual([5, 2, 0]);
});

test("processes are told apart", () => {
  const { growth } = createCounts(STARTED);
  const b = { resource: new Map([["service.name", "shop"], ["service.instance.id", "b"]]) };
  growth(point(10, 2_000n));
  expect(growth(point(50, 3_000n, b))).toBe(0);
  expect([growth(point(11, 3_000n)), growth(point(52, 4_000n, b))]).toEqual([1, 2]);
});

test("beyond its limit it forgets the longest silent, and what comes back then counts from there on, not twice", () => {
  const { growth, size } = createCounts(STARTED, 2);
  const series = (n: number, count: number, time: bigint): number => growth(point(count, time, { attributes: new Map([["http.route", `/${n}`]]) }));
  series(1, 5, 2_000n);
  series(2, 5, 2_000n);
  expect(series(3, 5, 3_000n)).toBe(5);
  expect(size()).toBe(2);
  expect(series(1, 9, 4_000n)).toBe(0);
  expect(series(1, 10, 5_000n)).toBe(1);
});
