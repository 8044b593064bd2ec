// golden: the fast path of counted charges in the emitted code: no call, no atomic read-modify-write, few loads.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DESIGNS } from "../unit/core/harness.js";

/** Instructions of an exported function of count, without those that only move locals. */
function bodyOf(module: string, name: string): string[] {
  const wat = readFileSync(new URL(`../../build/${module}.wat`, import.meta.url), "utf8");
  const [, text = ""] =
    new RegExp(`^ \\(func \\$assembly/mm/count/${name} ([\\s\\S]*?)\\n \\)$`, "m").exec(wat) ?? [];
  return text
    .split("\n")
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => !/^(local\.|\(local|nop)/.test(line));
}

describe.each(DESIGNS.flatMap(({ name }) => [name, `shared/${name}`]))("%s", (module) => {
  test.each(["countCharge", "countUncharge"])("%s: one way out by a call, the slow one", (name) => {
    const lines = bodyOf(module, name);
    const calls = lines.filter((line) => /^(return_)?call/.test(line));
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatch(/chargeSlow/);
    expect(lines.filter((line) => line.includes("atomic.rmw"))).toEqual([]);
    expect(lines.filter((line) => line.startsWith("loop"))).toEqual([]);
    const atomic = lines.filter((line) => line.includes("atomic"));
    expect(atomic).toHaveLength(module.startsWith("shared/") ? 1 : 0);
    // Three of the region table, then what Fast reads, twice where it adds to a word.
    expect(lines.filter((line) => /^i32\.load/.test(line)).length).toBeLessThanOrEqual(9);
    expect(lines.filter((line) => /^i32\.store/.test(line))).toHaveLength(3);
  });

  test("batches: only the slow ways are calls, and in shared memory the check before the loop", () => {
    const lines = bodyOf(module, "countBatch");
    const loop = lines.findIndex((line) => line.startsWith("loop"));
    const callsIn = (part: string[]) => part.filter((line) => /^(return_)?call/.test(line));
    const check = module.startsWith("shared/") ? ["call $assembly/core/region/inBuffers"] : [];
    expect(callsIn(lines.slice(0, loop))).toEqual(check);
    const calls = callsIn(lines.slice(loop));
    expect(calls.length).toBeGreaterThan(0);
    expect(calls.filter((line) => !/slowEntry|chargeSlow/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.includes("atomic.rmw"))).toEqual([]);
  });
});
