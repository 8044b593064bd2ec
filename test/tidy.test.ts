// The style guide as a test: layers, file heads, lengths, what the core may not hold.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const LINES_MAX = 400;

/** A file may import from its own layer or from one before it. */
const CORE_LAYERS = ["prim", "abi", "core", "owner", "mm", "index"];
const SCAN_LAYERS = ["prim", "scan"];
const HOST_LAYERS = [
  "units",
  "abi",
  "designs",
  "measure",
  "core",
  "ledger",
  "index",
  "capture",
  "workload",
  "report",
  "argue",
  "lab",
  "node",
  "cli",
];
/** Layers that must run in a browser as they do in Node. */
const PORTABLE = new Set([
  "units",
  "abi",
  "designs",
  "measure",
  "core",
  "ledger",
  "index",
  "capture",
  "workload",
  "report",
  "argue",
  "lab",
]);

const tracked = listFiles();
const code = tracked.filter((path) => /^(assembly|src|tools|bench|test)\/.*\.(ts|mjs)$/.test(path));
const textOf = (path: string) => readFileSync(join(ROOT, path), "utf8");

/** Tracked files and new ones; in an unpacked archive, where there is no git, nothing can be listed. */
function listFiles(): string[] {
  const out = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: ROOT });
  return out
    .toString()
    .split("\n")
    .filter((path) => path !== "" && existsSync(join(ROOT, path)));
}

/** First part of a path below its tree, without an ending: "core", "index". */
function layerOf(path: string): string {
  return (path.split("/")[1] ?? "").replace(/\.(d\.)?ts$/, "");
}

function importsOf(path: string): string[] {
  const found = textOf(path).matchAll(/^(?:import|export)\s[^;]*?from\s+"([^"]+)"/gms);
  return [...found].map((match) => match[1]!);
}

test("there is code to look at", () => {
  expect(code.length).toBeGreaterThan(60);
});

describe("imports go one way", () => {
  const inTree = (tree: string) =>
    code.filter((path) => path.startsWith(`${tree}/`) && !path.endsWith(".d.ts"));

  test.each(inTree("assembly"))("%s", (path) => {
    const layers = layerOf(path) === "scan" ? SCAN_LAYERS : CORE_LAYERS;
    const rank = layers.indexOf(layerOf(path));
    expect(rank, `${layerOf(path)} is not a layer`).toBeGreaterThanOrEqual(0);
    for (const from of importsOf(path)) {
      const target = relative(ROOT, join(ROOT, dirname(path), from));
      const targetRank = layers.indexOf(layerOf(target));
      expect(targetRank, `${path} imports ${target}`).toBeGreaterThanOrEqual(0);
      expect(targetRank, `${path} imports upwards: ${target}`).toBeLessThanOrEqual(rank);
      if (layerOf(path) === "owner")
        expect(layerOf(target), "designs never see each other").not.toBe("owner");
    }
  });

  test.each(inTree("src"))("%s", (path) => {
    const layer = layerOf(path);
    const rank = HOST_LAYERS.indexOf(layer);
    expect(rank, `${layer} is not a layer`).toBeGreaterThanOrEqual(0);
    for (const from of importsOf(path)) {
      if (!from.startsWith(".")) {
        if (from.startsWith("node:"))
          expect(PORTABLE.has(layer), `${path} must run in a browser`).toBe(false);
        continue;
      }
      const target = relative(ROOT, join(ROOT, dirname(path), from));
      expect(HOST_LAYERS.indexOf(layerOf(target)), `${path} imports upwards: ${target}`).toBeLessThanOrEqual(
        rank,
      );
    }
  });
});

