/**
 * event-clock: when an event was, from the times of some of them.
 *
 * Every 64th time is kept; between two of them time is taken to pass evenly.
 */
import { type EventBatch, Word } from "../capture/records.js";

const STEP = 64;
const BLOCK = 4096;

export interface EventClock {
  /** Seconds from the first event to event number `event`, counted from 1; 0 before it. */
  secondsAt(event: number): number;
  /** Seconds from the first to the last. */
  readonly seconds: number;
  readonly bytes: number;
}

/** A generated history has no clock: each operation takes a microsecond. */
export class EvenClock implements EventClock {
  readonly bytes = 0;
  readonly #events: () => number;
  constructor(events: () => number) {
    this.#events = events;
  }
  get seconds(): number {
    return this.secondsAt(this.#events());
  }
  secondsAt(event: number): number {
    return event / 1e6;
  }
}

/** The clock of a trace. */
export class TraceClock implements EventClock {
  /** Of events 1, 65, 129 …, in blocks. */
  readonly #blocks: Float64Array[] = [];
  #kept = 0;
  #events = 0;
  #first = 0;
  #last = 0;

  get seconds(): number {
    return this.#last;
  }
  get bytes(): number {
    return this.#blocks.length * BLOCK * 8;
  }

  /** Takes the times of a batch, before which there were so many events. */
  take(batch: EventBatch, before: number): void {
    const { words, stride, count } = batch;
    const timeOf = (i: number) => words[i * stride + Word.TIME_HI]! + words[i * stride + Word.TIME_LO]! / 1e9;
    if (before === 0) this.#first = timeOf(0);
    for (let i = (STEP - (before % STEP)) % STEP; i < count; i += STEP) this.#keep(timeOf(i) - this.#first);
    this.#events = before + count;
    this.#last = timeOf(count - 1) - this.#first;
  }

  #keep(seconds: number): void {
    const at = this.#kept++ % BLOCK;
    if (at === 0) this.#blocks.push(new Float64Array(BLOCK));
    this.#blocks[this.#blocks.length - 1]![at] = seconds;
  }

  #kepts(index: number): number {
    return this.#blocks[Math.floor(index / BLOCK)]![index % BLOCK]!;
  }

  secondsAt(event: number): number {
    if (event <= 1 || this.#events === 0) return 0;
    if (event >= this.#events) return this.#last;
    const index = Math.floor((event - 1) / STEP);
    const from = this.#kepts(index);
    const passed = event - 1 - index * STEP;
    if (passed === 0) return from;
    const isLast = index + 1 >= this.#kept;
    const to = isLast ? this.#last : this.#kepts(index + 1);
    const step = isLast ? this.#events - 1 - index * STEP : STEP;
    return from + ((to - from) * passed) / step;
  }
}
