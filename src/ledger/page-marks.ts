/**
 * page-marks: three marks of a page's entry, in a ledger of the design `xarray`, and the pages that have one.
 *
 * The ledger sets none of them.  They are for who looks for pages by what is to be done with them: dirty, under write-back,
 * to be written.  An entry is what one charge or move has covered, mostly a folio, or what is left of that: a mark set for one
 * of its pages is set for all.  It stays an entry when the folio is split, and is broken up when a part of it goes or moves: each
 * part keeps the mark.  A mark is gone once the page is uncharged.
 */

import { XA_MARKS } from "../abi.js";
import type { Core } from "../core/core.js";
import { errorName, LedgerError } from "../core/errors.js";
import { checkCount, checkPfn } from "./args.js";

export class PageMarks {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Gives the entry of a charged page mark 0, 1 or 2.  LedgerError BAD_ARG (no such mark: only `xarray` has three), BAD_PFN,
   * NOT_CHARGED.
   */
  set(pfn: number, mark: number): void {
    this.#check(
      "marks.set",
      pfn,
      this.#core.marks.set(checkPfn("marks.set", pfn), markOf("marks.set", mark)),
    );
  }

  /** Takes it away, from the whole entry.  Errors as `set`. */
  clear(pfn: number, mark: number): void {
    const err = this.#core.marks.clear(checkPfn("marks.clear", pfn), markOf("marks.clear", mark));
    this.#check("marks.clear", pfn, err);
  }

  /** The first page from `pfn` on that has the mark; undefined if none has, in other designs always.  LedgerError BAD_ARG, BAD_PFN. */
  next(pfn: number, mark: number): number | undefined {
    const found = this.#core.marks.next(checkPfn("marks.next", pfn), markOf("marks.next", mark));
    return found < this.#core.nrFrames ? found : undefined;
  }

  /**
   * All pages that have the mark, in order; those that get it meanwhile behind the last one answered come too.  In shared memory
   * the lock is taken for each of them, and free in between.
   */
  *pages(mark: number): Generator<number, void, undefined> {
    for (let pfn = this.next(0, mark); pfn !== undefined; pfn = this.next(pfn + 1, mark)) yield pfn;
  }

  #check(verb: string, pfn: number, err: number): void {
    if (err !== 0) throw new LedgerError(errorName(err), `${verb}(pfn ${pfn})`);
  }
}

/** One of the three: what the core would take modulo 2^32, or a search would not find, is refused here. */
function markOf(verb: string, mark: number): number {
  if (checkCount(verb, "mark", mark) < XA_MARKS) return mark;
  throw new LedgerError("BAD_ARG", `${verb}(mark ${mark})`, { remedy: `marks are 0 to ${XA_MARKS - 1}` });
}
