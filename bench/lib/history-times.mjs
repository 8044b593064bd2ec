// history-times: generated histories through every design, operations alone timed.
//
// Each round opens an empty ledger for each design in turn, beginning with another one, runs the first events beyond the clock, so
// that memory is there and containers are, and times the rest.  All designs must have come to the same owners and refusals.
import { Core } from "../../dist/core/core.js";
import { estimateOf } from "../../dist/measure/index.js";
import { ALL_WORKLOADS, HISTORY_WORKLOADS, histories } from "../../dist/workload/histories.js";
import { collect } from "./machine.mjs";
import * as table from "./table.mjs";

export const HISTORY_SEED = 51;
const BATCH_OPS = 16384;
/** Those of machines, and of the patterns the one whose owners move. */
export const HISTORY_NAMES = [
  ...HISTORY_WORKLOADS,
  ALL_WORKLOADS.find(({ name }) => name === "working-set"),
].map(({ name }) => name);

/**
 * Nanoseconds an event by design, of each history.
 * @param {{ name: string, module: WebAssembly.Module }[]} designs
 * @param {{ nrFrames: number, warmEvents: number, events: number, rounds: number }} parameters
 */
export async function timeHistories(designs, parameters) {
  const { nrFrames, events, rounds } = parameters;
  const results = {};
  for (const [at, history] of HISTORY_NAMES.entries()) {
    table.progress(at, HISTORY_NAMES.length, `replay: ${history}, ${table.power(nrFrames)} frames`);
    const samples = new Map(designs.map(({ name }) => [name, []]));
    let expected;
    // The first round warms up and is not kept.
    for (let round = -1; round < rounds; round++) {
      for (let turn = 0; turn < designs.length; turn++) {
        const { name, module } = designs[(round + 1 + turn) % designs.length];
        const { ns, checksum } = runOnce(module, history, parameters);
        expected ??= checksum;
        if (checksum !== expected) throw new Error(`${history}: ${name} ends with other owners or refusals`);
        if (round >= 0) samples.get(name).push(ns / events);
      }
      await collect();
    }
    results[history] = { events, estimates: [...samples].map(([design, ns]) => estimateOf(design, ns)) };
  }
  return results;
}

/** One ledger from its first event to its last: nanoseconds of those behind the warm-up, and what it has come to. */
function runOnce(module, name, { nrFrames, warmEvents, events }) {
  const history = histories[name]({ nrFrames, seed: HISTORY_SEED, nrEvents: warmEvents + events });
  const { maxContainers, maxPids } = history;
  const core = new Core(module, { nrFrames, maxContainers, maxPids });
  const words = new Uint32Array(BATCH_OPS * 4);
  const advance = (wanted) => {
    let ns = 0;
    for (let left = wanted; left > 0; ) {
      const n = history.fill(words.subarray(0, Math.min(BATCH_OPS, left) * 4));
      if (n === 0) throw new Error(`${name} ends ${left} events early`);
      const start = performance.now();
      core.execute(words, n, false);
      ns += (performance.now() - start) * 1e6;
      left -= n;
    }
    return ns;
  };
  advance(warmEvents);
  const ns = advance(events);
  return { ns, checksum: checksumOf(core, history.refusals) };
}

/** Pages of every owner, counted from the index; refused as often as the history says, by limits alone. */
function checksumOf(core, refusals) {
  const { LIMIT: refused = 0, ...others } = core.errorCounts();
  if (refused !== refusals || Object.keys(others).length > 0)
    throw new Error(
      `limits refused ${refused} operations, not ${refusals}; and others: ${JSON.stringify(others)}`,
    );
  if (core.audit() !== 0) throw new Error("the books do not balance");
  return core.recountOwners().reduce((sum, pages) => (Math.imul(sum, 31) + pages) | 0, refused);
}
