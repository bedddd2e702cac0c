import { defineConfig } from "vitest/config";

/** Two kinds of tests: `unit` beside the code (seconds), `stories` across parts with the real components (minutes). */
export default defineConfig({
  test: {
    reporters: ["default", "./test/support/count-reporter.ts"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["services/*/src/**/*.test.{ts,tsx}", "otel-collector/src/**/*.test.ts", "monitoring/src/**/*.test.ts", "test/*.test.ts"],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "stories",
          include: ["test/stories/**/*.test.ts"],
          globalSetup: ["./test/support/shared-stack.ts"],
          // Stories share two cores with a whole stack each: one at a time, with room for a slow machine.
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
