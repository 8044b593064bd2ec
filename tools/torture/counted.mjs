// counted: pages charged by number: what one agent does, and what it says of it for when it dies.
//
//   place    a container of COUNTED and a kind; the first has pages of several kinds
//   pool     by place: pages that any agent may uncharge; who wants some takes them out first, then uncharges
//   of each agent   │ which copy, and whether a call is under way │ copy 0 │ copy 1 │ entries of the call │
//
// A copy has, by place, the pages that the agent has charged less those that it has uncharged.  The outcome of a call goes to
// the other copy, and one store makes that the valid one.  So a thread that dies leaves a copy that was right before its call,
// and the entries of the call, of which some, from the first on, have been carried out.
import { COUNT_UNCHARGE, Err, KIND_SHIFT } from "../../dist/abi.js";
import { errorName } from "../../dist/core/errors.js";
import { COUNTED } from "./plan.mjs";

/** Each place a container and a kind. */
export const PLACES = [...COUNTED, COUNTED[0], COUNTED[0]].map((id, kind) => ({ id, kind }));
const NR = PLACES.length;

const COPIES = 1;
const ENTRIES = COPIES + 2 * NR;
const ENTRIES_MAX = 8;
const UNDER_WAY = 2;
/** Words of an agent, or of the pool: whole lines. */
export const COUNTED_WORDS = Math.ceil((ENTRIES + 1 + 2 * ENTRIES_MAX) / 16) * 16;

/** What an agent that is not in a call, or dead, has charged: the possible outcomes, by place. @param {Int32Array} words */
export function outcomes(words) {
  const state = words[0];
  const at = COPIES + (state & 1) * NR;
  const found = [Array.from(words.subarray(at, at + NR))];
  const count = state & UNDER_WAY ? words[ENTRIES] : 0;
  for (let i = 0; i < count; i++) {
    const next = [...found[i]];
    next[words[ENTRIES + 1 + 2 * i]] += words[ENTRIES + 2 + 2 * i];
    found.push(next);
  }
  return found;
}

export class Counter {
  /**
   * @param {object} of
   * @param {import("../../dist/core/core.js").Core} of.core
   * @param {import("./plan.mjs").Random} of.random
   * @param {import("./figures.mjs").Figures} of.figures
   * @param {number} of.slot
   */
  constructor({ core, random, figures, slot }) {
    this.counting = core.counting;
    this.random = random;
    this.pool = figures.pool;
    this.words = figures.counts(slot);
  }

  /** Some calls; says how many, and what was wrong. */
  round() {
    const { random, counting } = this;
    switch (random.below(32)) {
      case 0:
        counting.drain();
        break;
      case 1:
      case 2:
        counting.flush(random.below(2) === 0);
        break;
      case 3:
        return { done: ENTRIES_MAX, violation: this.#batch() };
    }
    const place = random.below(NR);
    const pages = random.below(20) === 0 ? 1 + random.below(300) : 1 + random.below(3);
    // Now and then all that there is: whoever adds up too little refuses it.
    if (random.below(2) === 0) {
      const most = random.below(4) === 0 ? Number.POSITIVE_INFINITY : pages;
      return { done: 1, violation: this.#uncharge(place, this.#take(place, most)) };
    }
    this.#charge(place, pages);
    return { done: 1, violation: undefined };
  }

  /** Takes pages out of the pool, as many as there are. */
  #take(place, pages) {
    for (;;) {
      const there = Atomics.load(this.pool, place);
      const taken = Math.min(pages, there);
      if (taken === 0 || Atomics.compareExchange(this.pool, place, there, there - taken) === there)
        return taken;
    }
  }

  /** @param {readonly (readonly [place: number, pages: number])[]} entries negative to uncharge */
  #begin(entries) {
    const { words } = this;
    for (const [i, [place, pages]] of entries.entries()) {
      words[ENTRIES + 1 + 2 * i] = place;
      words[ENTRIES + 2 + 2 * i] = pages;
    }
    words[ENTRIES] = entries.length;
    Atomics.store(words, 0, words[0] | UNDER_WAY);
  }

  /** The first `done` of the entries were carried out; what was charged is anybody's. */
  #end(entries, done) {
    const { words } = this;
    const copy = words[0] & 1;
    const from = COPIES + copy * NR;
    const to = COPIES + (1 - copy) * NR;
    words.copyWithin(to, from, from + NR);
    for (const [place, pages] of entries.slice(0, done)) words[to + place] += pages;
    Atomics.store(words, 0, 1 - copy);
    for (const [i, [place, pages]] of entries.entries()) {
      // Charged, it is anybody's; taken out and not uncharged, it goes back.
      if (pages > 0 && i < done) Atomics.add(this.pool, place, pages);
      if (pages < 0 && i >= done) Atomics.sub(this.pool, place, pages);
    }
  }

  #charge(place, pages) {
    const entries = /** @type {[number, number][]} */ ([[place, pages]]);
    this.#begin(entries);
    const { id, kind } = PLACES[place];
    const err = this.counting.charge(id, pages, kind);
    this.#end(entries, err === Err.OK ? 1 : 0);
  }

  #uncharge(place, pages) {
    if (pages === 0) return undefined;
    const entries = /** @type {[number, number][]} */ ([[place, -pages]]);
    this.#begin(entries);
    const { id, kind } = PLACES[place];
    const err = this.counting.uncharge(id, pages, kind);
    this.#end(entries, err === Err.OK ? 1 : 0);
    return err === Err.OK
      ? undefined
      : `${pages} counted pages of container ${id} cannot be uncharged: ${errorName(err)}`;
  }

  #batch() {
    const entries = /** @type {[number, number][]} */ ([]);
    while (entries.length < ENTRIES_MAX) {
      const place = this.random.below(NR);
      const pages = 1 + this.random.below(4);
      const taken = this.random.below(2) === 0 ? 0 : this.#take(place, pages);
      entries.push([place, taken > 0 ? -taken : pages]);
    }
    const words = this.counting.entries();
    for (const [i, [place, pages]] of entries.entries()) {
      const { id, kind } = PLACES[place];
      words[2 * i] = id | (kind << KIND_SHIFT) | (pages < 0 ? COUNT_UNCHARGE : 0);
      words[2 * i + 1] = Math.abs(pages);
    }
    this.#begin(entries);
    const { done, err } = this.counting.runEntries(0, ENTRIES_MAX);
    this.#end(entries, done);
    if (err === Err.OK || (err === Err.LIMIT && entries[done][1] > 0)) return undefined;
    return `entry ${done} of a batch of counted pages: ${errorName(err)}`;
  }
}
