import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createBatch } from "./batch.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("hands over after the delay, at the size, and at once when drained", () => {
  const flushed: number[][] = [];
  const batch = createBatch<number>({ maxQueue: 10, maxBatch: 3, delayMs: 100, flush: (items) => flushed.push(items) });
  batch.add(1);
  vi.advanceTimersByTime(99);
  expect(flushed).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(flushed).toEqual([[1]]);
  for (const item of [2, 3, 4, 5]) batch.add(item);
  vi.advanceTimersByTime(0);
  expect(flushed).toEqual([[1], [2, 3, 4], [5]]);
  batch.add(6);
  batch.drain();
  expect(flushed.at(-1)).toEqual([6]);
});

test("drops what comes when the queue is full", () => {
  const flushed: number[][] = [];
  const batch = createBatch<number>({ maxQueue: 4, maxBatch: 2, delayMs: 100, flush: (items) => flushed.push(items) });
  for (const item of [1, 2, 3, 4, 5, 6]) batch.add(item);
  batch.drain();
  expect(flushed).toEqual([[1, 2], [3, 4]]);
});
