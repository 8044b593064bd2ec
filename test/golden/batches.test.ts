// golden: the loops of batches in the emitted code: how many loads a page costs, and that none of them calls.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DESIGNS } from "../unit/core/harness.js";

const LOADS = /^[iv]\d+\.load/;
const nrLines = (loop: readonly string[], start: string | RegExp) =>
  loop.filter((line) => (typeof start === "string" ? line.startsWith(start) : start.test(line))).length;

/** Loads for eight pages in the main loop of ownersInto, the eight pfns included. */
const LOADS_OF_EIGHT: Record<string, number> = {
  "in-page": 16,
  column: 16,
  "page-cgroup": 24,
  "page-cgroup-rcu": 32, // pointer, flags, owner
  radix: 16, // one slot per level besides the pfns
  "radix-rcu": 16,
  section: 24,
  overlay: 40, // flags, list, and one of two fields
  object: 64, // number, the object's two halves, and the column that only shared objects lead to
  palette: 24, // a code and an owner; the touch before it is a loop of its own
};

/** Every function of a module by its name, as lists of instructions with their nesting. */
function functionsOf(name: string): Map<string, string[]> {
  const wat = readFileSync(new URL(`../../build/${name}.wat`, import.meta.url), "utf8");
  const found = new Map<string, string[]>();
  for (const [, symbol = "", text = ""] of wat.matchAll(/^ \(func (\S+)([\s\S]*?)\n \)$/gm))
    found.set(symbol, text.split("\n").slice(1));
  return found;
}

/** The loops of a function: from `loop` to the `end` of the same depth, what is inside without its nesting. */
function loopsOf(lines: readonly string[]): string[][] {
  const depthOf = (line: string) => line.length - line.trimStart().length;
  const loops: string[][] = [];
  lines.forEach((line, i) => {
    if (!line.trimStart().startsWith("loop")) return;
    const end = lines.findIndex(
      (other, j) => j > i && depthOf(other) === depthOf(line) && other.trim() === "end",
    );
    loops.push(lines.slice(i + 1, end).map((inner) => inner.trim()));
  });
  return loops;
}

/** Those without a loop inside. */
const innermostLoops = (lines: readonly string[]) => loopsOf(lines).filter((loop) => !nrLines(loop, "loop"));

/** The functions of a module's lookups in batches that go on eight pages at a time. */
const lookupFunctions = (name: string) =>
  [...functionsOf(name)].flatMap(([symbol, lines]) =>
    /lookup-batch\/(ownersInto|chunkOwners)|ownersOfChunk/.test(symbol) ? [lines] : [],
  );

describe.each(Object.entries(LOADS_OF_EIGHT))("%s", (name, nrLoads) => {
  test("eight lookups of a batch: the loads of the design, eight stores, no call", () => {
    const functions = lookupFunctions(name);
    expect(functions.length).toBeGreaterThan(0);
    // Trees walk their levels in a loop of their own; the others do eight pages in straight code.
    const isTree = name.startsWith("radix");
    const loops = functions.flatMap(innermostLoops);
    const hot = loops.filter((loop) =>
      isTree ? nrLines(loop, LOADS) === 8 : nrLines(loop, "i32.store16") === 8,
    );
    expect(hot.length).toBeGreaterThan(0);
    const fast = hot.find((loop) => !nrLines(loop, "call"));
    expect(fast, "a loop without a call").toBeDefined();
    expect(nrLines(fast!, LOADS) + (isTree ? 8 : 0)).toBeLessThanOrEqual(nrLoads);
  });
});

test("hash: eight lookups of a batch walk a chain each, two loads a chunk, and call nothing", () => {
  const loops = lookupFunctions("hash").flatMap(loopsOf);
  const eight = loops.filter((loop) => nrLines(loop, "i32.store16") === 8);
  expect(eight.map((loop) => [nrLines(loop, "loop"), nrLines(loop, "call")])).toEqual([[8, 0]]);
  // A page: pfn, shift, base, bucket; number and next of each chunk; flags and owner.
  expect(nrLines(eight[0]!, LOADS)).toBeLessThanOrEqual(8 * 8);
  const chains = loops.filter((loop) => !nrLines(loop, "loop"));
  expect(chains).toHaveLength(8);
  for (const chain of chains) expect(nrLines(chain, LOADS)).toBe(2);
});

describe.each(DESIGNS.map(({ name }) => name))("%s with the frame touched", (name) => {
  const lines = [...functionsOf(name)].flatMap(([symbol, body]) =>
    symbol.endsWith("lookup-batch/framesInto") ? body : [],
  );

  test("eight frames of a batch: pfn, flags and owner, eight stores, no call", () => {
    const joins = innermostLoops(lines).filter((loop) => nrLines(loop, /^i32\.store( |$)/) === 8);
    expect(joins).toHaveLength(1);
    expect(nrLines(joins[0]!, "call")).toBe(0);
    expect(nrLines(joins[0]!, LOADS)).toBeLessThanOrEqual(8 * 3);
  });

  test("128 pages are compared by vectors, and their owners found in one call", () => {
    expect(
      nrLines(
        lines.map((line) => line.trim()),
        "i32x4.max_u",
      ),
    ).toBeGreaterThan(0);
    const calls = lines.map((line) => line.trim()).filter((line) => line.startsWith("call"));
    expect(calls.filter((call) => call.endsWith("lookup-batch/chunkOwners"))).toHaveLength(1);
    // The only other call is for pages that are asked one by one.
    expect(calls.every((call) => /lookup-batch\/(chunkOwners|checkedFrames)$/.test(call))).toBe(true);
  });
});

test.each(DESIGNS.map(({ name }) => name))("%s: batches of lookups compare 128 pfns by vectors", (name) => {
  const lines = [...functionsOf(name)].flatMap(([symbol, body]) =>
    symbol.includes("ownersInto") ? body : [],
  );
  expect(lines.filter((line) => line.includes("i32x4.max_u")).length).toBeGreaterThan(0);
});

test("palette: a recount counts populations, three to a block, two blocks in turns", () => {
  const lines = [...functionsOf("palette")].flatMap(([symbol, body]) =>
    /recountOwners|countOwners/.test(symbol) ? innermostLoops(body).flat() : [],
  );
  expect(lines.filter((line) => line === "i64.popcnt").length).toBeLessThanOrEqual(6);
  const all = [...functionsOf("palette")].flatMap(([symbol, body]) =>
    /recountOwners|countOwners/.test(symbol) ? body : [],
  );
  expect(all.filter((line) => line.trim() === "i64.popcnt")).toHaveLength(6);
});
