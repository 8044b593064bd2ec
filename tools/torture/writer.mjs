// writer: operations of one agent on pages and areas of its own, which must not be refused, and on those that are everybody's.
import { Err, Op, PageType } from "../../dist/abi.js";
import { errorName } from "../../dist/core/errors.js";
import { Folios } from "./folios.mjs";
import { Marker } from "./marker.mjs";
import { ALLOWED, AREAS, COMMON, HOT, PAGES } from "./plan.mjs";

const BATCH_OPS = 8;
/** Operations of all writers between flood and ebb: then every page goes that may, and the tree shrinks. */
const TIDE = 800;

/** What another agent may have done before: the folio came, went, or is another. */
/** @type {Set<number>} */
const BEATEN = new Set([
  Err.OK,
  Err.NOT_FREE,
  Err.NOT_ALLOCATED,
  Err.NOT_HEAD,
  Err.CHARGED,
  Err.NOT_CHARGED,
  Err.BAD_ORDER,
]);
/** Of each two, one that is refused where it does not fit, and one that makes it fit. */
const COMMON_OPS = [
  Op.ALLOC,
  Op.ALLOC_CHARGE,
  Op.CHARGE,
  Op.RECHARGE,
  Op.UNCHARGE,
  Op.RELEASE,
  Op.SPLIT,
  Op.MOVE_CHARGE,
  Op.FREE,
];
const COMMON_AT_EBB = [Op.UNCHARGE, Op.FREE, Op.RELEASE];

export class Writer {
  /**
   * @param {object} of
   * @param {import("../../dist/core/core.js").Core} of.core
   * @param {import("./plan.mjs").Random} of.random
   * @param {{number: number, of: number}} of.share which of the pages and areas are this agent's
   * @param {Uint32Array} of.allowed owners that frames may have: of this agent's, the one that they have
   */
  constructor({ core, random, share, allowed }) {
    const mine = (_, i) => i % share.of === share.number;
    this.core = core;
    this.random = random;
    this.allowed = allowed;
    this.pages = PAGES.filter(mine);
    for (const { pfn } of this.pages) allowed[pfn] = 1 << core.ownerOf(pfn);
    const areas = AREAS.filter(mine);
    this.folios = areas.length ? new Folios(core, areas, random, allowed) : undefined;
    this.words = new Uint32Array(BATCH_OPS * 4);
    this.pfns = new Uint32Array(HOT.filter((pfn) => allowed[pfn] !== ALLOWED[pfn]));
    this.marker = Marker.for(core, random, this.pfns, allowed);
    this.at = 0;
  }

  /** Some operations; says how many, and what was wrong. @param {import("./figures.mjs").Figures} figures */
  round(figures) {
    const ebbs = figures.tide(BATCH_OPS) % (2 * TIDE) >= TIDE;
    for (let i = 0; i < BATCH_OPS; i++) {
      const op = this.folios && this.random.below(4) === 0 ? this.folios.next(ebbs) : this.#single(ebbs);
      this.words.set(op, i * 4);
    }
    const { code, done } = this.core.execute(this.words, BATCH_OPS, true);
    if (code !== "OK") return { done, violation: `operation ${done} of a batch: ${code}` };
    const misplaced = this.marker && this.random.below(4) === 0 ? this.marker.step() : undefined;
    if (misplaced) return { done, violation: misplaced };
    if (this.random.below(8) !== 0) return { done: BATCH_OPS, violation: undefined };
    const violation = this.#everybodys(ebbs) ?? this.#readBack();
    return { done: BATCH_OPS + 1 + this.pfns.length, violation };
  }

  /** An operation on a page of this agent's own. */
  #single(ebbs) {
    const { random, pages } = this;
    this.at = (this.at + 1) % pages.length;
    const { pfn, owners, always } = pages[ebbs ? this.at : random.below(pages.length)];
    const owned = this.allowed[pfn] !== 1;
    if (!always && (ebbs || random.below(4) === 0)) {
      if (!owned) return [Op.NOP, 0, 0];
      this.allowed[pfn] = 1;
      return [Op.RELEASE, pfn, 0];
    }
    const to = random.of(owners);
    this.allowed[pfn] = 1 << to;
    return owned ? [Op.MOVE_CHARGE | (to << 16), pfn, 0] : [Op.ALLOC_CHARGE | (to << 16), pfn, PageType.ANON];
  }

  /** An operation on a folio that others may be after as well. */
  #everybodys(ebbs) {
    const { random } = this;
    const area = random.of(COMMON);
    const order = random.below(area.order + 1);
    const at = random.below(2 ** area.order);
    const op = random.of(ebbs ? COMMON_AT_EBB : COMMON_OPS);
    const word0 = op | (order << 8) | (random.of(area.owners) << 16);
    const code = this.core.runOne(word0, area.first + at - (at % 2 ** order), PageType.ANON);
    return BEATEN.has(code) ? undefined : `operation ${op} on everybody's pages: ${errorName(code)}`;
  }

  /** All that this agent has. */
  #readBack() {
    const found = this.core.ownersInto(this.pfns);
    for (const [i, pfn] of this.pfns.entries()) {
      const wrote = 31 - Math.clz32(this.allowed[pfn]);
      if (found[i] !== wrote) return `pfn ${pfn}: wrote ${wrote}, reads ${found[i]}`;
    }
    return undefined;
  }
}
