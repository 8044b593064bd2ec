// golden: modules on the page descriptors of other kernels, and that the compact one pays nothing for the choice.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Design, FRAME_LAYOUTS, FrameLayout } from "../../src/abi.js";
import { DESIGNS, LAYOUT_MODULES } from "../../src/designs.js";
import { bare } from "../unit/core/harness.js";

const textOf = (name: string) => readFileSync(new URL(`../../build/${name}.wat`, import.meta.url), "utf8");
const frameOf = (layout: string) => FRAME_LAYOUTS.find(({ name }) => name === layout)!;

/** Instructions of an exported function. */
function bodyOf(wat: string, exported: string): string[] {
  const [, symbol = ""] = wat.match(new RegExp(`^ \\(export "${exported}" \\(func (\\S+)\\)\\)$`, "m")) ?? [];
  const lines = wat.split("\n");
  const start = lines.findIndex((line) => line.startsWith(` (func ${symbol} `));
  return lines.slice(start + 1, lines.indexOf(" )", start)).map((line) => line.trim());
}

/** How the address of record number pfn is made: a shift where its size is a power of two. */
function strideOf(bytes: number): [string, string] {
  const shift = Math.log2(bytes);
  return Number.isInteger(shift) ? [`i32.const ${shift}`, "i32.shl"] : [`i32.const ${bytes}`, "i32.mul"];
}

test("every layout has a module; with a place for the owner there is one that uses it", () => {
  const built = new Set(LAYOUT_MODULES.map(({ layout }) => layout));
  expect([...built]).toEqual(FRAME_LAYOUTS.slice(1).map(({ name }) => name));
  for (const layout of built) {
    const isUsed = LAYOUT_MODULES.some((m) => m.layout === layout && m.design === "in-page");
    expect(isUsed, layout).toBe(frameOf(layout).ownerBytes > 0);
  }
});

test("a module that ships is of the compact layout", () => {
  for (const { name } of DESIGNS) expect(bare(name).calls.FRAME_LAYOUT.value, name).toBe(FrameLayout.COMPACT);
});

const IN_PAGE = [
  { module: "in-page", frame: FRAME_LAYOUTS[FrameLayout.COMPACT]!, load: "i32.load16_u" },
  ...LAYOUT_MODULES.filter(({ design }) => design === "in-page").map(({ layout, design }) => ({
    module: `layout/${layout}-${design}`,
    frame: frameOf(layout),
    load: "i32.load",
  })),
];

test.each(IN_PAGE)(
  "$module: the owner is one load with its offset in the instruction",
  ({ module, frame, load }) => {
    const body = bodyOf(textOf(module), "ownerOf");
    const from = body.indexOf("local.get $0", 1);
    expect(body.slice(from, from + 5)).toEqual([
      "local.get $0",
      ...strideOf(frame.sizeBytes),
      "i32.add",
      `${load} offset=${frame.memcgId}`,
    ]);
    expect(body.filter((line) => /call|store|br/.test(line))).toEqual([]);
  },
);

describe.each(LAYOUT_MODULES)("$layout with $design", ({ layout, design }) => {
  const name = `layout/${layout}-${design}`;
  const wat = textOf(name);

  test("says which it is; no data, no mutable global, no start function", () => {
    const { calls } = bare(name);
    expect(FRAME_LAYOUTS[calls.FRAME_LAYOUT.value as number]?.name).toBe(layout);
    expect(calls.DESIGN_ID.value).toBe(Design[design.toUpperCase().replace("-", "_") as keyof typeof Design]);
    expect(wat).not.toMatch(/^ \((data|start|table|elem)\b/m);
    expect(wat).not.toMatch(/\(mut /);
  });

  test("the size of the record is a constant of the code", () => {
    const [constant, operation] = strideOf(frameOf(layout).sizeBytes);
    expect(wat.replaceAll(/\n */g, " ")).toContain(`${constant} ${operation}`);
  });
});
