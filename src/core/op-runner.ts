/**
 * op-runner: operations of one agent's op buffer, and what came of them.
 *
 *   words ──copy──► op buffer ──execute──► done, and the code that stopped it
 *
 * Tallies of refusals are the whole ledger's.  What one agent of several was refused is in its own record: the last code,
 * and how many operations of its stream are done.
 */
import {
  AGENTS_PTR,
  Agent,
  CORE_PTR,
  Core as CoreRecord,
  Err,
  NR_ERR_TALLIES,
  NR_OPS_BUFFER,
  OP_BYTES,
} from "../abi.js";
import { errorName, LedgerError, type LedgerErrorCode } from "./errors.js";
import type { CoreExports } from "./instance.js";
import type { Views } from "./views.js";

export const OPS_BUFFER_OPS = NR_OPS_BUFFER;
export const OP_WORDS = 4;

/** How far a batch came. */
export interface BatchEnd {
  /** Operations run; with `stopAtError`, those before the refused one. */
  readonly done: number;
  /** Why it stopped; OK where it did not. */
  readonly code: LedgerErrorCode;
}

/** Refused operations by code. */
export type Refusals = Partial<Record<LedgerErrorCode, number>>;

export class OpRunner {
  readonly #views: Views;
  readonly #calls: CoreExports;
  readonly #opsPtr: number;
  /** Word of this agent's record; undefined in a memory of its own. */
  readonly #record: number | undefined;

  /** `agent` is undefined in a memory of its own. */
  constructor(views: Views, calls: CoreExports, opsPtr: number, agent: number | undefined) {
    this.#views = views;
    this.#calls = calls;
    this.#opsPtr = opsPtr;
    this.#record = agent === undefined ? undefined : (AGENTS_PTR + agent * Agent.sizeBytes) >>> 2;
  }

  /** The whole op buffer.  A view, valid until the next call. */
  words(): Uint32Array {
    const at = this.#opsPtr >>> 2;
    return this.#views.u32.subarray(at, at + OPS_BUFFER_OPS * OP_WORDS);
  }

  /** Runs the first `count` operations of the buffer, `base` of their batch being done before. */
  run(count: number, stopAtError: boolean, base = 0): BatchEnd {
    if (!stopAtError) return { done: this.#execute(0, count, false, base), code: "OK" };
    const before = this.#record === undefined ? this.#tallies().slice() : undefined;
    const done = this.#execute(0, count, true, base);
    const code =
      before === undefined
        ? this.#lastError() || -1
        : this.#tallies().findIndex((tally, i) => tally !== before[i]);
    return code < 0 ? { done, code: "OK" } : { done: done - 1, code: errorName(code) };
  }

  /** Runs a batch; with `stopAtError` the first refused operation ends it. */
  runAll(words: Uint32Array, count: number, stopAtError: boolean): BatchEnd {
    for (let done = 0; done < count; ) {
      const end = this.run(this.#place(words, done, count), stopAtError, done);
      done += end.done;
      if (end.code !== "OK") return { done, code: end.code };
    }
    return { done: count, code: "OK" };
  }

  /** Runs a batch to its end, and answers what of it was refused. */
  runCounting(words: Uint32Array, count: number): Refusals {
    const refusals: Refusals = {};
    const before = this.refusals();
    for (let base = 0; base < count; base += OPS_BUFFER_OPS) {
      const n = this.#place(words, base, count);
      if (this.#record === undefined) this.run(n, false);
      else this.#countOwn(n, base, refusals);
    }
    if (this.#record !== undefined) return refusals;
    for (const [name, total] of Object.entries(this.refusals()) as [LedgerErrorCode, number][]) {
      const more = (total - (before[name] ?? 0)) >>> 0;
      if (more > 0) refusals[name] = more;
    }
    return refusals;
  }

  /** The first `count` operations of the buffer, a call for each that is refused. */
  #countOwn(count: number, base: number, refusals: Refusals): void {
    for (let first = 0; first < count; ) {
      first += this.#execute(first, count - first, true, base);
      const code = this.#lastError();
      if (code === Err.OK) return;
      const name = errorName(code);
      refusals[name] = (refusals[name] ?? 0) + 1;
    }
  }

  /** Refused operations of the whole ledger so far. */
  refusals(): Refusals {
    const counts: Refusals = {};
    const tallies = this.#tallies();
    for (const [name, code] of Object.entries(Err) as [LedgerErrorCode, number][])
      if (code !== Err.OK && tallies[code]! > 0) counts[name] = tallies[code]!;
    return counts;
  }

  /** Copies what fits the buffer of a batch from operation `from` on; answers how many. */
  #place(words: Uint32Array, from: number, count: number): number {
    const n = Math.min(count - from, OPS_BUFFER_OPS);
    this.#views.u32.set(words.subarray(from * OP_WORDS, (from + n) * OP_WORDS), this.#opsPtr >>> 2);
    return n;
  }

  /** A LedgerError of a call that stopped gets the place that it stopped at. */
  #execute(first: number, count: number, stopAtError: boolean, base: number): number {
    const ptr = this.#opsPtr + first * OP_BYTES;
    if (this.#record === undefined) return this.#calls.execute(ptr, count, stopAtError) >>> 0;
    const doneAt = this.#record + (Agent.opsDone >>> 2);
    this.#views.u32[doneAt] = 0;
    try {
      return this.#calls.execute(ptr, count, stopAtError) >>> 0;
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      throw error.at(base + first + this.#views.u32[doneAt]!);
    }
  }

  #lastError(): number {
    return this.#views.u32[this.#record! + (Agent.lastError >>> 2)]!;
  }

  #tallies(): Uint32Array {
    const at = (CORE_PTR + CoreRecord.errorCounts) >>> 2;
    return this.#views.u32.subarray(at, at + NR_ERR_TALLIES);
  }
}
