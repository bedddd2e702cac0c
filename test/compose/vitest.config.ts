import { defineConfig } from "vitest/config";

/** `npm run compose-test`: apart from `npm test`, because it wants a Docker engine. */
export default defineConfig({
  test: {
    include: ["test/compose/compose.story.ts"],
    // Each test goes on where the one before ended.
    bail: 1,
    testTimeout: 420_000,
    hookTimeout: 1_500_000,
  },
});
