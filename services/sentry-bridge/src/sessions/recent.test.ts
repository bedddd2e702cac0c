import { expect, test } from "vitest";
import { createRecent } from "./recent.ts";

test("the last keys are kept, what was set again counts as new, and no more than twice the limit are in memory", () => {
  const { get, set } = createRecent<number>(3);
  for (let n = 1; n <= 6; n++) set(`k${n}`, n);
  expect([1, 2, 3, 4, 5, 6].map((n) => get(`k${n}`))).toEqual([1, 2, 3, 4, 5, 6]);
  set("k2", 22);
  expect([1, 2, 3, 4, 5, 6].map((n) => get(`k${n}`))).toEqual([undefined, 22, undefined, 4, 5, 6]);
  set("k2", 23);
  expect(get("k2")).toBe(23);
});
