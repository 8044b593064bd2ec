import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Two workers: the suite is meant to pass on a two-core machine as it does on a large one.
    maxWorkers: 2,
  },
});
