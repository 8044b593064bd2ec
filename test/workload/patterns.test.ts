// patterns: the same seed gives the same row, and each row has the shape that its name says.
import { describe, expect, test } from "vitest";
import { AliasTable } from "../../src/workload/alias-table.js";
import { WorkloadError } from "../../src/workload/parameters.js";
import { PATTERN_WORKLOADS, patterns } from "../../src/workload/patterns.js";
import { Random } from "../../src/workload/random.js";
import { Scatter } from "../../src/workload/scatter.js";
import { STRIDES } from "../../src/workload/strided.js";

const NAMES = PATTERN_WORKLOADS.map(({ name }) => name);

function take(name: string, nrFrames: number, seed: number, count: number, portion = count): Uint32Array {
  const pattern = patterns[name]!({ nrFrames, seed });
  const pfns = new Uint32Array(count);
  for (let at = 0; at < count; at += portion) pattern.fill(pfns.subarray(at, at + portion));
  return pfns;
}

/** Sum of (seen - expected)² / expected: for a fair row, about the number of cells. */
function chiSquare(seen: ArrayLike<number>, expected: (cell: number) => number): number {
  let sum = 0;
  for (let cell = 0; cell < seen.length; cell++) sum += (seen[cell]! - expected(cell)) ** 2 / expected(cell);
  return sum;
}

/** Far beyond what a fair row gives (6 standard deviations). */
const chiBound = (cells: number) => cells + 6 * Math.sqrt(2 * cells);

describe.each(NAMES)("%s", (name) => {
  test("is made by its seed alone, whatever the portions", () => {
    const row = take(name, 5000, 7, 20_000);
    expect(take(name, 5000, 7, 20_000, 37)).toEqual(row);
    expect(take(name, 5000, 8, 20_000)).not.toEqual(row);
  });

  test("stays below nrFrames, for odd sizes too", () => {
    for (const nrFrames of [1, 2, 3, 67, 4097]) {
      const row = take(name, nrFrames, 3, 3000);
      expect(row.every((pfn) => pfn < nrFrames)).toBe(true);
    }
  });

  test("refuses nonsense with a remedy", () => {
    for (const bad of [0, -1, 1.5, Number.NaN, 2 ** 29])
      expect(() => patterns[name]!({ nrFrames: bad, seed: 1 })).toThrow(WorkloadError);
    expect(() => patterns[name]!({ nrFrames: 8, seed: -1 })).toThrow(
      /seed cannot be -1; give a whole number/,
    );
  });
});

test("the grid of strides is the kernel's", () => {
  for (const stride of STRIDES) expect(NAMES).toContain(`strided-${stride}`);
});

test.each(STRIDES)(
  "stride %d: steps are that long, and a round of rounds meets every frame once",
  (stride) => {
    const nrFrames = 30_000;
    const row = take(`strided-${stride}`, nrFrames, 11, nrFrames);
    expect(new Set(row).size).toBe(nrFrames);
    let steps = 0;
    for (let i = 1; i < row.length; i++)
      if ((row[i]! - row[i - 1]! + nrFrames) % nrFrames === stride) steps++;
    // Every round but the last breaks the rhythm once.
    expect(steps).toBeGreaterThanOrEqual(nrFrames - 1 - stride);
  },
);

test("uniform: every frame as often as the others", () => {
  const seen = new Uint32Array(1000);
  for (const pfn of take("uniform", 1000, 5, 400_000)) seen[pfn]!++;
  expect(chiSquare(seen, () => 400)).toBeLessThan(chiBound(1000));
});

test.each([0, 0.5, 0.99, 1, 1.5])("zipf, theta %d: ranks fall off as k^-theta", (theta) => {
  const nrFrames = 1000;
  const count = 400_000;
  const pattern = patterns.zipf!({ nrFrames, seed: 9, theta });
  const pfns = new Uint32Array(count);
  pattern.fill(pfns);
  const scatter = new Scatter(nrFrames, 9);
  const seen = new Uint32Array(nrFrames);
  for (const pfn of pfns) seen[pfn]!++;
  const weights = Array.from({ length: nrFrames }, (_, i) => (i + 1) ** -theta);
  const total = weights.reduce((sum, w) => sum + w, 0);
  const byRank = Array.from({ length: nrFrames }, (_, rank) => seen[scatter.of(rank)]!);
  expect(chiSquare(byRank, (rank) => (count * weights[rank]!) / total)).toBeLessThan(chiBound(nrFrames));
});

test("scatter is one to one", () => {
  for (const n of [1, 2, 3, 64, 1000, 4097]) {
    const scatter = new Scatter(n, 4);
    const images = new Set(Array.from({ length: n }, (_, x) => scatter.of(x)));
    expect(images.size).toBe(n);
    expect(Math.max(...images)).toBe(n - 1);
  }
});

test("working set: its share of touches falls into a window, which moves", () => {
  const nrFrames = 100_000;
  const stay = 5000;
  const pattern = patterns["working-set"]!({ nrFrames, seed: 2, size: 0.01, inside: 0.9, stay });
  const pfns = new Uint32Array(stay);
  const starts: number[] = [];
  for (let window = 0; window < 4; window++) {
    pattern.fill(pfns);
    const cells = new Uint32Array(nrFrames / 500);
    for (const pfn of pfns) cells[Math.floor(pfn / 500)]!++;
    // The window covers 1000 frames: at most three cells of 500.
    const busy = [...cells.keys()].filter((cell) => cells[cell]! > stay / 20);
    expect(busy.length).toBeLessThanOrEqual(3);
    const inside = busy.reduce((sum, cell) => sum + cells[cell]!, 0);
    expect(inside / stay).toBeGreaterThan(0.85);
    starts.push(Math.min(...busy));
  }
  expect(new Set(starts).size).toBe(4);
});

test("alias table: outcomes as often as their weights", () => {
  const weights = [5, 0, 1, 3, 0.5, 90];
  const total = weights.reduce((sum, w) => sum + w, 0);
  const table = new AliasTable(weights);
  const random = new Random(1);
  const seen = new Uint32Array(weights.length);
  for (let i = 0; i < 200_000; i++) seen[table.draw(random)]!++;
  expect(seen[1]).toBe(0);
  const met = [0, 2, 3, 4, 5];
  expect(
    chiSquare(
      met.map((i) => seen[i]!),
      (cell) => (200_000 * weights[met[cell]!]!) / total,
    ),
  ).toBeLessThan(chiBound(met.length));
  expect(() => new AliasTable([0, 0])).toThrow(RangeError);
  expect(() => new AliasTable([1, -1])).toThrow(RangeError);
});

test("random: bits are even, and seeds that differ in any half differ", () => {
  const random = new Random(3);
  const ones = new Uint32Array(32);
  for (let i = 0; i < 20_000; i++) {
    const word = random.u32();
    for (let bit = 0; bit < 32; bit++) ones[bit]! += (word >>> bit) & 1;
  }
  expect(chiSquare(ones, () => 10_000)).toBeLessThan(chiBound(32));
  const first = [0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40].map((seed) => new Random(seed).u32());
  expect(new Set(first).size).toBe(first.length);
});
