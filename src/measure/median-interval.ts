/**
 * median-interval: a 95 % interval that a few spoilt samples do not move.
 *
 *   sorted samples  ·  ·  [·  ·  m  ·  ·]  ·  ·        the k-th from either end, by the binomial distribution
 *
 * On a machine with neighbours some samples take several times as long as the rest; they widen the interval of a mean
 * beyond use.  How often the median of the population falls between two order statistics needs no distribution of the samples:
 * each sample lies below it with probability one half.
 */
import { type Interval, median } from "./statistics.js";

/** Fewer samples have no such interval. */
export const MEDIAN_SAMPLES_MIN = 6;

/** Median (as `mean`) and its 95 % interval; at least, since order statistics come in steps.  Throws RangeError. */
export function medianIntervalOf(samples: readonly number[]): Interval {
  const n = samples.length;
  if (n < MEDIAN_SAMPLES_MIN)
    throw new RangeError(`the interval of a median needs ${MEDIAN_SAMPLES_MIN} samples`);
  const sorted = [...samples].sort((a, b) => a - b);
  const outside = rankOutside(n);
  return { mean: median(sorted), low: sorted[outside]!, high: sorted[n - 1 - outside]! };
}

/** How many samples may be left out at either end: P(at most that many of n lie below the median) ≤ 2.5 %. */
function rankOutside(n: number): number {
  let probability = 2 ** -n;
  let cumulated = probability;
  let rank = 0;
  // P(X ≤ rank) is the chance that the median lies below sorted[rank].
  while (cumulated <= 0.025) {
    rank++;
    probability *= (n - rank + 1) / rank;
    cumulated += probability;
  }
  return rank - 1;
}
