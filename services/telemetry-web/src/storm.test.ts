import { expect, test } from "vitest";
import { createStorm, maxDistinct, windowMs } from "./storm.ts";

test("the first is sent, the others are counted exactly", () => {
  const storm = createStorm<number>(() => 1_000_000);
  const sent = Array.from({ length: 500 }, (_, n) => storm.admit("same", n)).filter(Boolean);
  expect(sent).toHaveLength(1);
  expect(storm.take()).toEqual({ repeated: [{ record: 499, count: 499 }], beyond: 0 });
  expect(storm.take()).toEqual({ repeated: [], beyond: 0 });
});

test("different ones are limited per minute, and the rest is counted", () => {
  let time = 1_000_000;
  const storm = createStorm<number>(() => time);
  const admitted = Array.from({ length: 500 }, (_, n) => storm.admit(`kind ${n}`, n)).filter(Boolean);
  expect(admitted).toHaveLength(maxDistinct);
  expect(storm.take().beyond).toBe(500 - maxDistinct);
  time += windowMs;
  expect(storm.admit("kind 499", 1)).toBe(true);
});