test("no circular imports in the host", () => {
  const graph = new Map<string, string[]>();
  for (const path of code.filter((p) => p.startsWith("src/")))
    graph.set(
      path,
      importsOf(path)
        .filter((from) => from.startsWith("."))
        .map((from) => relative(ROOT, join(ROOT, dirname(path), from)).replace(/\.js$/, ".ts")),
    );
  const done = new Set<string>();
  const visit = (path: string, trail: string[]) => {
    expect(trail, [...trail, path].join(" → ")).not.toContain(path);
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
});

describe("the core", () => {
  const files = code.filter((path) => path.startsWith("assembly/") && !path.endsWith(".d.ts"));

  test.each(files)("%s holds nothing that belongs to an instance", (path) => {
    const text = textOf(path);
    expect(text).not.toMatch(/^(export )?let /m);
    expect(text.replace(/\/\/.*$/gm, "")).not.toMatch(/\bnew (Array|Map|Set|StaticArray|Uint\w+Array)\b/);
    expect(text).not.toMatch(/\batomic\.fence\b/);
    if (layerOf(path) !== "abi") expect(text, "use the accessor").not.toMatch(/\._[a-z]/);
  });

  test.each(files.filter((path) => /^assembly\/(core|owner|mm)\//.test(path)))(
    "%s opens with its name",
    (path) => {
      const name = path.replace(/^.*\/(.*)\.ts$/, "$1");
      expect(textOf(path).split("\n")[0]).toMatch(new RegExp(`^// ${name}: \\S`));
    },
  );

  test.each(files.filter((path) => path.startsWith("assembly/owner/")))(
    "%s states its COST and origin",
    (path) => {
      expect(textOf(path)).toMatch(/^\/\/ COST {2,}\S/m);
      expect(textOf(path)).toMatch(/^\/\/ AFTER {2,}\S/m);
    },
  );
});

/** Stores without a note: into buffers, of scratch, while regions move, or noted on the line before. */
const RAW_STORES: Record<string, number> = {
  "assembly/core/container.ts": 2, // totals
  "assembly/core/grow.ts": 2, // regions that move
  "assembly/core/page-stock.ts": 2, // of one agent alone
  "assembly/core/palette-lockless.ts": 1, // atomic, in one run with the agent's counts
  "assembly/core/stats.ts": 2, // of one agent alone, or of whoever has locked its counters
  "assembly/core/stock.ts": 21, // likewise, with notes of its own: Agent.wayFrom …
  "assembly/core/take-over.ts": 1, // countedTakes
  "assembly/core/tree-walk.ts": 24, // answers, and what leads to them
  "assembly/core/wide-block.ts": 1, // counts of a recount
  "assembly/core/read-side.ts": 2, // the gate
  "assembly/mm/count-slow.ts": 6, // as core/stock
  "assembly/mm/lookup-batch.ts": 18,
  "assembly/mm/lookup.ts": 2,
  "assembly/mm/recount.ts": 4,
  "assembly/owner/column.ts": 1, // counts of a recount
  "assembly/owner/object.ts": 2, // its table, when frames are added
  "assembly/owner/page-cgroup-rcu.ts": 11, // setPointer, a flag, answers
  "assembly/owner/palette.ts": 11, // answers
  "assembly/owner/radix-rcu.ts": 1, // answers
  "assembly/owner/xarray.ts": 4, // answers
};

test.each(code.filter((path) => /^assembly\/(core|owner|mm)\//.test(path)))(
  "%s notes what it overwrites in shared memory",
  (path) => {
    const text = textOf(path).replace(/\/\/.*$/gm, "");
    const stores = text.match(/\b(store<|v128\.store|memory\.(fill|copy)\()/g)?.length ?? 0;
    expect(stores, "use put, clearBytes or a setter; else count it here").toBe(RAW_STORES[path] ?? 0);
  },
);

test.each(code.filter((path) => !/^(assembly|src)\/abi\.ts$/.test(path)))("%s is one idea long", (path) => {
  expect(textOf(path).split("\n").length).toBeLessThanOrEqual(LINES_MAX);
});

test.each(tracked.filter((path) => /\.(ts|mjs|md|json)$/.test(path) && path !== "package-lock.json"))(
  "%s speaks of the project alone",
  (path) => {
    const text = textOf(path);
    if (path !== "test/tidy.test.ts") expect(text).not.toMatch(/(^|[\s"'`(])\/(work|root|home)\//m);
    expect(text).not.toMatch(/\b(TO[D]O|FIX[M]E|XX[X])\b(?!\/)/);
    expect(text).not.toMatch(/\b(?:describe|test|it)\.(?:skip|only|todo)\(/);
  },
);

test("every design has one row, one file and one number", () => {
  const designs = JSON.parse(textOf("tools/designs.json")) as { name: string; file: string }[];
  const files = code.filter((path) => path.startsWith("assembly/owner/"));
  expect(designs.map((d) => d.file).sort()).toEqual(files.sort());
  expect(new Set(designs.map((d) => d.name)).size).toBe(designs.length);
});
