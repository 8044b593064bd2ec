/**
 * frame-claims: for each folio the trace has shown, its order and the container that the task witness names.
 *
 *   order  u8   bits 0..5: 0 = not seen allocated (or freed again), else order + 1 · bit 6: the ledger charges the
 *               claimant · bit 7: type settled
 *   claim  u16  container of the task that allocated it or added it to the page cache, 0 = outside the capture
 *
 * Kept apart from the ledger on purpose: the ledger holds the verdict, this the testimony of one witness, so that the
 * two witnesses can be compared.  Heads of folios only.  Sections of memory that no event names cost nothing.
 */
const GROW_MIN = 1 << 16;
const SECTION_SHIFT = 15;
const SECTION_MASK = (1 << SECTION_SHIFT) - 1;
const ORDER_MASK = 0x3f;
const IN_STEP = 0x40;
const SETTLED = 0x80;

export class FrameClaims {
  /** By section of 2^15 frames; those that no event named are absent. */
  readonly #orders: (Uint8Array | undefined)[] = [];
  readonly #claims: (Uint16Array | undefined)[] = [];

  /** Order of the folio whose head is `pfn`, or -1 where the trace has not shown one. */
  orderOf(pfn: number): number {
    return (this.#word(pfn) & ORDER_MASK) - 1;
  }

  /** Has the page cache, tmpfs or an LRU list said what kind of memory the folio is? */
  isSettled(pfn: number): boolean {
    return (this.#word(pfn) & SETTLED) !== 0;
  }

  settle(pfn: number): void {
    const orders = this.#orders[pfn >>> SECTION_SHIFT];
    if (orders !== undefined) orders[pfn & SECTION_MASK]! |= SETTLED;
  }

  claimOf(pfn: number): number {
    const claims = this.#claims[pfn >>> SECTION_SHIFT];
    return claims === undefined ? 0 : claims[pfn & SECTION_MASK]!;
  }

  /** Is the folio, at this order, charged in the ledger to the container that the task names? */
  isInStep(pfn: number, order: number): boolean {
    return (this.#word(pfn) & (IN_STEP | ORDER_MASK)) === (IN_STEP | (order + 1));
  }

  /** `owner` is whom the ledger charges. */
  set(pfn: number, order: number, claim: number, owner: number): void {
    const section = pfn >>> SECTION_SHIFT;
    if (this.#orders[section] === undefined) this.#add(section);
    this.#orders[section]![pfn & SECTION_MASK] = claim === owner ? IN_STEP | (order + 1) : order + 1;
    this.#claims[section]![pfn & SECTION_MASK] = claim;
  }

  clear(pfn: number): void {
    const section = pfn >>> SECTION_SHIFT;
    if (this.#orders[section] === undefined) return;
    this.#orders[section]![pfn & SECTION_MASK] = 0;
    this.#claims[section]![pfn & SECTION_MASK] = 0;
  }

  #word(pfn: number): number {
    const orders = this.#orders[pfn >>> SECTION_SHIFT];
    return orders === undefined ? 0 : orders[pfn & SECTION_MASK]!;
  }

  #add(section: number): void {
    // Filled up to here, so that the arrays stay without holes.
    while (this.#orders.length <= section) {
      this.#orders.push(undefined);
      this.#claims.push(undefined);
    }
    this.#orders[section] = new Uint8Array(1 << SECTION_SHIFT);
    this.#claims[section] = new Uint16Array(1 << SECTION_SHIFT);
  }
}

/** A growing set of frames: one bit each. */
export class FrameSet {
  #bits = new Uint8Array(GROW_MIN >>> 3);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  addFolio(pfn: number, order: number): void {
    const end = pfn + (1 << order);
    if (end > this.#bits.length * 8) {
      const bits = new Uint8Array(Math.max(this.#bits.length * 2, Math.ceil(end / 8)));
      bits.set(this.#bits);
      this.#bits = bits;
    }
    for (let p = pfn; p < end; p++) {
      const bit = 1 << (p & 7);
      if ((this.#bits[p >>> 3]! & bit) === 0) {
        this.#bits[p >>> 3]! |= bit;
        this.#size++;
      }
    }
  }

  has(pfn: number): boolean {
    return (((this.#bits[pfn >>> 3] ?? 0) >>> (pfn & 7)) & 1) === 1;
  }
}
