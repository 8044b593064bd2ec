// worker: one agent that charges and uncharges at random, by itself, until it is stopped or has done enough.
import { parentPort, workerData } from "node:worker_threads";
import { xorshift } from "../../bench/lib/random.mjs";
import { Core } from "../../dist/core/core.js";

const { handle, leaves, seed, rounds, progress } = workerData;
const core = new Core(handle.module, handle);
const done = new Int32Array(progress);
const random = xorshift(seed);
const below = (n) => random() % n;
const held = new Map(leaves.map((leaf) => [leaf, 0]));
parentPort.postMessage("attached");
for (let round = 0; round !== rounds; round++) {
  const leaf = leaves[below(leaves.length)];
  const pages = below(20) === 0 ? below(300) : 1 + below(3);
  if (below(2) === 0 && held.get(leaf) >= pages) {
    if (core.counting.uncharge(leaf, pages, 1) !== 0) throw new Error("an uncharge was refused");
    held.set(leaf, held.get(leaf) - pages);
  } else if (core.counting.charge(leaf, pages, 1) === 0) {
    held.set(leaf, held.get(leaf) + pages);
  }
  Atomics.store(done, handle.agent, round);
}
core.detach();
parentPort.postMessage({ held: [...held] });
