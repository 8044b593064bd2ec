/**
 * Sleeping agents go on when what they wait for comes, whichever of V8's compilers made their code: flags choose it for a
 * whole process, so each runs in one of its own.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const PROGRAM = fileURLToPath(new URL("./waits.mjs", import.meta.url));
const COMPILERS = ["--liftoff-only", "--no-liftoff"];
/** How often a worker is woken while what it waits for is not there. */
const ALWAYS = { lock: 20, gate: 20, counting: 20, request: 0 };
const WITH_GRACE_PERIODS = { ...ALWAYS, lookup: 20, announcement: 20, recovery: 5 };
const DESIGNS: [string, Record<string, number>][] = [
  ["column", ALWAYS],
  ["radix-rcu", WITH_GRACE_PERIODS],
  ["palette", WITH_GRACE_PERIODS],
];

describe.each(COMPILERS)("%s", (compiler) => {
  test.each(DESIGNS)("%s", (design, wakes) => {
    const path = fileURLToPath(new URL(`../../build/shared/${design}.wasm`, import.meta.url));
    const args = [compiler, PROGRAM, path, ...Object.keys(wakes)];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, {
      encoding: "utf8",
      timeout: 120_000,
    });
    expect(status, stderr).toBe(0);
    const ends = Object.entries(wakes).map(([name, woken]) => [name, { woken, end: "done" }]);
    expect(JSON.parse(stdout)).toEqual(Object.fromEntries(ends));
  });
});
