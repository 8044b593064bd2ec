// Every benchmark in its small form, so that none rots.  What they measure is not looked at here.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

test.each(["read-trace", "long-trace", "memory", "lookup"])("%s runs and keeps its raw result", (suite) => {
  const raw = `${ROOT}out/bench-smoke/${suite}.json`;
  rmSync(raw, { force: true });
  execFileSync(process.execPath, ["bench/main.mjs", suite, "--smoke"], { cwd: ROOT });
  expect(existsSync(raw)).toBe(true);
  const { environment, results } = JSON.parse(readFileSync(raw, "utf8"));
  expect(environment.cpu).toEqual(expect.any(String));
  expect(Object.keys(results).length).toBeGreaterThan(0);
});
