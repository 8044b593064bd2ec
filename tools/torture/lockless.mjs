// lockless: what one agent does with pages that are charged without the ledger lock, in a ledger without frame records.
//
// Every frame of the plan is one agent's but those that are everybody's.  Agents' frames alternate, so that they meet in blocks, in words
// of codes and in slots: whoever finds another owner than it gave, or is refused, has found an error.
import { PageType } from "../../dist/abi.js";
import { ALLOWED, COMMON, HOT, PAGES } from "./plan.mjs";

const BATCH = 24;
/** Charges and uncharges of all agents between flood and ebb. */
const TIDE = 4000;
/** One batch of so many goes under the lock. */
const LOCKED_ONE_OF = 16;

const ALWAYS = new Set(PAGES.filter(({ always }) => always).map(({ pfn }) => pfn));
const EVERYBODYS = COMMON.flatMap(({ first, order }) =>
  Array.from({ length: 2 ** order }, (_, i) => first + i),
);
const OWN = HOT.filter((pfn) => !ALWAYS.has(pfn) && !EVERYBODYS.includes(pfn));

/** Pages of blocks with room for more owners than they have pages. */
const FEW = new Set(OWN.filter((pfn) => pfn < 128 || pfn >= 8128));

/** Owners that a frame may have. @param {number} pfn */
function ownersOf(pfn) {
  return Array.from({ length: 31 }, (_, i) => i + 1).filter((id) => (ALLOWED[pfn] >>> id) & 1);
}
const OWNERS = new Map([...OWN, ...EVERYBODYS].map((pfn) => [pfn, ownersOf(pfn)]));

export class LocklessWriter {
  /**
   * @param {object} of
   * @param {import("../../dist/core/core.js").Core} of.core
   * @param {import("./plan.mjs").Random} of.random
   * @param {{number: number, of: number}} of.share
   * @param {Uint32Array} of.allowed owners that frames may have: of this agent's, the one that they have
   */
  constructor({ core, random, share, allowed }) {
    this.core = core;
    this.random = random;
    this.allowed = allowed;
    this.own = Uint32Array.from(OWN.filter((_, i) => i % share.of === share.number));
    this.few = Array.from(this.own).filter((pfn) => FEW.has(pfn));
    for (const pfn of this.own) allowed[pfn] = 1 << core.ownerOf(pfn);
  }

  /** A batch or two; says how many operations, and what was wrong. @param {import("./figures.mjs").Figures} figures */
  round(figures) {
    const { random } = this;
    const ebbs = figures.tide(BATCH) % (2 * TIDE) >= TIDE;
    const wrong = this.#batch(random.below(ebbs ? 4 : 3) > 1) ?? this.#few() ?? this.#everybodys();
    if (wrong) return { done: BATCH, violation: wrong };
    if (random.below(8) !== 0) return { done: 2 * BATCH + 1, violation: undefined };
    return { done: 2 * BATCH + 1 + this.own.length, violation: this.#readBack() };
  }

  /** A batch of own pages that all have an owner, or have none. */
  #batch(uncharges) {
    const { random, own, allowed, core } = this;
    const pfns = new Set();
    const first = own[random.below(own.length)];
    const to = random.of(OWNERS.get(first));
    // Neighbours often, for they share a block.
    const near = random.below(2) === 0;
    const from = own.indexOf(first);
    for (let i = 0; i < BATCH; i++) {
      const pfn = near ? own[(from + i) % own.length] : own[random.below(own.length)];
      const owned = allowed[pfn] !== 1;
      if (owned === uncharges && (uncharges || (ALLOWED[pfn] >>> to) & 1)) pfns.add(pfn);
    }
    const locked = random.below(LOCKED_ONE_OF) === 0;
    const list = Uint32Array.from(pfns);
    if (locked) list.sort();
    core.placePfns(list);
    const { done, code } = this.#run(list.length, uncharges ? 0 : to, locked);
    if (code !== "OK") return `page ${done} of a batch, pfn ${list[done]}: ${code}`;
    for (const pfn of list) allowed[pfn] = uncharges ? 1 : 1 << to;
    return undefined;
  }

  /** Pages of blocks that hold few at a time, and many owners in turn: slots fall empty and are wanted again. */
  #few() {
    const { random, core, allowed } = this;
    for (let i = 0; i < BATCH && this.few.length > 0; i++) {
      const pfn = random.of(this.few);
      const owned = allowed[pfn] !== 1;
      const to = owned ? 0 : random.of(OWNERS.get(pfn));
      core.placePfns(Uint32Array.of(pfn));
      const { code } = this.#run(1, to, false);
      if (code !== "OK") return `pfn ${pfn}: ${code}`;
      allowed[pfn] = 1 << to;
    }
    return undefined;
  }

  #run(count, to, locked) {
    const { core } = this;
    if (to === 0) return locked ? core.unchargePlaced(count) : core.lockless.uncharge(count);
    return locked ? core.chargePlaced(count, to, PageType.NONE) : core.lockless.charge(count, to);
  }

  /** A page that others may be after as well. */
  #everybodys() {
    const { random, core } = this;
    const pfn = random.of(EVERYBODYS);
    const uncharges = random.below(2) === 0;
    core.placePfns(Uint32Array.of(pfn));
    const { code } = this.#run(
      1,
      uncharges ? 0 : random.of(OWNERS.get(pfn)),
      random.below(LOCKED_ONE_OF) === 0,
    );
    const beaten = uncharges ? "NOT_CHARGED" : "CHARGED";
    return code === "OK" || code === beaten ? undefined : `everybody's pfn ${pfn}: ${code}`;
  }

  #readBack() {
    const { core, own, allowed } = this;
    const found = core.ownersInto(own);
    for (const [i, pfn] of own.entries()) {
      const wrote = 31 - Math.clz32(allowed[pfn]);
      if (found[i] !== wrote) return `pfn ${pfn}: wrote ${wrote}, reads ${found[i]}`;
    }
    return undefined;
  }
}

/** Uncharges every page. @param {import("../../dist/core/core.js").Core} core */
export function unchargeAll(core) {
  const owned = new Set(HOT.filter((pfn) => core.ownerOf(pfn) !== 0));
  core.placePfns(Uint32Array.from(owned));
  core.lockless.uncharge(owned.size);
}
