// Every benchmark in its small form, so that none rots.  What they measure is not looked at here.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { CHARGE_TWINS, checkTwins, type Native, promisedTwins, RECOUNT_TWINS } from "../bench/lib/native.mjs";
import { DESIGNS } from "../src/designs.js";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const SUITES = ["read-trace", "long-trace", "memory", "cache-lines", "versus", "replay", "big", "flat"];

interface Cell {
  readonly design: string;
  readonly question?: string;
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

/** Who took part in each cell of a design. */
function competitors(results: Raw["results"], design: string, where: Partial<Cell> = {}): string[][] {
  return (results.cells as Cell[])
    .filter((cell) => Object.entries({ ...where, design }).every(([key, v]) => cell[key as keyof Cell] === v))
    .map(({ estimates }) => estimates.map(({ name }) => name));
}

const NATIVE = ["C scalar", "C auto"];

// A benchmark compares all answers of all competitors before it times any: a twin in the result has given the same ones.
test("lookup runs, and every design has twins in C, where a compiler is, and in JavaScript that give its answers", () => {
  const { parameters, results } = smoke("lookup");
  const native = parameters.native === undefined ? [] : NATIVE;
  for (const { name } of DESIGNS)
    for (const [question, scripts] of [
      ["owner", ["JS objects", "JS Map"]],
      ["frame", ["JS objects"]],
    ] as const) {
      const cells = competitors(results, name, { question });
      expect(cells.length, name).toBeGreaterThan(0);
      for (const names of cells)
        expect(names, `${name}, ${question}`).toEqual(
          expect.arrayContaining(["wasm", ...native, ...scripts]),
        );
    }
});

test("charge and recount have the twins that the docs promise", () => {
  const charge = smoke("charge");
  const recount = smoke("recount");
  const has = (design: string, list: readonly string[], { parameters }: Raw) =>
    parameters.native !== undefined && list.includes(design) ? NATIVE : [];
  for (const { name } of DESIGNS) {
    for (const names of competitors(charge.results, name))
      expect(names, name).toEqual(["wasm", ...has(name, CHARGE_TWINS, charge), "JS Map"]);
    for (const names of competitors(recount.results, name))
      expect(names, name).toEqual(
        expect.arrayContaining(["wasm", ...has(name, RECOUNT_TWINS, recount), "JS typed arrays"]),
      );
  }
});

test("a design without a twin is named", () => {
  const twins = Object.fromEntries(promisedTwins("column").map((name, i) => [name, i]));
  const { "column frames": _, ...fewer } = twins;
  const native = (vector: object) => ({ scalar: { twins }, vector: { twins: vector } }) as unknown as Native;
  expect(() => checkTwins(["column"], native(twins))).not.toThrow();
  expect(() => checkTwins(["column"], native(fewer))).toThrow(
    'no native twin "column frames" (vector): write it',
  );
  expect(() => checkTwins(["column", "hash"], native(twins))).toThrow(
    '"hash" (scalar), "hash frames" (scalar)',
  );
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
