/**
 * op-batch: many operations for one call.
 *
 *   ledger.batch().allocate(7).charge(7, tenant, PageType.ANON).lruAdd(7, LruList.INACTIVE_ANON).execute();
 *
 * Each operation is carried out wholly or not at all; the batch as a whole is not a transaction.
 */
import { OP_WORDS } from "../core/core.js";
import type { LedgerErrorCode } from "../core/errors.js";
import type { Container } from "./container.js";
import { OpVerbs } from "./op-verbs.js";

export interface BatchOptions {
  /** End at the first refused operation and throw it; otherwise go on and count.  Default true. */
  readonly stopAtError?: boolean;
}

/** What came of a batch. */
export interface BatchResult {
  /** Operations run, refused ones too. */
  readonly executed: number;
  readonly refused: number;
  /** Refused operations by code. */
  readonly errors: Partial<Record<LedgerErrorCode, number>>;
}

/** What a batch asks of its ledger. */
export interface BatchHost {
  holds(container: Container): boolean;
  runBatch(words: Uint32Array, count: number, stopAtError: boolean): BatchResult;
}

const FIRST_OPS = 256;

export class OpBatch extends OpVerbs {
  readonly #host: BatchHost;
  #words = new Uint32Array(FIRST_OPS * OP_WORDS);
  #count = 0;

  /** @internal */
  constructor(host: BatchHost) {
    super();
    this.#host = host;
  }

  /** Operations collected so far. */
  get length(): number {
    return this.#count;
  }

  /** Forgets what was collected. */
  clear(): this {
    this.#count = 0;
    return this;
  }

  /**
   * Runs the operations in order, and is empty afterwards whatever came of it.  With `stopAtError` the first refused
   * one throws its LedgerError with `opIndex`: those before it are done, those behind it are not.
   */
  execute(options: BatchOptions = {}): BatchResult {
    const count = this.#count;
    this.#count = 0;
    return this.#host.runBatch(this.#words, count, options.stopAtError ?? true);
  }

  protected emit(word0: number, word1: number, word2: number): void {
    const at = this.#count * OP_WORDS;
    if (at === this.#words.length) {
      const words = new Uint32Array(at * 2);
      words.set(this.#words);
      this.#words = words;
    }
    this.#words[at] = word0;
    this.#words[at + 1] = word1;
    this.#words[at + 2] = word2;
    this.#count++;
  }

  protected knows(container: Container): boolean {
    return this.#host.holds(container);
  }
}
