/**
 * frame-claims: for each folio the trace has shown, its order and the container that the task witness names.
 *
 *   order  u8   bits 0..5: 0 = not seen allocated (or freed again), else order + 1 · bit 6: the ledger charges the
 *               claimant · bit 7: type settled
 *   claim  u16  container of the task that allocated it or added it to the page cache, 0 = outside the capture
 *
 * Kept apart from the ledger on purpose: the ledger holds the verdict, this the testimony of one witness, so that the
 * two witnesses can be compared.  Heads of folios only.  Grows with the highest pfn; pages never touched cost nothing.
 */
const GROW_MIN = 1 << 16;
const ORDER_MASK = 0x3f;
const IN_STEP = 0x40;
const SETTLED = 0x80;

export class FrameClaims {
  #order = new Uint8Array(GROW_MIN);
  #claim = new Uint16Array(GROW_MIN);

  /** Order of the folio whose head is `pfn`, or -1 where the trace has not shown one. */
  orderOf(pfn: number): number {
    return pfn < this.#order.length ? (this.#order[pfn]! & ORDER_MASK) - 1 : -1;
  }

  /** Has the page cache, tmpfs or an LRU list said what kind of memory the folio is? */
  isSettled(pfn: number): boolean {
    return pfn < this.#order.length && (this.#order[pfn]! & SETTLED) !== 0;
  }

  settle(pfn: number): void {
    if (pfn < this.#order.length) this.#order[pfn]! |= SETTLED;
  }

  claimOf(pfn: number): number {
    return pfn < this.#claim.length ? this.#claim[pfn]! : 0;
  }

  /** Is the folio, at this order, charged in the ledger to the container that the task names? */
  isInStep(pfn: number, order: number): boolean {
    return (
      pfn < this.#order.length && (this.#order[pfn]! & (IN_STEP | ORDER_MASK)) === (IN_STEP | (order + 1))
    );
  }

  /** `owner` is whom the ledger charges. */
  set(pfn: number, order: number, claim: number, owner: number): void {
    if (pfn >= this.#order.length) this.#grow(pfn + 1);
    this.#order[pfn] = claim === owner ? IN_STEP | (order + 1) : order + 1;
    this.#claim[pfn] = claim;
  }

  clear(pfn: number): void {
    if (pfn >= this.#order.length) return;
    this.#order[pfn] = 0;
    this.#claim[pfn] = 0;
  }

  #grow(frames: number): void {
    const length = Math.max(this.#order.length * 2, frames);
    const order = new Uint8Array(length);
    order.set(this.#order);
    const claim = new Uint16Array(length);
    claim.set(this.#claim);
    this.#order = order;
    this.#claim = claim;
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
