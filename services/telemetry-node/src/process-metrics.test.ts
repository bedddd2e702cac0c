import { expect, test } from "vitest";
import { memoryLimit } from "./process-metrics.ts";

test.each([
  ["a limit of the cgroup", undefined, 512, 8_192, 512],
  ["no cgroup", undefined, 0, 8_192, 8_192],
  ["a cgroup without a limit", undefined, 2 ** 64, 8_192, 8_192],
  ["a declared one and no cgroup", 1_024, 0, 8_192, 1_024],
  ["a declared one below that of the cgroup", 1_024, 2_048, 8_192, 1_024],
  ["a declared one that the cgroup does not allow", 1_024, 512, 8_192, 512],
  ["a declared one beyond the machine", 16_384, 0, 8_192, 8_192],
])("memory limit with %s", (_case, declared, constrained, machine, limit) => {
  expect(memoryLimit(declared, constrained, machine)).toBe(limit);
});
