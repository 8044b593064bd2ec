/**
 * frame-map: which frames of the machine are free, and where the next folio goes.
 *
 *   │11110110│00001111│11000000│   one bit per frame; the search goes on where the last one ended,
 *              ▲ next                so folios of different owners come to lie side by side, as on a real machine
 *
 * COST  nrFrames / 8 bytes.  A search looks at each word once; short as long as a good part of memory is free.
 */
export class FrameMap {
  readonly #bits: Uint32Array;
  readonly #nrFrames: number;
  #word = 0;
  #usedPages = 0;

  constructor(nrFrames: number) {
    this.#nrFrames = nrFrames;
    this.#bits = new Uint32Array(Math.ceil(nrFrames / 32));
    // Frames beyond the end are never free.
    if (nrFrames % 32 !== 0) this.#bits[this.#bits.length - 1] = -1 << (nrFrames % 32);
  }

  get usedPages(): number {
    return this.#usedPages;
  }
  get freePages(): number {
    return this.#nrFrames - this.#usedPages;
  }

  /** First pfn of 2^order aligned frames, taken; -1 where there are none. */
  take(order: number): number {
    const pfn = order < 5 ? this.#takeInWord(order) : this.#takeWords(order);
    if (pfn >= 0) this.#usedPages += 1 << order;
    return pfn;
  }

  give(pfn: number, order: number): void {
    if (order < 5) this.#bits[pfn >>> 5]! &= ~(maskOf(order) << (pfn & 31));
    else this.#bits.fill(0, pfn >>> 5, (pfn + (1 << order)) >>> 5);
    this.#usedPages -= 1 << order;
  }

  #takeInWord(order: number): number {
    const bits = this.#bits;
    const mask = maskOf(order);
    const step = 1 << order;
    for (let tries = 0; tries < bits.length; tries++) {
      const word = bits[this.#word]!;
      if (word !== 0xffffffff) {
        for (let bit = order === 0 ? 31 - Math.clz32(~word & (word + 1)) : 0; bit < 32; bit += step)
          if (((word >>> bit) & mask) === 0) {
            bits[this.#word] = word | (mask << bit);
            return this.#word * 32 + bit;
          }
      }
      this.#word = this.#word + 1 === bits.length ? 0 : this.#word + 1;
    }
    return -1;
  }

  #takeWords(order: number): number {
    const bits = this.#bits;
    const span = 1 << (order - 5);
    const places = Math.floor(this.#nrFrames / (1 << order));
    const first = Math.floor(this.#word / span);
    for (let i = 0; i < places; i++) {
      const at = ((first + i) % places) * span;
      let end = at;
      while (end < at + span && bits[end] === 0) end++;
      if (end < at + span) continue;
      bits.fill(-1, at, end);
      return at * 32;
    }
    return -1;
  }
}

function maskOf(order: number): number {
  return 2 ** (1 << order) - 1;
}
