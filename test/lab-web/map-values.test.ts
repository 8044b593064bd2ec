/** Names, colours and figures of the map, without a browser. */
import { describe, expect, test } from "vitest";
import { looksOf } from "../../bench/web/app/looks.js";
import { figureRows, figureTables, percent } from "../../bench/web/views/map/figures.js";
import { buildLut, colourOf, parseColour, readPalette } from "../../bench/web/views/map/lut.js";
import { Newest } from "../../bench/web/views/map/newest.js";
import { fixedValues, memory, ownerValues, parsePfn } from "../../bench/web/views/map/values.js";
import { OTHERS_SLOT } from "../../src/report/group-look.js";

const SHEET: Record<string, string> = {
  "--free": "#eee",
  "--dim": "#d3d8de",
  "--bg": "#fff",
  "--mark": "#98a1ac",
};
for (let i = 0; i <= 12; i++)
  SHEET[`--c${i}`] = `#${(i * 0x112233 + 0x010203).toString(16).padStart(6, "0")}`;
const palette = readPalette((name) => SHEET[name]!);

const containers = Array.from({ length: 300 }, (_, i) => ({
  path: i === 299 ? "/g0" : `/g${i}`,
  parent: -1,
  from: i,
  until: Number.POSITIVE_INFINITY,
}));
const timeline = {
  events: Float64Array.of(0, 1),
  seconds: Float64Array.of(0, 1),
  charged: containers.map((_, i) => Uint32Array.of((i * 37) % 300, 0)),
  rate: Float64Array.of(0, 1),
};
const opened = {
  title: "",
  kind: "generated",
  design: "palette",
  nrFrames: 0,
  events: 1,
  seconds: 1,
  containers,
  timeline,
  result: undefined,
  openMs: 0,
  heldBytes: 0,
} as const;
const looks = looksOf(opened);

describe("values", () => {
  test("owners are listed by size, in the colours of the other views", () => {
    const values = ownerValues(looks);
    const owners = values.filter(({ value }) => value !== 0);
    const peak = (value: number) => looks.peaks[value - 1]!;
    for (let i = 1; i < owners.length; i++)
      expect(peak(owners[i]!.value)).toBeLessThanOrEqual(peak(owners[i - 1]!.value));
    for (const { value, paint } of owners)
      expect(paint === "rest" ? OTHERS_SLOT : paint).toBe(looks.slots[value - 1]);
    expect(values.find(({ value }) => value === 0)?.paint).toBe("free");
    expect(new Set(values.map(({ value }) => value)).size).toBe(containers.length + 1);
    expect(new Set(values.map(({ name }) => name)).size).toBe(values.length);
  });

  test.each(["type", "lru", "order", "age"] as const)("each value of %s has one name", (kind) => {
    const values = fixedValues(kind);
    expect(new Set(values.map(({ value }) => value)).size).toBe(values.length);
    expect(new Set(values.map(({ name }) => name)).size).toBe(values.length);
    expect(values.some(({ value }) => value === 0)).toBe(true);
  });

  test("an age says which events it covers", () => {
    const name = (value: number) => fixedValues("age").find((each) => each.value === value)?.name;
    for (const ago of [0, 1, 2, 3, 6, 7, 1000]) {
      const value = 1 + Math.floor(Math.log2(1 + ago));
      const numbers = name(value)!.replaceAll(",", "").match(/\d+/g)!.map(Number);
      expect(numbers[0]).toBeLessThanOrEqual(ago);
      expect(numbers[numbers.length - 1]).toBeGreaterThanOrEqual(ago);
    }
  });

  test("a pfn is a number, hexadecimal or decimal", () => {
    expect(parsePfn(" 0x100383 ")).toBe(0x100383);
    expect(parsePfn("1049475")).toBe(1049475);
    for (const text of ["", "x", "-1", "1.5", "0x", "1e3", "0xg", "12 34"])
      expect(parsePfn(text)).toBeUndefined();
  });

  test("memory has a unit", () => {
    expect([memory(1), memory(512), memory(2 ** 24)]).toEqual(["4 KiB", "2 MiB", "64 GiB"]);
  });
});

