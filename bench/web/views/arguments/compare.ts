/**
 * compare: figures of one run over those of another.
 *
 *   earlier  ● ●  ●●  ●           every sample of the one over every sample of the other: n × m ratios, sorted;
 *   now         ● ● ●●  ●         their median, and as 95 % interval the k-th from either end (Hodges and Lehmann; k by
 *                                 the distribution of Mann and Whitney's U, which needs none of the samples)
 *
 * Two runs have not taken turns: what changed between them besides (another load, another clock of the processor) is in
 * the ratio as well.
 */
import { median } from "../../../../src/measure/statistics.js";

export interface Compared {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Earlier over now: above 1, now takes less.  Both lists hold positive numbers, at least 4 each.  Throws RangeError. */
export function ratioOfSamples(earlier: readonly number[], now: readonly number[]): Compared {
  const ratios = earlier.flatMap((a) => now.map((b) => a / b)).sort((a, b) => a - b);
  const outside = pairsOutside(earlier.length, now.length);
  return { value: median(ratios), low: ratios[outside]!, high: ratios[ratios.length - 1 - outside]! };
}

/** How many of the n × m pairs may be left out at either end: P(U ≤ that many) ≤ 2.5 %, less one. */
export function pairsOutside(n: number, m: number): number {
  const ways = waysOf(n, m);
  const all = ways.reduce((sum, each) => sum + each, 0);
  let cumulated = 0;
  let u = 0;
  while (cumulated + ways[u]! <= 0.025 * all) cumulated += ways[u++]!;
  if (u === 0) throw new RangeError(`${n} and ${m} samples have no interval`);
  return u - 1;
}

/** In how many orders of n and m samples does U come out as 0, 1, … n × m?  Coefficients of the Gaussian binomial. */
function waysOf(n: number, m: number): number[] {
  const ways = new Array<number>(n * m + 1).fill(0);
  ways[0] = 1;
  for (let i = 1; i <= n; i++) {
    // Times (1 - x^(m+i)), then over (1 - x^i).
    for (let u = ways.length - 1; u >= m + i; u--) ways[u]! -= ways[u - m - i]!;
    for (let u = i; u < ways.length; u++) ways[u]! += ways[u - i]!;
  }
  return ways;
}

interface Bounded {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * The same of figures whose samples are gone: from one end of an interval to the other of the other, so it is wider than
 * need be.  Figures that were counted have none.  undefined where the later one is zero.
 */
export function ratioOfFigures(
  earlier: Bounded,
  now: Bounded,
): { value: number; low: number | null; high: number | null } | undefined {
  if (now.value === 0) return earlier.value === 0 ? { value: 1, low: null, high: null } : undefined;
  const value = earlier.value / now.value;
  const isSampled = [earlier, now].every(({ low, high }) => low !== null && high !== null);
  if (!isSampled || now.low! <= 0) return { value, low: null, high: null };
  return { value, low: earlier.low! / now.high!, high: earlier.high! / now.low! };
}
