// golden: what was promised about the emitted code, read from the wat of each design.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Design, PcgFlag, PcgRecord, RadixRcuNode } from "../../src/abi.js";
import { bare, DESIGNS } from "../unit/core/harness.js";

/** Instructions of the exported ownerOf, its range check included. */
const BUDGET: Record<string, number> = {
  "in-page": 14,
  overlay: 31,
  object: 56, // 20 of them for a page whose object is not shared
  column: 14,
  "page-cgroup": 22,
  "page-cgroup-rcu": 26,
  radix: 48,
  "radix-rcu": 60,
  section: 28,
  hash: 58,
  xarray: 80,
  palette: 91, // 43 of them where the block has not overflowed
};

/** Bytes of the shipped module. */
const SIZE_MAX = 41_000;

/** The same, as a browser would fetch it. */
const GZIP_MAX = 16_384;

const ID: Record<string, number> = {
  "in-page": Design.IN_PAGE,
  overlay: Design.OVERLAY,
  object: Design.OBJECT,
  column: Design.COLUMN,
  "page-cgroup": Design.PAGE_CGROUP,
  radix: Design.RADIX,
  section: Design.SECTION,
  hash: Design.HASH,
  xarray: Design.XARRAY,
  palette: Design.PALETTE,
  "radix-rcu": Design.RADIX_RCU,
  "page-cgroup-rcu": Design.PAGE_CGROUP_RCU,
};

const pathOf = (name: string, suffix: string) => new URL(`../../build/${name}.${suffix}`, import.meta.url);

/** The lines of an exported function, from `(func` to its closing parenthesis. */
function bodyOf(wat: string, exported: string): string[] {
  const [, symbol = ""] = wat.match(new RegExp(`^ \\(export "${exported}" \\(func (\\S+)\\)\\)$`, "m")) ?? [];
  const lines = wat.split("\n");
  const start = lines.findIndex((line) => line.startsWith(` (func ${symbol} `));
  return lines.slice(start + 1, lines.indexOf(" )", start));
}

/** Lines that are instructions: not structure, not a declaration of locals. */
const instructions = (lines: string[]) =>
  lines.map((line) => line.trim()).filter((line) => !/^(\(local|\)|else$|end$|block\b)/.test(line));

