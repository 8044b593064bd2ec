// figures: the words that a torture's threads share, each group on lines of its own.
//
//   │ stop │ tide │ pause │ … │ agent 1: operations │ state │ … │ agent 2: … │ … │ pool │ … │ agent 1: counted │ … │
//
// ORDERING    An agent says that it runs before it looks whether it is to pause; who wants a pause asks for it before looking
//             who runs.  So whoever is not seen to run will see that it is to pause, before it works.
import { COUNTED_WORDS } from "./counted.mjs";

const LINE = 16;
const HEAD = 3 * LINE;
const TIDE = LINE;
const PAUSE = 2 * LINE;

/** What an agent is doing, as far as others have to know. */
export const GONE = 0;
export const RUNS = 1;
export const PARKED = 2;

export class Figures {
  /** @param {SharedArrayBuffer} buffer */
  constructor(buffer) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer);
  }

  /** @param {number} slots agents are numbered from 1 on */
  static for(slots) {
    return new Figures(new SharedArrayBuffer(4 * (HEAD + (slots + 1) * (LINE + COUNTED_WORDS))));
  }

  get slots() {
    return (this.words.length - HEAD) / (LINE + COUNTED_WORDS) - 1;
  }

  stop() {
    Atomics.store(this.words, 0, 1);
    this.resume();
  }
  get stopped() {
    return Atomics.load(this.words, 0) !== 0;
  }

  /** Operations of all writers before these. @param {number} n */
  tide(n) {
    return Atomics.add(this.words, TIDE, n) >>> 0;
  }

  /** @param {number} slot @param {number} n */
  count(slot, n) {
    Atomics.add(this.words, HEAD + slot * LINE, n);
  }
  /** What was counted since the last call. */
  counted() {
    let n = 0;
    for (let slot = 1; slot <= this.slots; slot++) n += Atomics.exchange(this.words, HEAD + slot * LINE, 0);
    return n;
  }

  /** @param {number} slot @param {number} state */
  say(slot, state) {
    Atomics.store(this.words, HEAD + slot * LINE + 1, state);
  }
  get allParked() {
    for (let slot = 1; slot <= this.slots; slot++)
      if (Atomics.load(this.words, HEAD + slot * LINE + 1) === RUNS) return false;
    return true;
  }

  pause() {
    Atomics.store(this.words, PAUSE, 1);
  }
  resume() {
    Atomics.store(this.words, PAUSE, 0);
    Atomics.notify(this.words, PAUSE);
  }
  /** Whether agents are to come to an end of what they are at. */
  get hurries() {
    return this.stopped || Atomics.load(this.words, PAUSE) !== 0;
  }
  /** An agent that holds nothing sleeps while it is to. @param {number} slot */
  rest(slot) {
    this.say(slot, RUNS);
    while (this.hurries && !this.stopped) {
      this.say(slot, PARKED);
      Atomics.wait(this.words, PAUSE, 1);
      this.say(slot, RUNS);
    }
  }

  /** Counted pages that any agent may uncharge, by place. */
  get pool() {
    return this.words.subarray(
      HEAD + (this.slots + 1) * LINE,
      HEAD + (this.slots + 1) * LINE + COUNTED_WORDS,
    );
  }
  /** @param {number} slot */
  counts(slot) {
    const at = HEAD + (this.slots + 1) * LINE + slot * COUNTED_WORDS;
    return this.words.subarray(at, at + COUNTED_WORDS);
  }
}
