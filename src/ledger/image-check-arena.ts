/**
 * image-check-arena: slabs of a restored image, every link followed once.
 *
 * Each slab of the arena is free or belongs to the design's pool; each object in use is reached exactly once, by a
 * walk that knows the design; whatever is not in use is all zero, as the pool promises to its next user.
 */
import { Core as CoreRecord, SLAB_BYTES, SlabHead, SlabPool } from "../abi.js";
import type { Core } from "../core/core.js";
import { SnapshotError } from "./snapshot-error.js";

/** Objects that one word of a mask tells of. */
const MASK_BITS = 32;

/** Bytes of a slab before its first object: one more word for each 32 objects, if there are more. */
const headBytes = (perSlab: number) =>
  SlabHead.sizeBytes + (perSlab <= MASK_BITS ? 0 : 4 * Math.ceil(perSlab / MASK_BITS));

/** How many objects of this size a slab holds. */
export function objectsPerSlab(objectBytes: number): number {
  let fits = Math.floor((SLAB_BYTES - SlabHead.sizeBytes) / objectBytes);
  while (headBytes(fits) + fits * objectBytes > SLAB_BYTES) fits--;
  return fits;
}

/** Bits of a pfn that one level of a tree tells apart, and what that makes. */
export const SHIFT = 6;
export const SLOTS = 64;
/** 64^5 pfns: more than 4 GiB of page frames can have. */
export const LEVELS_MAX = 5;
export const OWNER_MAX = 0xffff;

export function must(holds: boolean, detail: string): asserts holds {
  if (!holds) throw new SnapshotError("inconsistent", detail);
}

export class ArenaCheck {
  readonly core: Core;
  readonly arenaPtr: number;
  readonly #words: Uint32Array;
  readonly #nrSlabs: number;
  readonly #objectBytes: number;
  readonly #perSlab: number;
  /** 1 for each slab on the free list. */
  readonly #free: Uint8Array;
  /** 1 for each object that the walk has led to so far; whole slabs count as one. */
  #reached = new Uint8Array(0);

  constructor(core: Core) {
    this.core = core;
    this.#words = core.u32;
    this.arenaPtr = core.coreWord(CoreRecord.arenaPtr);
    this.#nrSlabs = (core.coreWord(CoreRecord.arenaNext) - this.arenaPtr) / SLAB_BYTES;
    this.#objectBytes = this.#pool(SlabPool.objectBytes);
    this.#perSlab = this.#pool(SlabPool.perSlab);
    this.#free = new Uint8Array(this.#nrSlabs);
  }

  /**
   * Throws SnapshotError with the reason `inconsistent`.  `objectBytes`: the design's, 0 if it takes whole slabs;
   * `walk` calls reach() for each object and answers how many there are.
   */
  run(objectBytes: number, walk: (arena: ArenaCheck) => number): void {
    const fits = objectBytes === 0 ? 0 : objectsPerSlab(objectBytes);
    const head = objectBytes === 0 ? 0 : headBytes(fits);
    must(
      this.#objectBytes === objectBytes && this.#perSlab === fits && this.#pool(SlabPool.headBytes) === head,
      "the pool has impossible sizes",
    );
    this.#reached = new Uint8Array(this.#nrSlabs * Math.max(1, fits));
    this.#walkFree();
    const onList = this.#walkPartial();
    const nrObjects = objectBytes === 0 ? this.#pool(SlabPool.nrSlabs) : this.#checkSlabs(onList);
    must(objectBytes !== 0 || onList.size === 0, "whole slabs are on a list");
    must(nrObjects === this.#pool(SlabPool.nrObjects), "the pool's number of objects is wrong");
    must(walk(this) === nrObjects, "objects of the pool are found nowhere");
  }

  /** The word at an address in the index, or in an object that was reached. */
  word(ptr: number): number {
    return this.#words[ptr >>> 2]!;
  }

  #pool(offset: number): number {
    return this.core.coreWord(CoreRecord.nodePool + offset);
  }

