// Every benchmark in its small form, so that none rots.  What they measure is not looked at here.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { lockFreeOf } from "../bench/lib/machine.mjs";
import { checkTwins, type Native, promisedTwins } from "../bench/lib/native.mjs";
import { PROMISES } from "../bench/lib/promises.mjs";
import { typedArrayTwins } from "../bench/twins/typed-arrays.mjs";
import { DESIGNS, LAYOUT_MODULES } from "../src/designs.js";
import type { Estimate } from "../src/measure/index.js";
import { HISTORY_WORKLOADS } from "../src/workload/histories.js";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const SUITES = ["read-trace", "long-trace", "memory", "layouts", "versus", "flat", "stock", "scaling", "lab"];

interface Cell {
  readonly design: string;
  readonly density: number;
  readonly pattern?: string;
  readonly pages?: number;
  readonly question?: string;
  readonly estimates: readonly { readonly name: string; readonly samplesNs: readonly number[] }[];
}

interface Raw {
  readonly environment: { readonly cpu: string };
  readonly parameters: { readonly rounds: number; readonly native?: { readonly compiler: string } };
  readonly results: Record<string, unknown>;
}

function smoke(suite: string, ...options: string[]): Raw {
  const raw = `${ROOT}out/bench-smoke/${suite}.json`;
  rmSync(raw, { force: true });
  execFileSync(process.execPath, ["bench/main.mjs", suite, "--smoke", ...options], {
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

test.each([
  [["lokup"], "unknown: lokup"],
  [["lookup", "--questions", "owners"], "unknown: owners"],
  [["lookup", "--patterns", "zapf"], "unknown: zapf"],
  [["lookup", "--frames", "20,abc"], "--frames abc"],
  [["lookup", "--densities", "3/2"], "--densities 3/2"],
  [["lookup", "--densities", "0"], "--densities 0"],
  [["charge", "--densities", "1"], "--densities 1"],
  [["lookup", "--rounds", "0"], "--rounds 0"],
  [["lookup", "--quickly"], "Unknown option '--quickly'"],
])("%s is refused before anything is measured, with the usage", (line, message) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["bench/main.mjs", ...line], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toContain(message);
  expect(stderr).toContain("npm run bench [-- SUITE …]");
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
      const arrays = question === "owner" && name in typedArrayTwins ? ["JS typed arrays"] : [];
      expect(cells.length, name).toBeGreaterThan(0);
      for (const names of cells)
        expect(names, `${name}, ${question}`).toEqual(
          expect.arrayContaining(["wasm", ...native, ...arrays, ...scripts]),
        );
    }
});

test("read-side shows what interleaved batches gain over page by page, with an interval, where a design has them for prefetch", () => {
  const { results } = smoke("read-side");
  const cells = results.cells as (Cell & {
    ratios: Record<string, { low: number; median: number; high: number }>;
  })[];
  const oneByOne = cells.filter(({ estimates }) => estimates.some(({ name }) => name === "one by one"));
  expect(new Set(oneByOne.map(({ design }) => design))).toEqual(new Set(["page-cgroup-rcu"]));
  for (const { ratios } of oneByOne) {
    const { low, median, high } = ratios.oneByOneOverAlone!;
    expect(low).toBeGreaterThan(0);
    expect(high).toBeGreaterThanOrEqual(low);
    expect(median).toBeGreaterThan(0);
  }
});

test("readers take no lock by the modules exactly where the source of the design says so", async () => {
  const said = DESIGNS.filter(({ name }) =>
    /LOCK_FREE_READS: bool = (true|SHARED != 0);/.test(
      readFileSync(`${ROOT}assembly/owner/${name}.ts`, "utf8"),
    ),
  );
  expect(said.length).toBeGreaterThan(0);
  expect(await lockFreeOf(DESIGNS)).toEqual(said);
});

/** Blocks of 64 pages with so many owners each, some pages nobody's; the last block is not whole. */
function blocksOf(nrOwners: readonly number[]): Uint16Array {
  const owners = new Uint16Array(nrOwners.length * 64 - 5);
  owners.forEach((_, pfn) => {
    const most = nrOwners[pfn >>> 6]!;
    if (most > 0 && pfn % 7 !== 0) owners[pfn] = 100 * (pfn >>> 6) + 1 + (pfn % most);
  });
  return owners;
}

// The machines that lookups are measured on have few owners in a block, and none beyond memory.
test.each(Object.entries(typedArrayTwins))(
  "the typed arrays of %s answer for blocks of many owners, and for pages beyond memory",
  (_name, twinOf) => {
    const owners = blocksOf([0, 1, 3, 4, 15, 16, 54, 0, 2]);
    const pfns = Uint32Array.from({ length: owners.length + 70 }, (_, i) => i);
    const out = new Uint16Array(pfns.length).fill(1);
    twinOf(owners)(pfns, out)();
    expect(out).toEqual(Uint16Array.from(pfns, (pfn) => owners[pfn] ?? 0));
  },
);

test("every design that is an array has a twin of typed arrays", () => {
  const nodes = ["hash", "page-cgroup-rcu", "radix-rcu", "xarray"];
  const arrays = DESIGNS.map(({ name }) => name).filter((name) => !nodes.includes(name));
  expect(Object.keys(typedArrayTwins).sort()).toEqual(arrays.sort());
});

test("charge and recount have twins in C, where a compiler is, and in JavaScript beside every design", () => {
  const charge = smoke("charge");
  const recount = smoke("recount");
  const native = ({ parameters }: Raw) => (parameters.native === undefined ? [] : NATIVE);
  for (const { name } of DESIGNS) {
    for (const names of competitors(charge.results, name))
      expect(names, name).toEqual(["wasm", ...native(charge), "JS Map"]);
    for (const names of competitors(recount.results, name))
      expect(names, name).toEqual(expect.arrayContaining(["wasm", ...native(recount), "JS typed arrays"]));
  }
});

/** Where cells were measured, each place once. */
const places = ({ results }: Raw) => [
  ...new Set((results.cells as Cell[]).map(({ density, pattern }) => `${density} ${pattern}`)),
];

test("charge goes over densities and patterns, those of the command line where it chooses", () => {
  expect(places(smoke("charge", "--designs", "column"))).toEqual([
    "0 uniform",
    "0 sequential",
    "0.25 uniform",
    "0.25 sequential",
  ]);
  const chosen = smoke(
    "charge",
    "--designs",
    "palette",
    "--densities",
    "1/2",
    "--patterns",
    "zipf,strided-7",
  );
  expect(places(chosen)).toEqual(["0.5 zipf", "0.5 strided-7"]);
  // What is charged already is not charged again.
  for (const { pages } of chosen.results.cells as Cell[]) {
    expect(pages).toBeGreaterThan(0);
    expect(pages).toBeLessThan(0.6 * 2 ** 12);
  }
});

test("big samples charges, uncharges, recounts and lookups several times", () => {
  const { parameters, results } = smoke("big");
  const designs = Object.values(results) as (Record<"charge" | "uncharge" | "recount", Estimate> & {
    firstChargeNs: number;
    lookups: Record<string, Estimate[]>;
  })[];
  expect(designs.length).toBeGreaterThan(0);
  for (const { firstChargeNs, charge, uncharge, recount, lookups } of designs) {
    expect(firstChargeNs).toBeGreaterThan(0);
    for (const { samplesNs } of [charge, uncharge, recount, ...Object.values(lookups).flat()])
      expect(samplesNs).toHaveLength(parameters.rounds);
  }
  expect(parameters.rounds).toBeGreaterThan(1);
});

test("every history is replayed under every design, with an interval", () => {
  const { captures, histories } = smoke("replay").results as {
    captures: Record<string, unknown>;
    histories: Record<string, Record<string, { events: number; estimates: Estimate[] }>>;
  };
  expect(Object.keys(captures).length).toBeGreaterThan(0);
  const wanted = [...HISTORY_WORKLOADS.map(({ name }) => name), "working-set"];
  const sizes = Object.values(histories);
  expect(sizes.length).toBeGreaterThan(0);
  for (const size of sizes) {
    expect(Object.keys(size)).toEqual(wanted);
    for (const [history, { events, estimates }] of Object.entries(size)) {
      expect(events).toBeGreaterThan(0);
      expect(estimates.map(({ name }) => name)).toEqual(DESIGNS.map(({ name }) => name));
      // Where rounds differ, their interval has two ends; JSON has none for what is infinite.
      for (const { name, lowNs, meanNs, highNs } of estimates) {
        expect(lowNs, `${history}, ${name}`).toBeLessThanOrEqual(meanNs);
        expect(highNs, `${history}, ${name}`).toBeGreaterThanOrEqual(meanNs);
      }
    }
  }
});

test("lines are counted in the code of every design, and on every descriptor", () => {
  const { results } = smoke("cache-lines");
  const cells = results.cells as {
    design: string;
    ownerOf: { cold: { mean: number } };
    ownerAndFrame: { cold: { mean: number } };
  }[];
  const names = LAYOUT_MODULES.map(({ layout, design }) => `layout/${layout}-${design}`);
  expect(cells.map(({ design }) => design)).toEqual([...DESIGNS.map(({ name }) => name), ...names]);
  for (const { design, ownerOf, ownerAndFrame } of cells) {
    // An owner in the descriptor is on one line, whatever the descriptor's size.
    if (design.endsWith("in-page")) expect(ownerOf.cold.mean, design).toBe(1);
    else expect(ownerOf.cold.mean, design).toBeGreaterThan(0);
    // A compact frame is on one line: the one that has the owner, or one more.
    if (design.startsWith("layout/")) continue;
    const isInFrame = ["in-page", "overlay", "object"].includes(design);
    expect(ownerAndFrame.cold.mean, design).toBeCloseTo(ownerOf.cold.mean + (isInFrame ? 0 : 1), 9);
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
  // Where one design has gathers, no other may have lost them.
  expect(() => checkTwins(["column"], native({ ...twins, "palette gather": 0 }))).toThrow(
    'no native twin "column gather" (vector): write it',
  );
});

test("the gate does not take a small run for a full one, nor a damaged file for a result", () => {
  const folder = `${ROOT}out/bench-smoke`;
  rmSync(folder, { force: true, recursive: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/big.json`, "{");
  const { status, stdout } = spawnSync(process.execPath, ["bench/main.mjs", "recount", "--smoke", "--gate"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stdout).toContain("NOT a verdict");
  expect(stdout).toMatch(/^ {2}recount, palette, wasm, .*≤ 0\.1 +– +n\/a \(not part of a smoke run\)$/m);
  expect(stdout).toMatch(/palette, % of memory.*n\/a \(memory was not run\)/);
  expect(stdout).toMatch(/in one memory.*n\/a \(out\/bench-smoke\/big\.json is no JSON: run big again\)/);
  const kept = JSON.parse(readFileSync(`${folder}/gate.json`, "utf8"));
  expect(kept).toMatchObject({ kind: "smoke", isVerdict: false, isKept: false });
  expect(kept.promises.map((p: { id: string }) => p.id)).toEqual(PROMISES.map(({ id }) => id));
  expect(kept.sources.recount.environment.cpu).toEqual(expect.any(String));
});
