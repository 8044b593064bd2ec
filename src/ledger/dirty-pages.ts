/**
 * dirty-pages: whose dirty pages are they?  A user of the owner index from outside, as I/O tracking was of page_cgroup.
 *
 *   any agent   mark(pfn), clean(pfn)     one atomic operation on a bit
 *   a reader    perContainer(ledger)      the dirty pfns, then their owners in batches without a lock
 *
 * The figures are of no single moment: pages come and go while they are counted.  Each page counted was dirty when its bit
 * was read, and its owner had it when the lookup was made, which is later.  What nobody changes meanwhile is exact.
 */
import type { Ledger } from "./ledger.js";

/** Pfns looked up at a time: enough for one announcement to be nothing. */
const BATCH = 4096;

export class DirtyPages {
  /** To be posted to other threads, together with the number of frames. */
  readonly buffer: SharedArrayBuffer;
  readonly #bits: Int32Array;

  /** `buffer`: that of another thread's DirtyPages over as many frames.  RangeError if it is too small. */
  constructor(nrFrames: number, buffer = new SharedArrayBuffer(4 * Math.ceil(nrFrames / 32))) {
    if (buffer.byteLength * 8 < nrFrames) throw new RangeError(`${nrFrames} frames need a bit each`);
    this.buffer = buffer;
    this.#bits = new Int32Array(buffer);
  }

  /** Marks a page dirty; answers whether it was clean. */
  mark(pfn: number): boolean {
    const bit = 1 << (pfn & 31);
    return (Atomics.or(this.#bits, pfn >>> 5, bit) & bit) === 0;
  }

  /** A page has been written back, or freed; answers whether it was dirty. */
  clean(pfn: number): boolean {
    const bit = 1 << (pfn & 31);
    return (Atomics.and(this.#bits, pfn >>> 5, ~bit) & bit) !== 0;
  }

  /** Dirty pages by the id of the container that they are charged to, 0 for those of none. */
  perContainer(ledger: Ledger): Map<number, number> {
    const pages = new Map<number, number>();
    const pfns = new Uint32Array(BATCH);
    let n = 0;
    const count = () => {
      for (const id of ledger.ownersOf(pfns.subarray(0, n), { raw: true }))
        pages.set(id, (pages.get(id) ?? 0) + 1);
      n = 0;
    };
    for (let word = 0; word < this.#bits.length; word++) {
      for (let bits = Atomics.load(this.#bits, word); bits !== 0; bits &= bits - 1) {
        pfns[n++] = word * 32 + (31 - Math.clz32(bits & -bits));
        if (n === BATCH) count();
      }
    }
    if (n > 0) count();
    return pages;
  }
}
