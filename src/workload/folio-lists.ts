/**
 * folio-lists: queues of folios, oldest first; each folio is in one of them.
 *
 *   list  head ──► 16 ──► 3 ──► 512 ◄── tail       next: u32 by pfn · order: u8 by pfn
 *
 * COST  5 bytes a frame; every operation takes constant time and allocates nothing.
 */
const NONE = 0xffffffff;

export class FolioLists {
  readonly #next: Uint32Array;
  readonly #order: Uint8Array;
  readonly #head: Uint32Array;
  readonly #tail: Uint32Array;
  readonly #pages: Float64Array;

  constructor(nrFrames: number, nrLists: number) {
    this.#next = new Uint32Array(nrFrames);
    this.#order = new Uint8Array(nrFrames);
    this.#head = new Uint32Array(nrLists).fill(NONE);
    this.#tail = new Uint32Array(nrLists).fill(NONE);
    this.#pages = new Float64Array(nrLists);
  }

  /** Pages on a list. */
  pages(list: number): number {
    return this.#pages[list]!;
  }
  orderOf(pfn: number): number {
    return this.#order[pfn]!;
  }

  push(list: number, pfn: number, order: number): void {
    this.#next[pfn] = NONE;
    this.#order[pfn] = order;
    const tail = this.#tail[list]!;
    if (tail === NONE) this.#head[list] = pfn;
    else this.#next[tail] = pfn;
    this.#tail[list] = pfn;
    this.#pages[list]! += 1 << order;
  }

  /** The oldest folio, without taking it; -1 where there is none. */
  first(list: number): number {
    const pfn = this.#head[list]!;
    return pfn === NONE ? -1 : pfn;
  }

  /** Takes the oldest folio; -1 where there is none. */
  shift(list: number): number {
    const pfn = this.#head[list]!;
    if (pfn === NONE) return -1;
    this.#head[list] = this.#next[pfn]!;
    if (this.#head[list] === NONE) this.#tail[list] = NONE;
    this.#pages[list]! -= 1 << this.#order[pfn]!;
    return pfn;
  }

  /** Puts the oldest folio behind the youngest one, and answers it; -1 where there is none. */
  rotate(list: number): number {
    const pfn = this.shift(list);
    if (pfn >= 0) this.push(list, pfn, this.#order[pfn]!);
    return pfn;
  }
}