describe("lut", () => {
  const values = ownerValues(looks);
  const at = (lut: Uint8Array, value: number) => [...lut.subarray(value * 4, value * 4 + 3)];

  test("each value has its colour, a filtered one the dim colour", () => {
    const lut = buildLut(values, palette, (value) => value === 5);
    expect(lut.length % (256 * 4)).toBe(0);
    expect(lut.length / 4).toBeGreaterThan(300);
    for (const { value, paint } of values)
      expect(at(lut, value)).toEqual([...(value === 5 ? palette.dim : colourOf(paint, palette))]);
  });

  test("where frames are mixed, free and filtered ones weigh little, unless nothing else is left", () => {
    const weight = (isHidden: (value: number) => boolean, value: number) =>
      buildLut(values, palette, isHidden)[value * 4 + 3]!;
    expect(weight(() => false, 1)).toBe(255);
    expect(weight(() => false, 0)).toBeLessThan(64);
    expect(weight((value) => value === 1, 1)).toBeLessThan(64);
    expect(weight((value) => value !== 0, 0)).toBe(255);
  });

  test("the ramp goes from end to end", () => {
    expect(colourOf({ at: 0 }, palette)).toEqual(palette.ramp[0]);
    expect(colourOf({ at: 1 }, palette)).toEqual(palette.ramp[2]);
    expect(colourOf({ at: 0.5 }, palette)).toEqual(palette.ramp[1]);
  });

  test("colours of the sheet, short and long", () => {
    expect(parseColour("#fff")).toEqual([255, 255, 255]);
    expect(parseColour(" #0072b2")).toEqual([0, 0x72, 0xb2]);
  });
});

describe("figures", () => {
  const figures = {
    event: 0,
    byOwners: [4, 6, 3, 1, 2] as const,
    folios: [10, 0, 5],
    freeRuns: [100, 80, 40, 0],
  };

  test("shares are of blocks in use, and of free frames", () => {
    const [blocks, free, folios] = figureTables(figures);
    expect(blocks!.bars.map(({ share }) => share)).toEqual([0, 6 / 12, 3 / 12, 1 / 12, 2 / 12]);
    expect(blocks!.note).toContain(percent(10 / 12));
    expect(free!.bars.slice(0, 4).map(({ share }) => share)).toEqual([0, 1 - 0.8, 1 - 0.4, 1]);
    expect(folios!.bars[2]!.share).toBeCloseTo(1 / 3);
    expect(figureRows([blocks!, free!, folios!]).length).toBe(
      blocks!.bars.length + free!.bars.length + folios!.bars.length,
    );
  });

  test("nothing in use, nothing free: no division by nothing", () => {
    for (const { bars } of figureTables({ event: 0, byOwners: [0, 0, 0, 0, 0], folios: [], freeRuns: [] }))
      for (const { share } of bars) expect(share).toBe(0);
  });

  test("a share is never rounded to none or all", () => {
    expect([percent(0), percent(1e-6), percent(1 - 1e-6), percent(1)]).toEqual([
      "0.0 %",
      "< 0.1 %",
      "> 99.9 %",
      "100.0 %",
    ]);
  });
});

test("of many wishes the first and the newest are served, one at a time", async () => {
  const served: number[] = [];
  let underWay = 0;
  let most = 0;
  let told = 0;
  let release: () => void = () => {};
  const gate = new Promise<void>((open) => {
    release = open;
  });
  const newest = new Newest<number>(
    async (wish) => {
      most = Math.max(most, ++underWay);
      await gate;
      served.push(wish);
      underWay--;
    },
    () => told++,
  );
  for (let wish = 1; wish <= 9; wish++) newest.want(wish);
  release();
  await gate;
  while (served.length < 2) await Promise.resolve();
  expect(served).toEqual([1, 9]);
  expect(most).toBe(1);
  // Each that came while the first was under way.
  expect(told).toBe(8);
});
