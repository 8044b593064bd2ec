// marker: marks on pages of one agent's own, in a design that has them.
//
// An entry is never larger than the folio or range that it was stored for, so all its pages are one agent's: what an agent
// marks has the mark until it takes it away, or stores an entry there.
import { Err } from "../../dist/abi.js";
import { errorName } from "../../dist/core/errors.js";
import { NR_FRAMES } from "./plan.mjs";

const MARKS = 3;

export class Marker {
  /**
   * Undefined where the design has no marks.
   * @param {import("../../dist/core/core.js").Core} core
   * @param {import("./plan.mjs").Random} random
   * @param {Uint32Array} pfns pages of this agent's
   * @param {Uint32Array} allowed for each of them a bit for the owner that it has, bit 0 for none
   */
  static for(core, random, pfns, allowed) {
    if (core.marks.clear(pfns[0], 0) === Err.BAD_ARG) return undefined;
    return new Marker(core.marks, random, pfns, allowed);
  }

  /** @param {import("../../dist/core/marks.js").Marks} marks */
  constructor(marks, random, pfns, allowed) {
    this.marks = marks;
    this.random = random;
    this.pfns = pfns;
    this.allowed = allowed;
  }

  /** Sets a mark, takes one away, or seeks one; says what was wrong. */
  step() {
    const { random, marks } = this;
    const pfn = this.pfns[random.below(this.pfns.length)];
    const mark = random.below(MARKS);
    const what = random.below(4);
    if (what === 0) return this.#sought(pfn, mark, "or later", (found) => found >= pfn);
    const sets = what > 1;
    const err = sets ? marks.set(pfn, mark) : marks.clear(pfn, mark);
    const owned = this.allowed[pfn] !== 1;
    if (err !== (owned ? Err.OK : Err.NOT_CHARGED))
      return `pfn ${pfn}, which ${owned ? "has an" : "has no"} owner, mark ${mark}: ${errorName(err)}`;
    if (sets && owned) return this.#sought(pfn, mark, "just marked", (found) => found === pfn);
    return this.#sought(pfn, mark, "not it", (found) => found > pfn);
  }

  #sought(pfn, mark, wanted, isRight) {
    const found = this.marks.next(pfn, mark);
    if (found <= NR_FRAMES && isRight(found)) return undefined;
    return `mark ${mark} sought from pfn ${pfn}, ${wanted}: ${found}`;
  }
}
