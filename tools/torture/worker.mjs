// worker: one agent that writes, reads and looks whether each answer can be, and counts, in spells of random length.
//
// Pages of its own must have what it gave them; those of others an owner that they may have.  It tells what it has found by
// a message and ends; so does whoever meets a trap, for poison leads nowhere.
import { parentPort, workerData } from "node:worker_threads";
import { Core } from "../../dist/core/core.js";
import { Counter } from "./counted.mjs";
import { Figures, GONE } from "./figures.mjs";
import { LocklessWriter } from "./lockless.mjs";
import { ALLOWED, AREAS, HOT, PAGES, Random } from "./plan.mjs";
import { Writer } from "./writer.mjs";

const { handle, slot, share, counting, lockless, seed } = workerData;
const core = new Core(handle.module, handle);
const random = new Random(seed);
const figures = new Figures(workerData.figures);
const LOOKUPS = 256;
/** Rounds of the longest spell. */
const SPELL = 24;

/** For each frame the owners that it may have now, as this agent knows. */
const allowed = ALLOWED.slice();
const writer = new (lockless ? LocklessWriter : Writer)({ core, random, share, allowed });
const counter = counting ? new Counter({ core, random, figures, slot }) : undefined;

/** @param {{done: number, violation: string | undefined}} round */
function work({ done, violation }) {
  figures.count(slot, done);
  return violation;
}

/** @param {number} pfn @param {number} owner */
function fault(pfn, owner) {
  if (owner < 32 && (allowed[pfn] >>> owner) & 1) return undefined;
  if (allowed[pfn] !== ALLOWED[pfn])
    return `pfn ${pfn}: owner ${owner}, this agent gave it ${31 - Math.clz32(allowed[pfn])}`;
  return `pfn ${pfn}: owner ${owner}, ${owner === 0 ? "which always has one" : "which it never had"}`;
}

const pfns = new Uint32Array(LOOKUPS);
/** Pages of the first and last blocks, where owners change most often. */
const FEW = [...PAGES.slice(0, 12), ...PAGES.slice(-2)].map(({ pfn }) => pfn);
const OWNED = PAGES.map(({ pfn }) => pfn);
/** Pages behind one that may have an owner alone. */
const BEHIND = AREAS.filter(({ alone }) => alone).flatMap(({ first }) => [1, 2, 3].map((i) => first + i));
const KINDS = [OWNED, FEW, OWNED, BEHIND, OWNED, FEW, BEHIND, HOT];

function read() {
  for (let i = 0; i < LOOKUPS; i++) pfns[i] = random.of(KINDS[i & 7]);
  const found = core.ownersInto(pfns);
  for (let i = 0; i < LOOKUPS; i++) {
    const wrong = fault(pfns[i], found[i]);
    if (wrong) return wrong;
  }
  for (let i = 0; i < 16; i++) {
    const wrong = fault(pfns[i], core.ownerOf(pfns[i]));
    if (wrong) return wrong;
  }
  figures.count(slot, LOOKUPS + 16);
  return undefined;
}

/** Online or not, as readers are that look up much, or little. */
function readSpell(rounds) {
  const online = random.below(2) === 0;
  if (online) core.online();
  for (let i = 0; i < rounds && !figures.hurries; i++) {
    const wrong = read();
    if (wrong) return wrong;
    if (online) core.quiescent();
  }
  if (online) core.offline();
  return undefined;
}

function spell() {
  const rounds = 1 + random.below(SPELL);
  const what = random.below(counter ? 3 : 2);
  if (what === 0) return readSpell(rounds);
  for (let i = 0; i < rounds && !figures.hurries; i++) {
    const wrong = work(what === 1 ? writer.round(figures) : counter.round());
    if (wrong) return wrong;
  }
  return undefined;
}

let violation;
try {
  parentPort.postMessage({ started: true });
  while (!figures.stopped && violation === undefined) {
    figures.rest(slot);
    violation = spell();
  }
} catch (error) {
  violation = error instanceof Error ? error.message : String(error);
}
if (violation !== undefined) parentPort.postMessage({ violation: `agent ${slot}, ${violation}` });
core.detach();
figures.say(slot, GONE);
