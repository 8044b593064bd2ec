// flat: the cost of an event, while a history of the shape of captures grows from 10^5 to 10^8 events on the same frames.
//
// A ledger first runs events until its memory is full and touched; the clock then covers the operations alone, of as many
// events as asked.  Each length has rounds of its own, in turns, each in a fresh ledger.  A short history takes a moment, and
// a moment says much about the machine and little about the history: so a round takes several of them, by seeds of their own.

import { Core } from "../dist/core/core.js";
import { estimateOf, geometricMean, median } from "../dist/measure/index.js";
import { loadDesigns, selectDesigns } from "../dist/node/modules.js";
import { histories } from "../dist/workload/histories.js";
import { keep } from "./lib/environment.mjs";
import { collect } from "./lib/machine.mjs";
import * as table from "./lib/table.mjs";

const SEED = 48;
const HISTORY = "capture-shaped";
const BATCH_OPS = 16384;
/** Events of all histories of one length in one round, at least; but no more histories than this. */
const LEAST_EVENTS = 8e6;
const MOST_HISTORIES = 8;

/** @param {{ nrFrames: number, events: number[], warmEvents: number, designNames: string, rounds: number }} parameters */
export async function flat(parameters) {
  const { nrFrames, events, designNames, rounds } = parameters;
  const designs = await loadDesigns(selectDesigns(designNames));
  const results = {};
  let done = 0;
  for (const { name, module } of designs) {
    const samples = new Map(events.map((count) => [count, []]));
    for (let round = 0; round < rounds; round++)
      for (let turn = 0; turn < events.length; turn++) {
        const count = events[(round + turn) % events.length];
        table.progress(
          done++,
          designs.length * rounds * events.length,
          `flat: ${name}, ${count.toExponential()} events`,
        );
        samples.get(count).push(await run(module, nrFrames, parameters.warmEvents, count));
      }
    const estimates = [...samples].map(([count, ns]) => estimateOf(`${count}`, ns));
    results[name] = { estimates, spread: spreadOf([...samples.values()]) };
  }
  console.log(
    `replay of ${HISTORY} histories, ${table.power(nrFrames)} frames, ns an event (median of ${rounds})`,
  );
  table.print([
    ["", ...events.map((count) => count.toExponential()), "from least to most, by round"],
    ...Object.entries(results).map(([name, { estimates, spread }]) => [
      name,
      ...estimates.map(({ medianNs }) => table.short(medianNs)),
      `${(spread * 100).toFixed(1)} %`,
    ]),
  ]);
  keep("flat", { ...parameters, history: HISTORY, seed: SEED }, results);
}

/**
 * Most over least, less 1, of the lengths' costs.  Each is taken as a share of its round's mean, and the median of the rounds
 * counts: a machine that slows down slows a whole round.  @param {number[][]} lengths samples of each, by round
 */
function spreadOf(lengths) {
  const means = lengths[0].map((_, round) => geometricMean(lengths.map((samples) => samples[round])));
  const costs = lengths.map((samples) => median(samples.map((ns, round) => ns / means[round])));
  return Math.max(...costs) / Math.min(...costs) - 1;
}

/** Nanoseconds an event, of histories of `count` events after the warm-up. */
async function run(module, nrFrames, warmEvents, count) {
  const times = Math.min(MOST_HISTORIES, Math.ceil(LEAST_EVENTS / count));
  let ns = 0;
  for (let i = 0; i < times; i++) {
    ns += timeOf(module, { nrFrames, seed: SEED + i, nrEvents: warmEvents + count }, warmEvents) / count;
    await collect();
  }
  return ns / times;
}

/** Nanoseconds of a history's events after the warm-up. */
function timeOf(module, parameters, warmEvents) {
  const { nrFrames } = parameters;
  const history = histories[HISTORY](parameters);
  const { maxContainers, maxPids } = history;
  const core = new Core(module, { nrFrames, maxContainers, maxPids });
  const words = new Uint32Array(BATCH_OPS * 4);
  /** Milliseconds in the ledger for so many more events. */
  const advance = (total) => {
    let ms = 0;
    for (let left = total; left > 0; ) {
      const n = history.fill(words.subarray(0, Math.min(BATCH_OPS, left) * 4));
      if (n === 0) throw new Error(`the history ends ${left} events early`);
      const start = performance.now();
      core.execute(words, n, false);
      ms += performance.now() - start;
      left -= n;
    }
    return ms;
  };
  advance(warmEvents);
  return advance(parameters.nrEvents - warmEvents) * 1e6;
}
