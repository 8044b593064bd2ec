/**
 * op-batch: ledger operations on their way into linear memory, 16 bytes each.
 *
 * One batch is filled once and handed to every ledger that replays the capture, so that the designs see the very
 * same bytes.  `lines` keeps the trace line behind each operation, for messages; `events` the number of the event behind
 * it, counted from 1, for who wants to cut a replay there.
 */
export const OP_WORDS = 4;

export class OpBatch {
  readonly words: Uint32Array;
  readonly lines: Float64Array;
  readonly events: Float64Array;
  readonly #flush: (batch: OpBatch) => void;
  count = 0;
  /** Highest frame that an operation of this batch names. */
  highestFrame = 0;
  /** Line of the event that is being turned into operations. */
  line = 0;
  /** Events taken so far, that one included. */
  event = 0;

  constructor(capacity: number, flush: (batch: OpBatch) => void) {
    this.words = new Uint32Array(capacity * OP_WORDS);
    this.lines = new Float64Array(capacity);
    this.events = new Float64Array(capacity);
    this.#flush = flush;
  }

  /** `low` is the 16 bits beside opcode and order: a container id, an LRU list, a page type. */
  push(opcode: number, order: number, low: number, a: number, b: number, c: number): void {
    if (this.count === this.lines.length) this.flush();
    const at = this.count * OP_WORDS;
    this.words[at] = opcode | (order << 8) | (low << 16);
    this.words[at + 1] = a;
    this.words[at + 2] = b;
    this.words[at + 3] = c;
    this.events[this.count] = this.event;
    this.lines[this.count++] = this.line;
  }

  /** An operation on the folio at `pfn`; the last two words are the opcode's own. */
  pushFolio(opcode: number, order: number, low: number, pfn: number, b: number): void {
    this.push(opcode, order, low, pfn, b, 0);
    const last = pfn + (1 << order) - 1;
    if (last > this.highestFrame) this.highestFrame = last;
  }

  flush(): void {
    if (this.count === 0) return;
    this.#flush(this);
    this.count = 0;
    this.highestFrame = 0;
  }
}
