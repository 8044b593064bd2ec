// From intervals to verdicts: every branch, on made-up estimates.
import { describe, expect, test } from "vitest";
import { FRAME_LAYOUTS } from "../../../src/abi.js";
import { linesOf } from "../../../src/argue/descriptors.js";
import {
  judgeBelow,
  judgeCosts,
  judgeDirection,
  percentText,
  type Ratio,
  sideOf,
  sidesText,
} from "../../../src/argue/judge.js";
import { extraBytesText, judgeArray, judgeRadix } from "../../../src/argue/measure-2008.js";
import { judgeFreeFields, judgeObjectOwner, shares } from "../../../src/argue/measure-free-fields.js";
import { judgeIsolation } from "../../../src/argue/measure-isolation.js";
import { judgeFullLine, judgeMisfit } from "../../../src/argue/measure-line.js";
import { judgeOnDemand } from "../../../src/argue/measure-on-demand.js";
import { judgeShare } from "../../../src/argue/measure-share.js";
import { judgeFunctionPointers } from "../../../src/argue/measure-words.js";

const ratio = (low: number, high: number, label = "x"): Ratio => ({
  label,
  mean: (low + high) / 2,
  low,
  high,
});
/** Wholly below 1, between 1 and 1.05, wholly above 1.05, and across all of it. */
const [LESS, SLIGHT, MORE, WIDE] = [ratio(0.8, 0.9), ratio(1.01, 1.04), ratio(1.2, 1.3), ratio(0.7, 1.5)];
const NEARLY = ratio(0.98, 1.02);

test("a side needs the whole interval", () => {
  expect(sideOf(SLIGHT, 1.05)).toBe("below");
  expect(sideOf(MORE, 1.05)).toBe("above");
  expect(sideOf(WIDE, 1.05)).toBe("open");
  expect(sideOf(ratio(1.05, 1.2), 1.05)).toBe("open");
});

test.each([
  [[LESS, SLIGHT], "holds"],
  [[MORE, MORE], "does not hold"],
  [[MORE, LESS], "holds in part"],
  [[MORE, LESS, WIDE], "holds in part"],
  [[LESS, WIDE], "not decided"],
  [[MORE, WIDE], "not decided"],
  [[], "not decided"],
] as const)("almost nothing %#", (ratios, verdict) => {
  expect(judgeBelow(ratios, 1.05)).toBe(verdict);
  expect(judgeFullLine(ratios, [WIDE]).verdict).toBe(verdict);
});

test.each([
  [[MORE, SLIGHT], "holds"],
  [[MORE, NEARLY], "holds in part"],
  [[LESS, NEARLY], "does not hold"],
  [[LESS, WIDE], "not decided"],
  [[], "not decided"],
] as const)("costs something %#", (ratios, verdict) => {
  expect(judgeCosts(ratios, 1.05)).toBe(verdict);
  expect(judgeMisfit(ratios, [WIDE], [LESS]).verdict).toBe(verdict);
});

test("what was not measured is said", () => {
  expect(judgeFullLine([], []).reason).toMatch(/^Not measured/);
  expect(judgeMisfit([], [], []).reason).toMatch(/^Not measured/);
});

describe("share of a pointer", () => {
  const always = { nothing: 2, end: 2, full: 2 };
  test.each([
    [8, always, "holds"],
    [8, { nothing: 0, end: 1, full: 2 }, "holds in part"],
    [8, undefined, "holds in part"],
    [24, always, "holds in part"],
    [24, { nothing: 0, end: 1, full: 2 }, "does not hold"],
    [24, undefined, "does not hold"],
  ] as const)("%i bytes %#", (bytes, index, verdict) => {
    expect(judgeShare(bytes, index).verdict).toBe(verdict);
  });
  test("the figure is 0.195 %", () => expect(judgeShare(8, always).reason).toContain("0.195 %"));
});

describe("isolation", () => {
  const tree = { nothing: 0, end: 1, full: 4 };
  test.each([
    [tree, [NEARLY, LESS], "holds"],
    [tree, [MORE, MORE], "holds in part"],
    [tree, [NEARLY, MORE], "holds in part"],
    [tree, [], "holds in part"],
    [tree, [NEARLY, WIDE], "not decided"],
    [{ ...tree, nothing: 1 }, [NEARLY], "does not hold"],
    [undefined, [NEARLY], "not decided"],
  ] as const)("%#", (bytes, unowned, verdict) => {
    expect(judgeIsolation(bytes, unowned).verdict).toBe(verdict);
  });
});

describe("free fields", () => {
  const none = { end: 0, full: 0 };
  test.each([
    [none, [NEARLY], 1, "holds"],
    [none, [NEARLY], 0.4, "holds in part"],
    [none, [MORE], 1, "holds in part"],
    [none, [WIDE], 1, "holds in part"],
    [{ end: 1, full: 2 }, [NEARLY], 1, "does not hold"],
    [undefined, [], 1, "not decided"],
  ] as const)("%#", (bytes, ratios, anon, verdict) => {
    expect(judgeFreeFields(bytes, ratios, anon).verdict).toBe(verdict);
  });
  test("what is said of the price follows the intervals", () => {
    expect(judgeFreeFields(none, [MORE], 1).reason).toContain("time is paid for it");
    expect(judgeFreeFields(none, [WIDE], 1).reason).toContain("stays open");
    expect(judgeFreeFields(none, [NEARLY], 0.4).reason).toContain("without a price in time");
  });
});

