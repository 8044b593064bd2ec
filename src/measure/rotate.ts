/**
 * rotate: competitors take turns, so that a machine that slows down slows all of them.
 *
 *   warm-up   A B C          not kept: engines compile, memory is touched
 *   round 0   A B C
 *   round 1   B C A          the one who follows a hungry neighbour changes from round to round
 *   round 2   C A B
 *
 * INVARIANTS  Every batch answers a checksum.  All competitors answer the same one, in every sample, or nothing is
 *             measured at all: who computes something else is not a competitor, who computes nothing is optimised away.
 */
import { defaultSampler, type Sampler } from "./sampler.js";
import { geometricIntervalOf, intervalOf, median } from "./statistics.js";

export interface Competitor {
  readonly name: string;
  /** Runs one batch of `items` operations; answers a checksum of its results. */
  run(): number;
}

/** Time per item, in nanoseconds. */
export interface Estimate {
  readonly name: string;
  readonly meanNs: number;
  /** Bounds of the 95 % interval of the mean; infinite after a single round. */
  readonly lowNs: number;
  readonly highNs: number;
  readonly medianNs: number;
  /** One a round, in order. */
  readonly samplesNs: readonly number[];
}

/** Geometric mean of the ratios of each round, its 95 % interval, and their median. */
export interface RatioEstimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly median: number;
}

export interface RotateOptions {
  /** Operations in a batch. */
  readonly items: number;
  readonly rounds: number;
  /** A sample repeats the batch until it has taken so long, in milliseconds. */
  readonly minSampleMs: number;
  /** Who times a batch; by default the `benchmark` package, in browsers their clock. */
  readonly sampler?: Sampler;
}

/** A competitor's answers are not those of the first. */
export class ChecksumError extends Error {
  override readonly name = "ChecksumError";
  constructor(
    readonly competitor: string,
    readonly checksum: number,
    readonly expected: number,
  ) {
    super(`${competitor} answers ${checksum}, not ${expected}`);
  }
}

/** Measures all competitors in turns.  Throws ChecksumError, RangeError. */
export function rotate(competitors: readonly Competitor[], options: RotateOptions): Estimate[] {
  const { items, rounds, minSampleMs, sampler = defaultSampler() } = options;
  const first = competitors[0];
  if (first === undefined || !(items > 0) || !(rounds >= 1) || !(minSampleMs >= 0))
    throw new RangeError("competitors, items and rounds begin at 1");
  const expected = first.run();
  for (const competitor of competitors) sampleOf(competitor, expected, minSampleMs, sampler);
  const samples = competitors.map((): number[] => []);
  for (let round = 0; round < rounds; round++)
    for (let turn = 0; turn < competitors.length; turn++) {
      const at = (round + turn) % competitors.length;
      samples[at]!.push(sampleOf(competitors[at]!, expected, minSampleMs, sampler) / items);
    }
  return competitors.map(({ name }, at) => estimateOf(name, samples[at]!));
}

/** Times one competitor and holds every answer that it gave meanwhile against the expected one. */
function sampleOf(competitor: Competitor, expected: number, minSampleMs: number, sampler: Sampler): number {
  let wrong: number | undefined;
  const ns = sampler(() => {
    const checksum = competitor.run();
    if (checksum !== expected) wrong = checksum;
  }, minSampleMs);
  if (wrong !== undefined) throw new ChecksumError(competitor.name, wrong, expected);
  return ns;
}

export function estimateOf(name: string, samplesNs: readonly number[]): Estimate {
  const { mean, low, high } = intervalOf(samplesNs);
  return { name, meanNs: mean, lowNs: low, highNs: high, medianNs: median(samplesNs), samplesNs };
}

/** How many times the time of `b` does `a` take?  From the ratios of each round, so both have run side by side. */
export function ratioOf(a: Estimate, b: Estimate): RatioEstimate {
  if (a.samplesNs.length !== b.samplesNs.length)
    throw new RangeError(`${a.name} and ${b.name} have not run in the same rounds`);
  const ratios = a.samplesNs.map((ns, round) => ns / b.samplesNs[round]!);
  return { ...geometricIntervalOf(ratios), median: median(ratios) };
}
