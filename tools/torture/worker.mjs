// worker: one agent that writes, or one that reads and looks whether each answer can be.
//
//   figures   │ stop │ tide │ … │ operations of agent 1 │ … │ of agent 2 │ …   on lines of their own, shared with who started it
//
// A writer has pages of its own, and knows what they have; a batch of operations must not answer but OK.  A reader tells
// what it has found by a message and ends; so does whoever meets a trap, for poison leads nowhere.
import { parentPort, workerData } from "node:worker_threads";
import { Op, PageType } from "../../dist/abi.js";
import { Core } from "../../dist/core/core.js";
import { ALLOWED, PAGES, Random } from "./plan.mjs";

const { handle, role, slot, share, figures, seed } = workerData;
const core = new Core(handle.module, handle);
const random = new Random(seed);
const shared = new Int32Array(figures);
const BATCH_OPS = 8;
const LOOKUPS = 256;
/** Operations of all writers between flood and ebb: then every page goes that may, and the tree shrinks. */
const TIDE = 600;

const stopped = () => Atomics.load(shared, 0) !== 0;
/** @param {number} n */
const count = (n) => Atomics.add(shared, slot * 16, n);

function write() {
  const mine = PAGES.filter((_, i) => i % share.of === share.number);
  const owned = new Map(mine.map((page) => [page, core.ownerOf(page.pfn)]));
  const words = new Uint32Array(BATCH_OPS * 4);
  const pfns = new Uint32Array(mine.map(({ pfn }) => pfn));
  let next = 0;
  while (!stopped()) {
    words.fill(0);
    const ebbs = (Atomics.add(shared, 1, BATCH_OPS) >>> 0) % (2 * TIDE) >= TIDE;
    for (let i = 0; i < BATCH_OPS; i++) {
      next = (next + 1) % mine.length;
      const page = mine[ebbs ? next : random.below(mine.length)];
      const now = owned.get(page);
      const to = page.owners[random.below(2)];
      const goes = !page.always && (ebbs || random.below(4) === 0);
      let op = [Op.NOP, 0, 0];
      if (goes && now) op = [Op.RELEASE, page.pfn, 0];
      else if (!goes && now) op = [Op.MOVE_CHARGE | (to << 16), page.pfn, 0];
      else if (!goes) op = [Op.ALLOC_CHARGE | (to << 16), page.pfn, PageType.ANON];
      words.set(op, i * 4);
      owned.set(page, goes ? 0 : to);
    }
    const end = core.execute(words, BATCH_OPS, true);
    if (end.code !== "OK") return `operation ${end.done} of a batch: ${end.code}`;
    if (random.below(4) === 0) {
      const found = core.ownersInto(pfns);
      for (const [i, page] of mine.entries())
        if (found[i] !== owned.get(page))
          return `pfn ${page.pfn}: wrote ${owned.get(page)}, reads ${found[i]}`;
    }
    count(BATCH_OPS);
  }
  return undefined;
}

/** @param {number} page @param {number} owner */
function fault(page, owner) {
  if (owner < 32 && (ALLOWED[page] >>> owner) & 1) return undefined;
  return `pfn ${PAGES[page].pfn}: owner ${owner}, ${owner === 0 ? "which always has one" : "which it never had"}`;
}

function read() {
  const asked = new Uint16Array(LOOKUPS);
  const pfns = new Uint32Array(LOOKUPS);
  const online = slot % 2 === 0;
  if (online) core.online();
  while (!stopped()) {
    for (let i = 0; i < LOOKUPS; i++) {
      // Mostly the few pages of the first and last blocks, where owners change most often.
      const page = random.below(2)
        ? random.below(PAGES.length)
        : (PAGES.length + random.below(14) - 2) % PAGES.length;
      asked[i] = page;
      pfns[i] = PAGES[page].pfn;
    }
    const found = core.ownersInto(pfns);
    for (let i = 0; i < LOOKUPS; i++) {
      const wrong = fault(asked[i], found[i]);
      if (wrong) return wrong;
    }
    for (let i = 0; i < 16; i++) {
      const wrong = fault(asked[i], core.ownerOf(pfns[i]));
      if (wrong) return wrong;
    }
    if (online) core.quiescent();
    count(LOOKUPS + 16);
  }
  return undefined;
}

let violation;
try {
  parentPort.postMessage({ started: true });
  violation = role === "writer" ? write() : read();
} catch (error) {
  violation = `${role}: ${error instanceof Error ? error.message : error}`;
}
if (violation !== undefined) parentPort.postMessage({ violation: `${role}, ${violation}` });
core.detach();
