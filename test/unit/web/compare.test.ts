// Runs compared: intervals of ratios, what is matched with what.
import { describe, expect, test } from "vitest";
import { pairsOutside, ratioOfFigures, ratioOfSamples } from "../../../bench/web/views/arguments/compare.js";
import { compareRuns } from "../../../bench/web/views/arguments/compare-runs.js";
import { madeArguments } from "../argue/argue-fixture.js";
import { madeCell, madeRun } from "./run-fixture.js";

describe("ratios of samples that have not taken turns", () => {
  test("as many pairs are left out as tables of U say, two-sided at 5 %", () => {
    // Critical values of U are 5, 23, 14: at most so many pairs lie on the wrong side.
    expect(pairsOutside(6, 6)).toBe(5);
    expect(pairsOutside(10, 10)).toBe(23);
    expect(pairsOutside(6, 11)).toBe(13);
    expect(pairsOutside(4, 4)).toBe(0);
    expect(() => pairsOutside(3, 3)).toThrow(RangeError);
  });

  test("equal samples are at 1, and the interval holds it", () => {
    const samples = [5, 6, 7, 8, 9, 10];
    const { value, low, high } = ratioOfSamples(samples, samples);
    expect(value).toBeCloseTo(1, 10);
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(1);
    expect(low).toBeCloseTo(1 / high, 10);
  });

  test("a single spoilt sample moves nothing out of bounds", () => {
    const now = [10, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6];
    const earlier = [20, 20.1, 20.2, 20.3, 20.4, 20.5, 2000];
    const { value, low, high } = ratioOfSamples(earlier, now);
    expect(value).toBeCloseTo(2, 1);
    expect(low).toBeGreaterThan(1.8);
    expect(high).toBeLessThan(2.2);
  });
});

describe("ratios of figures", () => {
  test("from one end to the other of both intervals", () => {
    expect(ratioOfFigures({ value: 4, low: 3, high: 5 }, { value: 2, low: 1, high: 2.5 })).toEqual({
      value: 2,
      low: 3 / 2.5,
      high: 5,
    });
  });
  test("counted figures have no interval, zero now has no ratio", () => {
    expect(ratioOfFigures({ value: 4, low: null, high: null }, { value: 2, low: null, high: null })).toEqual({
      value: 2,
      low: null,
      high: null,
    });
    const zero = { value: 0, low: null, high: null };
    expect(ratioOfFigures(zero, zero)?.value).toBe(1);
    expect(ratioOfFigures({ value: 1, low: null, high: null }, zero)).toBeUndefined();
  });
});

test("only what both runs have is compared, and what differs besides is said", () => {
  const slow = madeRun({ cells: [madeCell("radix", 20), madeCell("column", 9)] });
  const fast = madeRun({
    cells: [madeCell("radix", 10), madeCell("palette", 5)],
    userAgent: "another browser",
  });
  const { lookups, claims, remarks } = compareRuns(slow, fast);
  expect(lookups).toHaveLength(1);
  expect(lookups[0]!.figures.map(({ label }) => label)).toEqual(["radix"]);
  expect(lookups[0]!.figures[0]!.value).toBeCloseTo(2, 1);
  expect(claims).toEqual([]);
  expect(remarks).toEqual(["browser: a browser earlier, another browser now"]);
});

test("verdicts and charts of a claim are held side by side", () => {
  const { machine, arguments: all } = madeArguments();
  const run = madeRun({ claims: [{ isQuick: true, machine, arguments: all }] });
  const { claims } = compareRuns(run, run);
  expect(claims.map(({ title }) => title)).toEqual(all.map(({ claim }) => claim.title));
  for (const { earlier, now, isSameMachine, charts } of claims) {
    expect(earlier).toBe(now);
    expect(isSameMachine).toBe(true);
    for (const { figures } of charts) for (const { value } of figures) expect(value).toBeCloseTo(1, 10);
  }
  expect(claims.some(({ charts }) => charts.length > 0)).toBe(true);
  const full = madeRun({ claims: [{ isQuick: false, machine, arguments: all }] });
  expect(compareRuns(run, full).claims).toEqual([]);
});

test("claims are matched over the machines that they were measured on", () => {
  const { machine, arguments: all } = madeArguments();
  const [first, second] = all;
  const another = { ...machine, operations: machine.operations + 1 };
  const earlier = madeRun({ claims: [{ isQuick: true, machine, arguments: [first!, second!] }] });
  const now = madeRun({
    claims: [
      { isQuick: true, machine, arguments: [first!] },
      { isQuick: true, machine: another, arguments: [second!] },
    ],
  });
  for (const [a, b] of [
    [earlier, now],
    [now, earlier],
  ] as const)
    expect(compareRuns(a, b).claims.map(({ title, isSameMachine }) => [title, isSameMachine])).toEqual([
      [first!.claim.title, true],
      [second!.claim.title, false],
    ]);
});
