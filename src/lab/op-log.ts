/**
 * op-log: every operation of a replay, packed, with the event that it came from; so that a ledger can be taken to any event.
 *
 *   head   │ code:5 │ order:5 │ container, list or type:16 │ word2:3 │ events since the operation before:3 │
 *   then   word 1 (pfn, id or pid); word 2 if it is 6 or more, or the operation was refused; the events if they are 7 or more
 *
 * Operations with the same event lie one after the other.  A chunk begins with nothing to carry over but that event.
 *
 * COST   8 bytes an operation, 12 for few; less than 6 an event of a trace.
 */
import { Err, Op } from "../abi.js";

export const OP_WORDS = 4;
const CHUNK_WORDS = 1 << 15;
const ENTRY_WORDS_MAX = 4;
/** In three bits: the value is in a word of its own. */
const APART = 7;
/** For word 2: that, and the operation was refused. */
const REFUSED_APART = 6;

/** What a reader writes to word 3: the event, and whether the ledger refused the operation. */
export const EVENT_MASK = 0x7fffffff;
export const REFUSED = 0x80000000;

/** A place in a log: behind so many operations. */
export interface LogPlace {
  readonly chunk: number;
  readonly at: number;
  readonly ops: number;
  /** Event of the last operation before it; 0 = none. */
  readonly event: number;
}

export const LOG_START: LogPlace = { chunk: 0, at: 0, ops: 0, event: 0 };

/** Whether word 1 of an operation is a pfn, and its order says how many frames from there. */
export function isFolioOp(code: number): boolean {
  return (code >= Op.ALLOC && code <= Op.SPLIT) || (code >= Op.ALLOC_CHARGE && code <= Op.REPLAY_CACHE_DEL);
}

export class OpLog {
  ops = 0;
  /** The highest frame that any of them names, -1 = none does. */
  highestFrame = -1;
  readonly #chunks: Uint32Array[] = [];
  /** Words in use, by chunk. */
  readonly #used: number[] = [];
  #event = 0;

  /** Bytes of all chunks. */
  get bytes(): number {
    return this.#chunks.length * CHUNK_WORDS * 4;
  }

  get end(): LogPlace {
    const chunk = Math.max(0, this.#chunks.length - 1);
    return { chunk, at: this.#used[chunk] ?? 0, ops: this.ops, event: this.#event };
  }

  /**
   * Appends the operation at word `at`; `event` is not below that of the one before.  The low byte of word 3 is the Err
   * that a history expects of it.
   */
  append(words: Uint32Array, at: number, event: number): void {
    let last = this.#chunks.length - 1;
    if (last < 0 || this.#used[last]! > CHUNK_WORDS - ENTRY_WORDS_MAX) {
      this.#chunks.push(new Uint32Array(CHUNK_WORDS));
      this.#used.push(0);
      last++;
    }
    const chunk = this.#chunks[last]!;
    let to = this.#used[last]!;
    const head = words[at]!;
    const code = head & 0x1f;
    const order = (head >>> 8) & 0x1f;
    const word1 = words[at + 1]!;
    const word2 = words[at + 2]!;
    const short2 = (words[at + 3]! & 0xff) !== Err.OK ? REFUSED_APART : word2 < REFUSED_APART ? word2 : APART;
    const passed = event - this.#event;
    this.#event = event;
    chunk[to++] =
      code |
      (order << 5) |
      ((head >>> 16) << 10) |
      (short2 << 26) |
      ((passed < APART ? passed : APART) << 29);
    chunk[to++] = word1;
    if (short2 >= REFUSED_APART) chunk[to++] = word2;
    if (passed >= APART) chunk[to++] = passed;
    this.#used[last] = to;
    this.ops++;
    if (isFolioOp(code)) {
      const end = word1 + (1 << order) - 1;
      if (end > this.highestFrame) this.highestFrame = end;
    }
  }

  reader(from: LogPlace = LOG_START): LogReader {
    return new LogReader(this.#chunks, this.#used, from);
  }
}

/** Unpacks operations from a place on. */
export class LogReader {
  /** Highest frame that the operations read last name. */
  highestFrame = -1;
  readonly #chunks: readonly Uint32Array[];
  readonly #used: readonly number[];
  #chunk: number;
  #at: number;
  #ops: number;
  #event: number;

  constructor(chunks: readonly Uint32Array[], used: readonly number[], from: LogPlace) {
    this.#chunks = chunks;
    this.#used = used;
    this.#chunk = from.chunk;
    this.#at = from.at;
    this.#ops = from.ops;
    this.#event = from.event;
  }

  get place(): LogPlace {
    return { chunk: this.#chunk, at: this.#at, ops: this.#ops, event: this.#event };
  }

  /**
   * Writes the next operations up to event `upTo`, as many as fit `words`, and answers how many.  Word 3, which no ledger
   * reads, is the event, modulo 2^31, with REFUSED.
   */
  read(upTo: number, words: Uint32Array): number {
    const room = words.length - OP_WORDS;
    let out = 0;
    let highest = -1;
    let event = this.#event;
    scan: while (this.#chunk < this.#chunks.length) {
      const chunk = this.#chunks[this.#chunk]!;
      const used = this.#used[this.#chunk]!;
      let at = this.#at;
      while (at < used) {
        const head = chunk[at]!;
        let next = at + 2;
        let word2 = (head >>> 26) & APART;
        let passed = head >>> 29;
        const isRefused = word2 === REFUSED_APART;
        if (word2 >= REFUSED_APART) word2 = chunk[next++]!;
        if (passed === APART) passed = chunk[next++]!;
        if (event + passed > upTo || out > room) {
          this.#at = at;
          break scan;
        }
        event += passed;
        const code = head & 0x1f;
        const order = (head >>> 5) & 0x1f;
        const word1 = chunk[at + 1]!;
        words[out] = code | (order << 8) | (((head >>> 10) & 0xffff) << 16);
        words[out + 1] = word1;
        words[out + 2] = word2;
        words[out + 3] = isRefused ? event | REFUSED : event & EVENT_MASK;
        out += OP_WORDS;
        if (isFolioOp(code)) {
          const end = word1 + (1 << order) - 1;
          if (end > highest) highest = end;
        }
        at = next;
      }
      this.#at = at;
      if (this.#chunk === this.#chunks.length - 1) break;
      this.#chunk++;
      this.#at = 0;
    }
    const count = out / OP_WORDS;
    this.#event = event;
    this.#ops += count;
    this.highestFrame = highest;
    return count;
  }
}
