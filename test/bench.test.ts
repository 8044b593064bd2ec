// Every benchmark in its small form, so that none rots.  What they measure is not looked at here.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { DESIGNS } from "../src/designs.js";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const SUITES = [
  "read-trace",
  "long-trace",
  "memory",
  "cache-lines",
  "versus",
  "charge",
  "recount",
  "replay",
  "big",
  "flat",
  "stock",
  "scaling",
];

interface Cell {
  readonly design: string;
  readonly estimates: readonly { readonly name: string; readonly samplesNs: readonly number[] }[];
}

interface Raw {
  readonly environment: { readonly cpu: string };
  readonly parameters: { readonly native?: { readonly compiler: string } };
  readonly results: Record<string, unknown>;
}

function smoke(suite: string): Raw {
  const raw = `${ROOT}out/bench-smoke/${suite}.json`;
  rmSync(raw, { force: true });
  execFileSync(process.execPath, ["bench/main.mjs", suite, "--smoke"], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  expect(existsSync(raw)).toBe(true);
  return JSON.parse(readFileSync(raw, "utf8"));
}

test.each(SUITES)("%s runs and keeps its raw result", (suite) => {
  const { environment, results } = smoke(suite);
  expect(environment.cpu).toEqual(expect.any(String));
  expect(Object.keys(results).length).toBeGreaterThan(0);
});

// A benchmark compares all answers of all competitors before it times any: a twin in the result has given the same ones.
test("lookup runs, and every design has native twins that give its answers where a C compiler is", () => {
  const { parameters, results } = smoke("lookup");
  const twins = parameters.native === undefined ? ["wasm"] : ["wasm", "C scalar", "C auto"];
  for (const { name } of DESIGNS) {
    const own = (results.cells as Cell[]).filter((cell) => cell.design === name);
    expect(own.length, name).toBeGreaterThan(0);
    for (const { estimates } of own)
      expect(
        estimates.map((e) => e.name),
        name,
      ).toEqual(expect.arrayContaining(twins));
  }
});

test("the gate misses what was never measured", () => {
  rmSync(`${ROOT}out/bench-smoke`, { force: true, recursive: true });
  const { status, stdout } = spawnSync(process.execPath, ["bench/main.mjs", "charge", "--smoke", "--gate"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stdout).toMatch(/palette recount.*not measured +MISSED/);
});
