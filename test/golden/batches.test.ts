// golden: the loops of batches in the emitted code: how many loads a page costs, and that none of them calls.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DESIGNS } from "../unit/core/harness.js";

const LOADS = /^[iv]\d+\.load/;

/** Loads for eight pages in the main loop of ownersInto, the eight pfns included. */
const LOADS_OF_EIGHT: Record<string, number> = {
  "in-page": 16,
  column: 16,
  "page-cgroup": 24,
  radix: 16, // one slot per level besides the pfns
  section: 24,
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

/** The innermost loops of a function: from `loop` to the `end` of the same depth, without a loop inside. */
function innermostLoops(lines: readonly string[]): string[][] {
  const depthOf = (line: string) => line.length - line.trimStart().length;
  const loops: string[][] = [];
  lines.forEach((line, i) => {
    if (!line.trimStart().startsWith("loop")) return;
    const end = lines.findIndex(
      (other, j) => j > i && depthOf(other) === depthOf(line) && other.trim() === "end",
    );
    const inside = lines.slice(i + 1, end).map((inner) => inner.trim());
    if (!inside.some((inner) => inner.startsWith("loop"))) loops.push(inside);
  });
  return loops;
}

describe.each(Object.entries(LOADS_OF_EIGHT))("%s", (name, nrLoads) => {
  test("eight lookups of a batch: the loads of the design, eight stores, no call", () => {
    const functions = functionsOf(name);
    const owner = [...functions].filter(([symbol]) =>
      /lookup-batch\/(ownersInto|chunkOwners)|ownersOfChunk/.test(symbol),
    );
    expect(owner.length).toBeGreaterThan(0);
    const stores = (loop: string[]) => loop.filter((line) => line.startsWith("i32.store16")).length;
    // Radix walks its levels in a loop of their own; the others do eight pages in straight code.
    const loops = owner.flatMap(([, lines]) => innermostLoops(lines));
    const hot =
      name === "radix"
        ? loops.filter((loop) => loop.filter((line) => LOADS.test(line)).length === 8)
        : loops.filter((loop) => stores(loop) === 8);
    expect(hot.length).toBeGreaterThan(0);
    const fast = hot.find((loop) => !loop.some((line) => line.startsWith("call")));
    expect(fast, "a loop without a call").toBeDefined();
    const loads = fast!.filter((line) => LOADS.test(line)).length + (name === "radix" ? 8 : 0);
    expect(loads).toBeLessThanOrEqual(nrLoads);
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
