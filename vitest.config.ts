import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/browser/unpack.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // The suite is meant to pass on a two-core machine as it does on a large one.  Four workers: tests of pages wait for their browser,
    // those of commands and of threads for the processes that they start.
    maxWorkers: 4,
  },
});
