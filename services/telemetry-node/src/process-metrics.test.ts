import { expect, test } from "vitest";
import { memoryLimit } from "./process-metrics.ts";

test.each([
  ["a limit of the cgroup", 512, 8_192, 512],
  ["no cgroup", 0, 8_192, 8_192],
  ["a cgroup without a limit", 2 ** 64, 8_192, 8_192],
])("memory limit with %s", (_case, constrained, machine, limit) => {
  expect(memoryLimit(constrained, machine)).toBe(limit);
});
