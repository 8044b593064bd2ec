/**
 * sampler: how long one batch takes, from as many runs as fill the time asked for.
 *
 * In Node a sample is one cycle of the `benchmark` package, which calibrates the number of runs and reads the finest
 * clock.  That package finds its own parts among the globals of a page and does not survive a bundler, so in browsers the
 * page's clock is read directly, by the same rule; the import stands behind the question where we are, in this file alone.
 */

/** Answers the nanoseconds of one run, averaged over the least number of runs that take `minSampleMs`. */
export type Sampler = (run: () => void, minSampleMs: number) => number;

/** What is used of the package's constructor. */
interface BenchmarkRun {
  readonly error?: unknown;
  readonly stats: { readonly sample: readonly number[] };
  run(options: { async: boolean }): unknown;
}
export type BenchmarkPackage = new (options: {
  fn: () => void;
  minTime: number;
  maxTime: number;
  minSamples: number;
}) => BenchmarkRun;

/** One sample is one cycle: no second one, however little time has passed.  Before it comes one run that is not timed. */
export function benchmarkSampler(Benchmark: BenchmarkPackage): Sampler {
  return (run, minSampleMs) => {
    const bench = new Benchmark({ fn: run, minTime: minSampleMs / 1000, maxTime: -1, minSamples: 1 });
    bench.run({ async: false });
    if (bench.error) throw bench.error;
    return bench.stats.sample[0]! * 1e9;
  };
}

/** The same with a clock of milliseconds: an untimed run, then more and more runs until they take long enough. */
export function clockSampler(now: () => number): Sampler {
  return (run, minSampleMs) => {
    run();
    for (let runs = 1; ; ) {
      const start = now();
      for (let i = 0; i < runs; i++) run();
      const elapsed = now() - start;
      if (elapsed >= minSampleMs) return (elapsed / runs) * 1e6;
      runs = elapsed > 0 ? Math.max(runs + 1, Math.ceil((runs * minSampleMs * 1.05) / elapsed)) : runs * 2;
    }
  };
}

const inNode = typeof process !== "undefined" && process.versions?.node !== undefined;
const Benchmark = inNode ? (await import("benchmark")).default : undefined;

/** The sampler of this place. */
export function defaultSampler(): Sampler {
  if (Benchmark === undefined) return clockSampler(() => performance.now());
  return benchmarkSampler(Benchmark as unknown as BenchmarkPackage);
}
