// The interval of a median: ranks against tables of the sign test, and its coverage.
import { expect, test } from "vitest";
import { medianIntervalOf } from "../../../src/measure/median-interval.js";

/** How many are left out at either end, as the tables of the sign test at 5 % (two-sided) have it. */
test.each([
  [6, 0],
  [8, 0],
  [9, 1],
  [12, 2],
  [15, 3],
  [20, 5],
  [25, 7],
])("of %i samples %i are left out at either end", (n, outside) => {
  const samples = Array.from({ length: n }, (_, i) => n - i);
  const { low, high, mean } = medianIntervalOf(samples);
  expect([low, high]).toEqual([1 + outside, n - outside]);
  expect(mean).toBe((n + 1) / 2);
});

test("an outlier moves nothing", () => {
  const samples = [5, 1, 4, 2, 3, 6, 7, 8, 9];
  expect(medianIntervalOf([...samples.slice(0, 8), 1e9])).toEqual(medianIntervalOf(samples));
});

test("five samples have none", () => {
  expect(() => medianIntervalOf([1, 2, 3, 4, 5])).toThrow(RangeError);
});

test("it holds the median of a skewed population 95 times of 100, or more", () => {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  let inside = 0;
  for (let trial = 0; trial < 2000; trial++) {
    const { low, high } = medianIntervalOf(Array.from({ length: 21 }, () => -Math.log(random())));
    if (low <= Math.LN2 && Math.LN2 <= high) inside++;
  }
  expect(inside / 2000).toBeGreaterThan(0.94);
});
