// long: a trace of millions of events takes no more memory than its first third.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const CHILD = fileURLToPath(new URL("long-child.mjs", import.meta.url));
const BUILT = fileURLToPath(new URL("../../dist/capture/replay.js", import.meta.url));
const TRACE = fileURLToPath(new URL("../data/captures/nested/trace.txt.gz", import.meta.url));
const EVENTS = 3_000_000;
const HEAP_MIB = 64;
const GROWTH_MAX_MIB = 40;

interface Told {
  readonly events: number;
  readonly samples: number;
  readonly rssMaxBytes: readonly [number, number, number];
  readonly audits: readonly number[];
  readonly groups: number;
}

test("memory is bounded, however long the trace", async () => {
  expect(existsSync(BUILT), "dist is missing: run `npm run build` before this test").toBe(true);
  const args = [`--max-old-space-size=${HEAP_MIB}`, CHILD, TRACE, String(EVENTS)];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
  expect(stderr).toBe("");
  const told = JSON.parse(stdout) as Told;
  const [first, , last] = told.rssMaxBytes;
  expect(told.events).toBeGreaterThanOrEqual(EVENTS);
  expect(told.audits).toEqual([0, 0]);
  // Each lap makes its groups anew, with the inodes of the lap before.
  expect(told.groups).toBeGreaterThan(60);
  expect(told.samples).toBeLessThan(1024);
  expect(first).toBeGreaterThan(0);
  expect((last - first) / 2 ** 20, "growth of resident memory, MiB").toBeLessThan(GROWTH_MAX_MIB);
});
