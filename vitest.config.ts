import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // The suite is meant to pass on a two-core machine as it does on a large one.  Three workers: tests of pages wait for their browser.
    maxWorkers: 3,
  },
});
