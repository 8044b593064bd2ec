// flat: the cost of an event, while a history of the shape of captures grows from 10^5 to 10^8 events on the same frames.
//
// A ledger first runs events until its memory is full and touched; the clock then covers the operations alone.  A shorter
// history is the beginning of a longer one: one run, timed in slices of a millisecond, answers for every length.  A short
// history says little, so there are several of them, by seeds of their own.
//
// Rounds do the same work, slice by slice, and a machine shared with others is slowed for a second at a time, up to twofold:
// so the least time of each slice counts.  Every length has as many tries at each of its slices.

import { Core } from "../dist/core/core.js";
import { estimateOf } from "../dist/measure/index.js";
import { loadDesigns, selectDesigns } from "../dist/node/modules.js";
import { histories } from "../dist/workload/histories.js";
import { keep } from "./lib/environment.mjs";
import { collect } from "./lib/machine.mjs";
import * as table from "./lib/table.mjs";

const SEED = 48;
const HISTORY = "capture-shaped";
const BATCH_OPS = 16384;
/** Events of all histories of one length, at least; but no more histories than this. */
const LEAST_EVENTS = 4e6;
const MOST_HISTORIES = 4;

/** @param {{ nrFrames: number, events: number[], warmEvents: number, designNames: string, rounds: number }} parameters */
export async function flat(parameters) {
  const { nrFrames, events, warmEvents, designNames, rounds } = parameters;
  const designs = await loadDesigns(selectDesigns(designNames));
  const plan = planOf(events);
  const found = new Map(designs.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const [turn, { name, module }] of designs.entries()) {
      table.progress(round * designs.length + turn, rounds * designs.length, `flat: ${name}`);
      const taken = [];
      for (const [i, cuts] of plan.histories.entries()) {
        taken.push(slicesOf(module, nrFrames, SEED + i, warmEvents, cuts));
        await collect();
      }
      found.get(name).push(taken);
    }
  const results = Object.fromEntries([...found].map(([name, taken]) => [name, resultOf(plan, taken)]));
  console.log(`replay of ${HISTORY} histories, ${table.power(nrFrames)} frames, ns an event`);
  console.log(`(least time of each slice of ${BATCH_OPS.toLocaleString("en")} events in ${rounds} rounds)`);
  table.print([
    ["", ...events.map((count) => count.toExponential()), "from least to most"],
    ...Object.entries(results).map(([name, { leastNs, spread }]) => [
      name,
      ...leastNs.map(table.short),
      `${(spread * 100).toFixed(1)} %`,
    ]),
  ]);
  keep("flat", { ...parameters, history: HISTORY, seed: SEED }, results);
}

/**
 * How many histories answer for each length, and where slices of each history end, in events.
 * @param {number[]} events lengths, ascending
 */
function planOf(events) {
  const times = events.map((count) => Math.min(MOST_HISTORIES, Math.ceil(LEAST_EVENTS / count)));
  const histories = [];
  for (let i = 0; i < Math.max(...times); i++) {
    const cuts = [];
    for (const count of events.filter((_, l) => i < times[l]))
      for (let at = cuts.at(-1) ?? 0; at < count; cuts.push(at)) at = Math.min(at + BATCH_OPS, count);
    histories.push(cuts);
  }
  return { events, times, histories };
}

/** Costs of each length: by round, and of the least times.  @param {Float64Array[][]} taken by round and history */
function resultOf(plan, taken) {
  const least = plan.histories.map((cuts, i) =>
    cuts.map((_, k) => Math.min(...taken.map((round) => round[i][k]))),
  );
  const leastNs = plan.events.map((_, l) => costOf(plan, l, least));
  const estimates = plan.events.map((count, l) =>
    estimateOf(
      `${count}`,
      taken.map((round) => costOf(plan, l, round)),
    ),
  );
  return { estimates, leastNs, spread: Math.max(...leastNs) / Math.min(...leastNs) - 1 };
}

/**
 * Nanoseconds an event of histories of one length.
 * @param {ReturnType<typeof planOf>} plan
 * @param {number} length
 * @param {ArrayLike<number>[]} slices nanoseconds, by history
 */
function costOf({ events, times, histories }, length, slices) {
  let ns = 0;
  for (let i = 0; i < times[length]; i++)
    for (let k = 0; k < histories[i].length && histories[i][k] <= events[length]; k++) ns += slices[i][k];
  return ns / (times[length] * events[length]);
}

/** Nanoseconds in the ledger of each slice of a history, after the warm-up. */
function slicesOf(module, nrFrames, seed, warmEvents, cuts) {
  const history = histories[HISTORY]({ nrFrames, seed, nrEvents: warmEvents + cuts.at(-1) });
  const { maxContainers, maxPids } = history;
  const core = new Core(module, { nrFrames, maxContainers, maxPids });
  const words = new Uint32Array(BATCH_OPS * 4);
  /** Nanoseconds of so many more events, at most a batch. */
  const advance = (wanted) => {
    const n = history.fill(words.subarray(0, wanted * 4));
    if (n < wanted) throw new Error(`the history ends ${wanted - n} events early`);
    const start = performance.now();
    core.execute(words, n, false);
    return (performance.now() - start) * 1e6;
  };
  for (let left = warmEvents; left > 0; left -= Math.min(BATCH_OPS, left)) advance(Math.min(BATCH_OPS, left));
  return Float64Array.from(cuts, (end, k) => advance(end - (cuts[k - 1] ?? 0)));
}