describe("owner of an object", () => {
  const page = { end: 2, full: 2 };
  test.each([
    [{ end: 0.1, full: 0.2 }, page, [NEARLY], "holds"],
    [{ end: 0.1, full: 0.2 }, page, [NEARLY, MORE], "holds in part"],
    [{ end: 2, full: 2 }, page, [NEARLY], "does not hold"],
    [undefined, page, [NEARLY], "not decided"],
    [{ end: 0.1, full: 0.2 }, page, [], "not decided"],
  ] as const)("%#", (object, inPage, ratios, verdict) => {
    expect(judgeObjectOwner(object, inPage, ratios, 0.1).verdict).toBe(verdict);
  });
});

describe("on demand", () => {
  const good = { design: "good", nothing: 0, end: 1, full: 4 };
  const heavy = { design: "heavy", nothing: 0, end: 12, full: 32 };
  const flat = { design: "flat", nothing: 2, end: 2, full: 2 };
  test.each([
    [[good], "holds"],
    [[good, heavy], "holds in part"],
    [[good, flat], "holds in part"],
    [[heavy, flat], "does not hold"],
    [[], "not decided"],
  ] as const)("%#", (designs, verdict) => expect(judgeOnDemand(designs).verdict).toBe(verdict));
});

describe("function pointers", () => {
  test.each([
    [24, [MORE], "holds", "time is paid too"],
    [24, [NEARLY], "holds", "no time is paid"],
    [24, [WIDE], "holds", "stays open"],
    [24, [], "holds in part", "was not measured"],
    [8, [MORE], "does not hold", "0.195 %"],
  ] as const)("%i bytes %#", (bytes, ratios, verdict, said) => {
    const judged = judgeFunctionPointers(bytes, ratios);
    expect(judged.verdict).toBe(verdict);
    expect(judged.reason).toContain(said);
  });
});

describe("2008", () => {
  test.each([
    [[MORE, SLIGHT], "holds in part", "does cost more in each case"],
    [[MORE, LESS], "holds in part", "depends on the work"],
    [[LESS, LESS], "does not hold", "not cost more in any case"],
    [[MORE, WIDE], "not decided", "across 1: x"],
    [[], "not decided", "Not measured"],
  ] as const)("array %#", (extras, verdict, said) => {
    expect(judgeArray(extras).verdict).toBe(verdict);
    expect(judgeArray(extras).reason).toContain(said);
    expect(judgeDirection(extras)).toBe(verdict);
  });
  test("the share of a run that would show 7 % is computed", () => {
    // A quarter more in the ledger is 7 % of a run of which the ledger is 28 %.
    expect(judgeArray([MORE]).reason).toContain("accounting is 28 %");
    // What is not surely an extra has no such share.
    expect(judgeArray([WIDE]).reason).not.toContain("accounting is");
    expect(judgeArray([LESS]).reason).not.toContain("accounting is");
  });
  test.each([
    [[LESS, LESS], "holds in part"],
    [[MORE, MORE], "does not hold"],
    [[MORE, LESS], "holds in part"],
    [[MORE, WIDE], "not decided"],
    [[WIDE], "not decided"],
    [[], "not decided"],
  ] as const)("radix %#", (over, verdict) => expect(judgeRadix([MORE], over).verdict).toBe(verdict));
});

test("bytes of 2008 are those allocated, in four states", () => {
  const of = (nothing: number, end: number, full: number, scattered: number) => ({
    design: "x",
    nothing,
    end,
    full,
    scattered,
  });
  const said = extraBytesText(of(20, 20, 20, 20), of(4, 8, 28, 5));
  expect(said).toContain("nothing owned +400.0 %");
  expect(said).toContain("at the machine's end +150.0 %");
  expect(said).toContain("every page owned −28.6 %");
  expect(said).toContain("one page in 64 owned +300.0 %");
  expect(extraBytesText(undefined, of(1, 1, 1, 1))).toBe("");
});

test("sides name every case once", () => {
  const named = [ratio(0.8, 0.9, "a"), ratio(1.2, 1.3, "b"), ratio(0.8, 1.3, "c"), ratio(1.1, 1.2, "d")];
  expect(sidesText(named, 1)).toBe("below 1: a 0.85; above 1: b 1.25, d 1.15; across 1: c 1.05");
});

test("lines that descriptors lie on, against a count byte by byte", () => {
  for (const { name, sizeBytes, flags, memcgId } of FRAME_LAYOUTS) {
    let [whole, touched] = [0, 0];
    for (let i = 0; i < 640; i++) {
      const at = (offset: number) => (i * sizeBytes + offset) >> 6;
      whole += new Set(Array.from({ length: sizeBytes }, (_, byte) => at(byte))).size;
      touched += new Set([at(flags), ...(memcgId === undefined ? [] : [at(memcgId)])]).size;
    }
    expect(linesOf(name), name).toEqual({ whole: whole / 640, touched: touched / 640 });
  }
});

test("shares of types add up, and nothing charged is no division by zero", () => {
  const { anon, file, shmem, kernel } = shares({ byType: { anon: 1, file: 2, shmem: 3, kernel: 4 } });
  expect(anon + file + shmem + kernel).toBeCloseTo(1);
  expect(shares({ byType: { anon: 0, file: 0, shmem: 0, kernel: 0 } }).anon).toBe(0);
});

test("percentages keep their leading places", () => {
  expect([8 / 4096, 0, 0.5, 1 / 8 / 4096].map(percentText)).toEqual([
    "0.195 %",
    "0.0 %",
    "50.0 %",
    "0.00305 %",
  ]);
});
