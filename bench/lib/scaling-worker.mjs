// scaling-worker: one agent of the scaling benchmark.  It works in runs: from when all are ready until it is told to stop.
// A run is of the agent's work, or of arithmetic alone, chained or abreast: what so many threads give here at all.
import { parentPort, workerData } from "node:worker_threads";
import { COUNT_UNCHARGE, PageType } from "../../dist/abi.js";
import { Core } from "../../dist/core/core.js";
import { xorshift } from "./random.mjs";

const BATCH = 4096;
const { handle, control, index, seed, work, leaves, nrFrames, containers, together } = workerData;
const core = new Core(handle.module, handle);
const go = new Int32Array(control, 0, 4);
const random = xorshift(seed);
const kept = new Uint32Array(8);

/** Charges in batches, then uncharges what it has charged: two operations for each page. */
function count() {
  const { counting } = core;
  const entries = counting.entries();
  const room = (entries.length / 2) >>> 1;
  for (let i = 0; i < room; i++) {
    const leaf = leaves[random() % leaves.length];
    entries.set([leaf, 1], i * 2);
    entries.set([(leaf | COUNT_UNCHARGE) >>> 0, 1], (room + i) * 2);
  }
  const batches = Math.floor(room / BATCH);
  let batch = 0;
  return () => {
    // All charges of a page of entries, then all uncharges.
    const { done } = counting.runEntries(batch * BATCH, BATCH);
    if (done !== BATCH) throw new Error("refused");
    batch = (batch + 1) % (batches * 2);
    return BATCH;
  };
}

function lookup() {
  core.placePfns(Uint32Array.from({ length: BATCH }, () => random() % nrFrames));
  return () => {
    core.lookupPlaced(0, BATCH);
    return BATCH;
  };
}

/** Charges and frees pages of its own that no lookup is about, through the same index. */
function write() {
  const first = core.nrFrames - 1024 + 64 * (index % 16);
  const words = new Uint32Array(4 * 128);
  for (let i = 0; i < 64; i++) {
    words.set([21 | (8 << 16), first + i, PageType.ANON], i * 4);
    words.set([22, first + i], (64 + i) * 4);
  }
  return () => core.execute(words, 128, false).done;
}

const PAGES = 256;

/**
 * Charges random pages to one of some containers and uncharges them, in batches: pages of blocks of its own, or, together, every 16th
 * page of the same blocks.
 */
function pages(lockless) {
  const batches = Array.from({ length: 64 }, () => {
    const pfns = new Set();
    while (pfns.size < PAGES) {
      const page = random() % (nrFrames / 16);
      pfns.add(together ? page * 16 + index : page + index * (nrFrames / 16));
    }
    return Uint32Array.from(pfns).sort();
  });
  let turn = 0;
  return () => {
    const id = 1 + (turn % containers);
    core.placePfns(batches[turn++ % batches.length]);
    const charged = lockless ? core.lockless.charge(PAGES, id) : core.chargePlaced(PAGES, id, PageType.NONE);
    const gone = lockless ? core.lockless.uncharge(PAGES) : core.unchargePlaced(PAGES);
    if (charged.code !== "OK" || gone.code !== "OK")
      throw new Error(`refused: ${charged.code}, ${gone.code}`);
    return 2 * PAGES;
  };
}

/** Nothing but arithmetic, each step on the last one's result: a core waits most of the time. */
function chained() {
  for (let i = 0; i < BATCH; i++) kept[0] ^= random();
  return BATCH;
}

/** Nothing but arithmetic, eight chains at once: a core is full, and two threads that share one share its units. */
function abreast() {
  let [a, b, c, d, e, f, g, h] = kept;
  for (let i = 0; i < BATCH; i++) {
    a = (a + i) | 0;
    b = (b ^ i) | 0;
    c = (c + 3) | 0;
    d = (d ^ (i + 5)) | 0;
    e = (e - i) | 0;
    f = (f ^ (i + 7)) | 0;
    g = (g + 11) | 0;
    h = (h - 13) | 0;
  }
  kept.set([a, b, c, d, e, f, g, h]);
  return BATCH;
}

const works = { count, lookup, write, locked: () => pages(false), lockless: () => pages(true) };
const step = works[work]();
for (let i = 0; i < 200; i++) {
  step();
  chained();
  abreast();
}

parentPort.on("message", (said) => {
  if (said === "end") {
    core.detach();
    process.exit(0);
  }
  Atomics.add(go, 1, 1);
  while (Atomics.load(go, 2) === 0);
  const run = { rates: step, chained, abreast }[said];
  const start = performance.now();
  let ops = 0;
  while (Atomics.load(go, 2) === 1) for (let i = 0; i < 4; i++) ops += run();
  parentPort.postMessage({ ops, ms: performance.now() - start });
});
parentPort.postMessage("ready");
