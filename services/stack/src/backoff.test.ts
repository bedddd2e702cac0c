import { expect, test } from "vitest";
import { backoff_ms } from "./backoff.ts";

test("waits double from half a second to half a minute", () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7, 1000].map(backoff_ms)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});
