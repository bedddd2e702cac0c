import { defineConfig } from "vitest/config";

const besideTheCode = ["services/*/src", "otel-collector/src", "monitoring/src"];
const process = besideTheCode.map((folder) => `${folder}/**/*.process.test.{ts,tsx}`);

/**
 * Three kinds of tests: `unit` beside the code (seconds); `process` beside the code, too, which start the part, a browser or a real
 * component (minutes); `stories` across parts with everything running.
 */
export default defineConfig({
  test: {
    reporters: ["default", "./test/support/count-reporter.ts"],
    // Tests wait for children more than they compute.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: "unit",
          include: [...besideTheCode.map((folder) => `${folder}/**/*.test.{ts,tsx}`), "test/*.test.ts"],
          exclude: process,
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "process",
          include: process,
          // A program takes a second to start, or twenty beside other work; some tests start four.
          testTimeout: 180_000,
          hookTimeout: 180_000,
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
