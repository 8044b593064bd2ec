// golden: what was promised about the emitted code, read from the wat of each design.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Design } from "../../src/abi.js";
import { bare, DESIGNS } from "../unit/core/harness.js";

/** Instructions of the exported ownerOf, its range check included. */
const BUDGET: Record<string, number> = {
  "in-page": 14,
  overlay: 31,
  object: 56, // 20 of them for a page whose object is not shared
  column: 14,
  "page-cgroup": 22,
  radix: 48,
  section: 28,
  hash: 58,
  xarray: 80,
  palette: 90, // 43 of them where the block has not overflowed
};

/** Bytes of the shipped module. */
const SIZE_MAX = 24_000;

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
  const writes = (name: string) =>
    readFileSync(pathOf(name, "wat"), "utf8").match(/i32\.store16 offset=12$/gm)?.length ?? 0;
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
  const branch = body.findIndex((line) => line.startsWith("br_if"));
  const common = body.slice(body.indexOf("if") + 1, branch);
  // The region's base, then a code and an owner out of the same 32 bytes.
  expect(common.filter((line) => line.includes("load"))).toEqual([
    "i32.load",
    "i32.load8_u",
    "i32.load16_u offset=16",
  ]);
  expect(common.filter((line) => /^(if|br|loop)/.test(line))).toEqual([]);
});
