// charger: one agent that charges, says how much, and fills, drains and uncharges pages of its own meanwhile.
import { parentPort, workerData } from "node:worker_threads";
import { xorshift } from "../../bench/lib/random.mjs";
import { Core } from "../../dist/core/core.js";

const { handle, leaf, published, seed } = workerData;
const core = new Core(handle.module, handle);
const words = new Int32Array(published);
const random = xorshift(seed);
const below = (n) => random() % n;
parentPort.postMessage("attached");
while (Atomics.load(words, 1) === 0) {
  const pages = 1 + below(below(8) === 0 ? 300 : 8);
  if (core.counting.charge(leaf, pages, 1) !== 0) continue;
  // Some are this agent's own to uncharge, all others anybody's, a few at a time.
  if (below(4) === 0) {
    if (core.counting.uncharge(leaf, pages, 1) !== 0) throw new Error("pages of its own were refused");
  } else {
    Atomics.add(words, 0, pages);
    while (Atomics.load(words, 0) > 100 && Atomics.load(words, 1) === 0);
  }
  if (below(16) === 0) core.counting.drain();
}
core.detach();
