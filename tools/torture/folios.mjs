// folios: what one agent does to folios of areas of its own, and what they have then, page by page.
//
//   free ──alloc and charge──► charged ──split, move, recharge of a part or of more──► charged
//        ◄──release of a part, or of more── │ ◄──charge──uncharge──► without an owner
//
// A step writes one operation that must not be refused, and knows its outcome: the larger folio that a smaller range is
// taken from falls into halves, as a buddy allocator's.
import { Op, PageType } from "../../dist/abi.js";
import { folioAt } from "../../dist/ledger/folio.js";
import { NR_FRAMES } from "./plan.mjs";

const FREE = 255;
const TYPES = [PageType.ANON, PageType.KERNEL];

export class Folios {
  /**
   * @param {import("../../dist/core/core.js").Core} core
   * @param {readonly import("./plan.mjs").Area[]} areas
   * @param {import("./plan.mjs").Random} random
   * @param {Uint32Array} allowed for each frame a bit for the owner that it has, bit 0 for none
   */
  constructor(core, areas, random, allowed) {
    this.areas = areas;
    this.random = random;
    this.allowed = allowed;
    /** Order of the folio that a frame is part of. */
    this.orders = new Uint8Array(NR_FRAMES).fill(FREE);
    for (const { first, order } of areas)
      for (let pfn = first; pfn < first + 2 ** order; pfn++) {
        this.orders[pfn] = folioAt(core, pfn)?.order ?? FREE;
        this.#own(pfn, 0, core.ownerOf(pfn));
      }
  }

  /** The frames become one folio, or FREE. */
  #form(pfn, order, to) {
    this.orders.fill(to, pfn, pfn + 2 ** order);
  }

  #own(pfn, order, owner) {
    this.allowed.fill(1 << owner, pfn, pfn + 2 ** order);
  }

  /** Halves the folio at `pfn` until its part there is no larger than `order`. */
  #carve(pfn, order) {
    while (this.orders[pfn] !== FREE && this.orders[pfn] > order) {
      const size = 2 ** this.orders[pfn];
      const head = pfn - (pfn % size);
      this.orders.fill(this.orders[pfn] - 1, head, head + size);
    }
  }

  #isFree(pfn, order) {
    for (let i = 0; i < 2 ** order; i++) if (this.orders[pfn + i] !== FREE) return false;
    return true;
  }

  /** The next operation, three words; `ebbs`: pages go. */
  next(ebbs) {
    const { random } = this;
    const area = random.of(this.areas);
    // Its first page often, where another owner may be alone for a while.
    const pfn = area.first + (area.alone && random.below(4) === 0 ? 0 : random.below(2 ** area.order));
    // Small ones mostly, now and then of the whole area.
    const order = random.below(8) === 0 ? area.order : random.below(1 + random.below(area.order + 1));
    const base = pfn - (pfn % 2 ** order);
    const now = this.orders[pfn];
    if (ebbs && now !== FREE) return this.#release(base, order);
    if (ebbs) return [Op.NOP, 0, 0];
    if (now === FREE) return this.#charge(base, order, this.#owner(area, base, order));
    const head = pfn - (pfn % 2 ** now);
    const to = this.#owner(area, head, now);
    if (this.allowed[pfn] === 1) return this.#chargeAgain(head, now, to);
    switch (random.below(6)) {
      case 0:
        return this.#release(base, order);
      case 1:
        return this.#recharge(base, order, this.#owner(area, base, order));
      case 2:
        this.#own(head, now, 0);
        return [Op.UNCHARGE, head, 0];
      case 3:
        if (now > 0) return this.#split(head, now);
    }
    this.#own(head, now, to);
    return [Op.MOVE_CHARGE | (to << 16), head, 0];
  }

  /** Whom a folio of the area may go to. */
  #owner(area, pfn, order) {
    const isFirst = pfn === area.first && order === 0;
    return isFirst && area.alone && this.random.below(2) ? area.alone : this.random.of(area.owners);
  }

  #charge(pfn, order, to) {
    if (!this.#isFree(pfn, order)) return this.#recharge(pfn, order, to);
    this.#form(pfn, order, order);
    this.#own(pfn, order, to);
    return [Op.ALLOC_CHARGE | (order << 8) | (to << 16), pfn, this.random.of(TYPES)];
  }

  #chargeAgain(head, order, to) {
    if (this.random.below(4) === 0) {
      this.#form(head, order, FREE);
      this.#own(head, order, 0);
      return [Op.FREE | (order << 8), head, 0];
    }
    this.#own(head, order, to);
    return [Op.CHARGE | (to << 16), head, this.random.of(TYPES)];
  }

  /** Whatever lies in the range becomes one folio. */
  #recharge(pfn, order, to) {
    this.#carve(pfn, order);
    this.#form(pfn, order, order);
    this.#own(pfn, order, to);
    return [Op.RECHARGE | (order << 8) | (to << 16), pfn, this.random.of(TYPES)];
  }

  #release(pfn, order) {
    this.#carve(pfn, order);
    this.#form(pfn, order, FREE);
    this.#own(pfn, order, 0);
    return [Op.RELEASE | (order << 8), pfn, 0];
  }

  #split(head, order) {
    const to = this.random.below(order);
    this.#form(head, order, to);
    return [Op.SPLIT | (to << 8), head, 0];
  }
}