  #slab(slab: number, offset: number): number {
    return this.#words[(this.arenaPtr + slab * SLAB_BYTES + offset) >>> 2]!;
  }

  #isZero(slab: number, from: number, to: number): boolean {
    const at = this.arenaPtr + slab * SLAB_BYTES;
    for (let i = (at + from) >>> 2; i < (at + to) >>> 2; i++) if (this.#words[i] !== 0) return false;
    return true;
  }

  #walkFree(): void {
    let count = 0;
    for (let link = this.core.coreWord(CoreRecord.arenaFreeSlab); link !== 0; count++) {
      const slab = link - 1;
      must(slab < this.#nrSlabs && this.#free[slab] === 0, "the list of free slabs leads astray");
      this.#free[slab] = 1;
      must(this.#isZero(slab, 4, SLAB_BYTES), "a free slab is not empty");
      link = this.#slab(slab, SlabHead.next);
    }
    must(count === this.core.coreWord(CoreRecord.arenaFreeSlabs), "the number of free slabs is wrong");
    must(this.#nrSlabs - count === this.#pool(SlabPool.nrSlabs), "the pool's number of slabs is wrong");
  }

  /** Slabs with room, as the pool lists them. */
  #walkPartial(): Set<number> {
    const onList = new Set<number>();
    let before = 0;
    for (let link = this.#pool(SlabPool.partialSlab); link !== 0; ) {
      const slab = link - 1;
      must(
        slab < this.#nrSlabs && this.#free[slab] === 0 && !onList.has(slab),
        "the pool's list leads astray",
      );
      must(this.#slab(slab, SlabHead.prev) === before, "the pool's list is not linked both ways");
      onList.add(slab);
      before = link;
      link = this.#slab(slab, SlabHead.next);
    }
    return onList;
  }

  /** Whether the object is in use, by the bit of its own. */
  #isUsed(slab: number, slot: number): boolean {
    const word =
      this.#perSlab <= MASK_BITS ? SlabHead.usedMask : SlabHead.sizeBytes + 4 * Math.floor(slot / MASK_BITS);
    return ((this.#slab(slab, word) >>> (slot % MASK_BITS)) & 1) === 1;
  }

  /** Objects of a slab in use; its masks say so and nothing else, and what is not in use is zero. */
  #checkSlab(slab: number): number {
    const small = this.#perSlab > MASK_BITS;
    let nrUsed = 0;
    let fullWords = 0;
    let at = headBytes(this.#perSlab);
    for (let slot = 0; slot < this.#perSlab; slot++, at += this.#objectBytes) {
      if (this.#isUsed(slab, slot)) nrUsed++;
      else must(this.#isZero(slab, at, at + this.#objectBytes), "a free object is not empty");
    }
    must(this.#isZero(slab, at, SLAB_BYTES), "the end of a slab is not empty");
    for (let first = 0; small && first < this.#perSlab; first += MASK_BITS) {
      const mask = this.#slab(slab, SlabHead.sizeBytes + first / 8);
      const bits = 2 ** Math.min(MASK_BITS, this.#perSlab - first) - 1;
      must(mask <= bits, "a slab has objects beyond its end");
      if (mask === bits) fullWords += 2 ** (first / MASK_BITS);
    }
    const [mask, counted] = [this.#slab(slab, SlabHead.usedMask), this.#slab(slab, SlabHead.nrUsed)];
    must(small ? mask === fullWords : mask <= 2 ** this.#perSlab - 1, "a slab's mask is wrong");
    must(nrUsed > 0 && counted === (small ? nrUsed : 0), "a slab counts wrong");
    return nrUsed;
  }

  /** Number of objects in use; every other byte of the slabs is zero. */
  #checkSlabs(onList: ReadonlySet<number>): number {
    let nrObjects = 0;
    for (let slab = 0; slab < this.#nrSlabs; slab++) {
      if (this.#free[slab] === 1) continue;
      const nrUsed = this.#checkSlab(slab);
      const isFull = nrUsed === this.#perSlab;
      must(onList.has(slab) !== isFull, "a slab is on the wrong list");
      must(!isFull || this.#isZero(slab, 0, SlabHead.usedMask), "a full slab is linked");
      nrObjects += nrUsed;
    }
    return nrObjects;
  }

  /** Marks the object at `ptr`, which is in use and was not met before. */
  reach(ptr: number): void {
    const offset = ptr - this.arenaPtr;
    const slab = Math.floor(offset / SLAB_BYTES);
    const slot =
      this.#perSlab === 0
        ? (offset % SLAB_BYTES) / SLAB_BYTES
        : ((offset % SLAB_BYTES) - headBytes(this.#perSlab)) / this.#objectBytes;
    const inArena = offset >= 0 && slab < this.#nrSlabs && Number.isInteger(slot) && slot >= 0;
    must(
      inArena && slot < Math.max(1, this.#perSlab) && this.#free[slab] === 0,
      "a link leads out of the pool",
    );
    must(this.#perSlab === 0 || this.#isUsed(slab, slot), "a link leads to a free object");
    const number = slab * Math.max(1, this.#perSlab) + slot;
    must(this.#reached[number] === 0, "two ways lead to one object");
    this.#reached[number] = 1;
  }
}
