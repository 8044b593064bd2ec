// Turns, checksums and intervals of the measuring harness, on clocks that the test moves.
import { describe, expect, test } from "vitest";
import {
  ChecksumError,
  type Competitor,
  clockSampler,
  estimateOf,
  geometricIntervalOf,
  geometricMean,
  intervalOf,
  median,
  ratioOf,
  rotate,
  tQuantile,
} from "../../../src/measure/index.js";

/** A clock of milliseconds, and competitors that move it by the cost of a batch. */
function machine() {
  let now = 0;
  const order: string[] = [];
  const competitor = (name: string, ms: number, checksum = 7): Competitor => ({
    name,
    run() {
      order.push(name);
      now += ms;
      return checksum;
    },
  });
  return { order, competitor, sampler: clockSampler(() => now) };
}

describe("statistics", () => {
  test.each([
    [1, 12.7062],
    [2, 4.3027],
    [10, 2.2281],
    [30, 2.0423],
    // Beyond the table, against published values.
    [40, 2.0211],
    [60, 2.0003],
    [120, 1.9799],
    [100000, 1.96],
  ])("t quantile of %i degrees", (degrees, value) => {
    expect(tQuantile(degrees)).toBeCloseTo(value, 3);
  });

  test("t quantiles fall without a step where the table ends", () => {
    for (let degrees = 1; degrees < 60; degrees++)
      expect(tQuantile(degrees + 1)).toBeLessThan(tQuantile(degrees));
    expect(() => tQuantile(0)).toThrow(RangeError);
  });

  test("interval of the mean, by hand", () => {
    // Mean 5, standard deviation 2, four samples: 5 ± 3.1824 · 2 / 2 with a sum of squares of 12.
    const half = (3.1824 * 2) / 2;
    const samples = [5 - Math.sqrt(6), 5, 5, 5 + Math.sqrt(6)];
    const { mean, low, high } = intervalOf(samples);
    expect(mean).toBeCloseTo(5, 12);
    expect(low).toBeCloseTo(5 - half, 9);
    expect(high).toBeCloseTo(5 + half, 9);
  });

  test("one sample has no interval", () => {
    expect(intervalOf([3])).toEqual({ mean: 3, low: -Infinity, high: Infinity });
    expect(() => intervalOf([])).toThrow(RangeError);
  });

  test("median and geometric mean", () => {
    expect(median([9, 1, 4])).toBe(4);
    expect(median([9, 1, 4, 6])).toBe(5);
    expect(geometricMean([1, 4, 16])).toBeCloseTo(4, 12);
    const { mean, low, high } = geometricIntervalOf([2, 8]);
    expect(mean).toBeCloseTo(4, 12);
    expect(low * high).toBeCloseTo(16, 6);
  });
});

describe("rotate", () => {
  test("each round begins with the next competitor", () => {
    const { order, competitor, sampler } = machine();
    rotate([competitor("a", 1), competitor("b", 1), competitor("c", 1)], {
      items: 1,
      rounds: 3,
      minSampleMs: 1,
      sampler,
    });
    // One run for the expected checksum; then each sample is one untimed run and one timed.
    const samples = order.slice(1).filter((_, i) => i % 2 === 0);
    expect(samples.join("")).toBe("abc" + "abc" + "bca" + "cab");
  });

  test("time per item, from as many runs as fill a sample", () => {
    const { competitor, sampler } = machine();
    const [fast, slow] = rotate([competitor("fast", 0.25), competitor("slow", 3)], {
      items: 1000,
      rounds: 4,
      minSampleMs: 2,
      sampler,
    });
    expect(fast!.meanNs).toBeCloseTo(250, 9);
    expect(slow!.meanNs).toBeCloseTo(3000, 9);
    expect(slow!.samplesNs).toHaveLength(4);
    expect(slow!.highNs - slow!.lowNs).toBeCloseTo(0, 9);
    expect(ratioOf(slow!, fast!).median).toBeCloseTo(12, 9);
  });

  test("another checksum is an error, whenever it comes", () => {
    const { competitor, sampler } = machine();
    const options = { items: 1, rounds: 2, minSampleMs: 1, sampler };
    expect(() => rotate([competitor("a", 1), competitor("liar", 1, 8)], options)).toThrow(ChecksumError);
    let runs = 0;
    const steady = competitor("steady", 1);
    const late: Competitor = { name: "late", run: () => steady.run() + Number(++runs === 5) };
    expect(() => rotate([competitor("a", 1), late], options)).toThrow("late answers 8, not 7");
  });

  test("nobody, no rounds, no items", () => {
    const { competitor, sampler } = machine();
    expect(() => rotate([], { items: 1, rounds: 1, minSampleMs: 1, sampler })).toThrow(RangeError);
    expect(() => rotate([competitor("a", 1)], { items: 0, rounds: 1, minSampleMs: 1, sampler })).toThrow();
    expect(() => rotate([competitor("a", 1)], { items: 1, rounds: 0, minSampleMs: 1, sampler })).toThrow();
  });

  test("by default the benchmark package measures", () => {
    let runs = 0;
    const [estimate] = rotate([{ name: "count", run: () => Math.sign(++runs) }], {
      items: 1,
      rounds: 2,
      minSampleMs: 1,
    });
    expect(estimate!.samplesNs).toHaveLength(2);
    expect(Math.min(...estimate!.samplesNs)).toBeGreaterThan(0);
    expect(runs).toBeGreaterThan(10);
  });
});

describe("ratioOf", () => {
  test("drift of the machine cancels out", () => {
    const drift = [1, 2, 1.5, 3];
    const a = estimateOf(
      "a",
      drift.map((d) => 20 * d),
    );
    const b = estimateOf(
      "b",
      drift.map((d) => 10 * d),
    );
    const there = ratioOf(a, b);
    const back = ratioOf(b, a);
    expect(there.mean).toBeCloseTo(2, 12);
    expect(there.high - there.low).toBeCloseTo(0, 9);
    expect(there.mean * back.mean).toBeCloseTo(1, 12);
  });

  test("interval of two ratios", () => {
    const { mean, low, high } = ratioOf(estimateOf("a", [2, 8]), estimateOf("b", [1, 1]));
    expect(mean).toBeCloseTo(4, 12);
    expect(low).toBeLessThan(2);
    expect(high).toBeGreaterThan(8);
  });

  test("other rounds cannot be compared", () => {
    expect(() => ratioOf(estimateOf("a", [1, 2]), estimateOf("b", [1]))).toThrow(RangeError);
  });
});
