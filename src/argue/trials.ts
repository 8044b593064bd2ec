/**
 * trials: competitors that take turns, and are opened afresh again and again.
 *
 *   opening 0   C A B │ round 0  C A B │ round 1  A B C │ …      each in a new memory, in an order drawn anew
 *   opening 1   A C B │ …
 *   opening …
 *
 * Where a memory happens to lie, and who runs before whom, moves a figure by several parts in a hundred for as long as both
 * last.  More rounds do not show that: two copies of one module would differ, with a narrow interval.
 *
 * INVARIANTS  An opening counts once, by the median of its rounds.  A ratio of two competitors is taken within each round.
 */

import { type Competitor, median, rotate, type Sampler } from "../measure/index.js";
import { medianIntervalOf } from "../measure/median-interval.js";
import type { Figure } from "./finding.js";
import type { Ratio } from "./judge.js";

/** A competitor to be: opening it sets up a memory of its own and answers one run for each question. */
export interface Entrant {
  readonly name: string;
  open(): readonly Competitor["run"][];
}

/** How often to open, and how often to run each time. */
export interface Plan {
  /** Operations in a run. */
  readonly items: number;
  /** At least 6, so that a median has an interval. */
  readonly openings: number;
  readonly rounds: number;
  readonly sampler?: Sampler;
}

/** Nanoseconds per item: for each opening, one figure a round. */
export interface Timing {
  readonly name: string;
  readonly openings: readonly (readonly number[])[];
}
export type Timings = ReadonlyMap<string, Timing>;

/** A run takes milliseconds: one of them is a sample. */
function once(run: () => void): number {
  const start = performance.now();
  run();
  return (performance.now() - start) * 1e6;
}

/**
 * Answers timings for each question.  `pause` is awaited before each opening.  Throws ChecksumError where two competitors
 * answer differently, and what `pause` throws.
 */
export async function trials(
  entrants: readonly Entrant[],
  plan: Plan,
  random: () => number,
  pause: (opening: number) => Promise<void>,
): Promise<Timings[]> {
  const taken: Map<string, number[][]>[] = [];
  for (let opening = 0; opening < plan.openings && entrants.length > 0; opening++) {
    await pause(opening);
    const opened = shuffled(entrants, random).map(({ name, open }) => ({ name, runs: open() }));
    for (let question = 0; question < opened[0]!.runs.length; question++) {
      const competitors = opened.map(({ name, runs }) => ({ name, run: runs[question]! }));
      const { items, rounds, sampler = once } = plan;
      taken[question] ??= new Map(entrants.map(({ name }) => [name, []]));
      for (const { name, samplesNs } of rotate(competitors, { items, rounds, minSampleMs: 0, sampler }))
        taken[question]!.get(name)!.push([...samplesNs]);
    }
  }
  return taken.map((lists) => new Map([...lists].map(([name, openings]) => [name, { name, openings }])));
}

function shuffled<T>(all: readonly T[], random: () => number): T[] {
  const order = [...all];
  for (let i = order.length - 1; i > 0; i--) {
    const other = random() % (i + 1);
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  return order;
}

/** Time of one competitor and its 95 % interval. */
export function figureOf({ name, openings }: Timing): Figure {
  const { mean, low, high } = medianIntervalOf(openings.map(median));
  return { label: name, value: mean, low, high };
}

/** Time of `a` over that of `b`, where both were measured. */
export function ratio(timings: Timings, a: string, b: string, label: string): Ratio | undefined {
  const [over, under] = [timings.get(a), timings.get(b)];
  if (over === undefined || under === undefined) return undefined;
  const ratios = over.openings.map((rounds, opening) =>
    median(rounds.map((ns, round) => ns / under.openings[opening]![round]!)),
  );
  return { label, ...medianIntervalOf(ratios) };
}
