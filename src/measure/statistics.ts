/**
 * statistics: what a handful of samples says about a mean: intervals of Student's t, medians, ratios round by round.
 *
 *   samples ──► mean ± t(0.975, n − 1) · s / √n
 *   pairs   ──► log(a / b) ──► the same ──► exp      so that a to b is exactly one over b to a
 *
 * Times drift on a shared machine, but drift hits the competitors of one round alike: ratios are therefore taken
 * within each round, never between means.
 */

/** The 0.975 quantile of Student's t for 1 … 30 degrees of freedom: half of what a two-sided 95 % interval spans. */
const T_975 = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604,
  2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.093, 2.086, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555,
  2.0518, 2.0484, 2.0452, 2.0423,
] as const;

/** The 0.975 quantile of the normal distribution. */
const Z_975 = 1.959964;

/** A mean and the bounds of its 95 % interval. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** The 0.975 quantile of Student's t; beyond the table by the first three terms of Fisher's expansion (error below 1e-4). */
export function tQuantile(degrees: number): number {
  if (!Number.isInteger(degrees) || degrees < 1) throw new RangeError("degrees of freedom begin at 1");
  const listed = T_975[degrees - 1];
  if (listed !== undefined) return listed;
  const z = Z_975;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  return z + first / degrees + second / degrees ** 2;
}

export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("nothing has no mean");
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("nothing has no median");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The n-th root of the product: the mean of ratios, and of figures of different size. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(mean(values.map(Math.log)));
}

/** 95 % interval of the mean.  One sample says nothing about its spread: its interval is infinitely wide. */
export function intervalOf(values: readonly number[]): Interval {
  const centre = mean(values);
  if (values.length === 1) return { mean: centre, low: -Infinity, high: Infinity };
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
  const half = tQuantile(values.length - 1) * Math.sqrt(variance / values.length);
  return { mean: centre, low: centre - half, high: centre + half };
}

/** 95 % interval of the geometric mean of positive values. */
export function geometricIntervalOf(values: readonly number[]): Interval {
  const logs = intervalOf(values.map(Math.log));
  return { mean: Math.exp(logs.mean), low: Math.exp(logs.low), high: Math.exp(logs.high) };
}