describe.each(DESIGNS.map(({ name }) => name))("%s", (name) => {
  const wat = readFileSync(pathOf(name, "wat"), "utf8");

  test("ownerOf calls nothing, stores nothing, and keeps its budget", () => {
    const body = instructions(bodyOf(wat, "ownerOf"));
    expect(body.length).toBeGreaterThan(6);
    expect(body.filter((line) => /call|store/.test(line))).toEqual([]);
    expect(body.length).toBeLessThanOrEqual(BUDGET[name] ?? 0);
  });

  test("no data, no mutable global, no table, no start function; memory is the only import", () => {
    expect(wat).not.toMatch(/^ \((data|start|table|elem)\b/m);
    expect(wat).not.toMatch(/\(mut /);
    const { memory, calls } = bare(name);
    expect(calls.DESIGN_ID.value).toBe(ID[name]);
    expect(new Uint8Array(memory.buffer).every((byte) => byte === 0)).toBe(true);
    const module = new WebAssembly.Module(readFileSync(pathOf(name, "wasm")));
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
    const bytes = readFileSync(pathOf(name, "wasm"));
    expect(bytes.length).toBeLessThan(SIZE_MAX);
    expect(gzipSync(bytes).length).toBeLessThan(GZIP_MAX);
  });
});

test("only designs that keep something in the frame write there: overlay's hook leaves no trace in the others", () => {
  // Batches of lookups write eight answers in a row, one of them at 12 too.
  const isBatch = (text: string) => /^\S*(ownersInto|ownersOfChunk|chunkOwners|eightOwners)/.test(text);
  const writes = (name: string) =>
    readFileSync(pathOf(name, "wat"), "utf8")
      .split(/^ \(func /m)
      .filter((text) => !isBatch(text))
      .reduce((sum, text) => sum + (text.match(/i32\.store16 offset=12$/gm)?.length ?? 0), 0);
  const writers = DESIGNS.filter(({ name }) => writes(name) > 0).map(({ name }) => name);
  expect(writers.sort()).toEqual(["in-page", "object", "overlay"]);
  // Charge, uncharge and move of in-page; overlay's settle besides.
  expect(writes("overlay")).toBeGreaterThan(writes("in-page"));
});

test("overlay: type and list, then one of two fields of the same record", () => {
  const body = instructions(bodyOf(readFileSync(pathOf("overlay", "wat"), "utf8"), "ownerOf"));
  const found = body.slice(body.findIndex((line) => line.startsWith("if")) + 1);
  expect(found.filter((line) => line.includes("load"))).toEqual([
    "i32.load",
    "i32.load16_u offset=8",
    "i32.load8_u offset=11",
    "i32.load16_u offset=12",
    "i32.load",
  ]);
});

test("object: four loads to a branch on shared; without it the owner is next, from the same word", () => {
  const body = instructions(bodyOf(readFileSync(pathOf("object", "wat"), "utf8"), "ownerOf"));
  const found = body.slice(body.indexOf("if") + 1);
  const loads = found.filter((line) => line.includes("load"));
  expect(found.slice(0, found.indexOf("if")).filter((line) => line.includes("load"))).toEqual([
    "i32.load",
    "i32.load",
    "i32.load16_u offset=12",
    "i32.load16_u offset=2",
  ]);
  // Between them: the directory's base, a column, an owner in it.
  expect(loads.slice(4)).toEqual(["i32.load", "i32.load", "i32.load16_u", "i32.load16_u"]);
});

test("palette: a page of a block that has not overflowed takes two loads and one branch, on the overflow", () => {
  const body = instructions(bodyOf(readFileSync(pathOf("palette", "wat"), "utf8"), "ownerOf"));
  const branches = body.flatMap((line, i) => (/^(if|br|loop)/.test(line) ? [i] : []));
  // The first branch is the range check, the second asks for OVERFLOWED.
  expect(body.slice(branches[1]! - 2, branches[1]!)).toEqual(["i32.const 65535", "i32.eq"]);
  // The region's base, then a code and an owner out of the same 32 bytes.
  expect(body.slice(branches[0], branches[1]).filter((line) => line.includes("load"))).toEqual([
    "i32.load",
    "i32.load",
    "i32.load16_u offset=16",
  ]);
});

describe("what readers follow without a lock is stored last", () => {
  /** The lines of all functions, one after the other. */
  const linesOf = (name: string) =>
    readFileSync(pathOf(name, "wat"), "utf8")
      .split("\n")
      .map((line) => line.trim());
  const storesFrom = (lines: string[], at: number, count: number) =>
    lines
      .slice(at)
      .filter((line) => line.includes("store"))
      .slice(0, count);

  test("radix-rcu: the height of a node first; in a new root slot 0 and count too, before the root is stored", () => {
    const lines = linesOf("radix-rcu");
    const got = lines.flatMap((line, i) => (/^call .*\/poolGet$/.test(line) ? [i] : []));
    expect(got).toHaveLength(3); // a taller root, the root of an empty tree, a node below
    const [height, slot0] = [`offset=${RadixRcuNode.height}`, `offset=${RadixRcuNode.slots}`];
    expect(got.map((at) => storesFrom(lines, at, 1)[0])).toEqual(got.map(() => `i32.store ${height}`));
    expect(storesFrom(lines, got[0]!, 4)).toEqual([
      `i32.store ${height}`,
      `i32.store ${slot0}`,
      "i32.store",
      "i32.store",
    ]);
  });

  test("page-cgroup-rcu: flags, page and owner of a record, then its pointer", () => {
    const lines = linesOf("page-cgroup-rcu");
    const got = lines.findIndex((line, i) => line.endsWith("/poolGet") && line.startsWith("call") && i > 0);
    expect(got).toBeGreaterThan(0);
    expect(storesFrom(lines, got, 4)).toEqual([
      "i32.store",
      "i32.store offset=16",
      "i32.store offset=4",
      "i32.store",
    ]);
  });

  test("page-cgroup-rcu: OBSOLETE, then the pointer to null, then the list", () => {
    const lines = linesOf("page-cgroup-rcu");
    const set = lines.findIndex(
      (line, i) => line === "i32.or" && lines[i - 1] === `i32.const ${PcgFlag.OBSOLETE}`,
    );
    const [flag = 0, pointer = 0, next = 0] = lines.flatMap((line, i) =>
      i > set && line.includes("store") ? [i] : [],
    );
    expect([lines[flag], lines[pointer], lines[next]]).toEqual([
      "i32.store",
      "i32.store",
      `i32.store offset=${PcgRecord.next}`,
    ]);
    expect(lines[pointer - 1]).toBe("i32.const 0");
  });
});
