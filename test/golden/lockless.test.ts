// golden: a page charged or uncharged without the lock is one run of code, so that a thread dies before it or behind it; read from the wat.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { AgentCounter } from "../../src/abi.js";

function bodyOf(design: string, name: string): string[] {
  const wat = readFileSync(new URL(`../../build/shared/${design}.wat`, import.meta.url), "utf8");
  const start = wat.indexOf(` (func $${name} `);
  expect(start, name).toBeGreaterThan(0);
  return wat
    .slice(start, wat.indexOf("\n )", start))
    .split("\n")
    .map((line) => line.trim());
}

const isDeadly = (line: string) => /^(call|call_indirect|loop)\b/.test(line);
const isChange = (line: string) => /\.rmw|\.store/.test(line);
const STORED = `i32.store offset=${AgentCounter.pages}`;

describe("palette", () => {
  test.each([
    // An owner's slot counted into, or one claimed and named; and given back if others were named meanwhile; the code; back again if that was lost; claimed no more.
    ["paletteCharge", 6],
    // The code, counted out of its slot, the stamp.
    ["paletteUncharge", 3],
  ])("%s: neither call nor loop from its first change on", (name, atomics) => {
    const lines = bodyOf("palette", `assembly/core/palette-lockless/${name}`);
    const first = lines.findIndex(isChange);
    expect(first).toBeGreaterThan(0);
    expect(lines.slice(first).filter(isDeadly)).toEqual([]);
    expect(lines.filter((line) => /\.atomic\.(rmw|store)/.test(line)).length).toBe(atomics);
    expect(lines.filter((line) => line === STORED).length).toBe(1);
  });
});

test("column: likewise from the owner's word to the agent's counts, charging and uncharging", () => {
  const lines = bodyOf("column", "assembly/mm/lockless/steps");
  const changes = lines.flatMap((line, i) => (/rmw16\.cmpxchg_u/.test(line) ? [i] : []));
  expect(changes.length).toBe(2);
  for (const at of changes) {
    const counted = lines.indexOf(STORED, at);
    expect(counted).toBeGreaterThan(at);
    expect(lines.slice(at, counted).filter(isDeadly)).toEqual([]);
  }
});
