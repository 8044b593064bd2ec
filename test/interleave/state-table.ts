/**
 * state-table: all states seen, in the order in which they were found, each once.
 *
 *   words    │ state 0 │ state 1 │ state 2 │ …     fixed length, one after the other: the list is the queue of the search
 *   parents  │   -1    │    0    │    0    │ …     the state from which it was found first
 *   slots    open addressing by a hash of the words, state + 1, 0 = free
 */
export class StateTable {
  size = 0;
  #words: Uint32Array;
  #parents: Int32Array;
  #slots: Int32Array;
  readonly #length: number;
  readonly #most: number;

  /** Throws when more than `most` states are added: a search cut short proves nothing. */
  constructor(length: number, most: number) {
    this.#length = length;
    this.#most = most;
    this.#words = new Uint32Array(1024 * length);
    this.#parents = new Int32Array(1024);
    this.#slots = new Int32Array(4096);
  }

  parent(state: number): number {
    return this.#parents[state]!;
  }

  read(state: number, into: Uint32Array): void {
    const from = state * this.#length;
    for (let i = 0; i < this.#length; i++) into[i] = this.#words[from + i]!;
  }

  /** The number of a state, which is added if it is new: then it equals `size` of before. */
  add(words: Uint32Array, parent: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash(words, 0, this.#length) & mask;
    for (let found = this.#slots[slot]!; found; found = this.#slots[slot]!) {
      if (this.#equals(found - 1, words)) return found - 1;
      slot = (slot + 1) & mask;
    }
    if (this.size === this.#most) throw new Error(`more than ${this.#most.toLocaleString("en")} states`);
    const state = this.size++;
    if (state === this.#parents.length) this.#grow();
    this.#words.set(words, state * this.#length);
    this.#parents[state] = parent;
    this.#slots[slot] = state + 1;
    if (this.size * 2 > this.#slots.length) this.#rehash();
    return state;
  }

  #equals(state: number, words: Uint32Array): boolean {
    const from = state * this.#length;
    for (let i = 0; i < this.#length; i++) if (this.#words[from + i] !== words[i]) return false;
    return true;
  }

  #grow(): void {
    const words = new Uint32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
    const parents = new Int32Array(this.#parents.length * 2);
    parents.set(this.#parents);
    this.#parents = parents;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let state = 0; state < this.size; state++) {
      let slot = hash(this.#words, state * this.#length, this.#length) & mask;
      while (slots[slot]) slot = (slot + 1) & mask;
      slots[slot] = state + 1;
    }
    this.#slots = slots;
  }
}

function hash(words: Uint32Array, from: number, length: number): number {
  let h = 0x811c9dc5;
  for (let i = from; i < from + length; i++) {
    h = Math.imul(h ^ words[i]!, 0x9e3779b1);
    h ^= h >>> 15;
  }
  return (h ^ (h >>> 13)) >>> 0;
}
