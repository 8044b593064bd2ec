/**
 * marks: what a design's entries can be marked with, for who looks pages up by it.
 *
 * Answers are codes of `abi.Err`; `ledger` makes errors of them.
 */
import type { CoreExports } from "./instance.js";

export class Marks {
  readonly #calls: CoreExports;

  constructor(calls: CoreExports) {
    this.#calls = calls;
  }

  set(pfn: number, mark: number): number {
    return this.#calls.setMark(pfn, mark);
  }
  clear(pfn: number, mark: number): number {
    return this.#calls.clearMark(pfn, mark);
  }
  /** The first page from `pfn` on that has the mark; nrFrames if none has. */
  next(pfn: number, mark: number): number {
    return this.#calls.nextMarked(pfn, mark) >>> 0;
  }
}
