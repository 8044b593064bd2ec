/**
 * image-check-arena: slabs of a restored image, every link followed once.
 *
 * Each slab of the arena is free or belongs to the design's pool; each object in use is reached exactly once, by a
 * walk that knows the design; whatever is not in use is all zero, as the pool promises to its next user.
 */
import { Core as CoreRecord, SLAB_BYTES, SlabHead, SlabPool } from "../abi.js";
import type { Core } from "../core/core.js";
import { SnapshotError } from "./snapshot-error.js";

const OBJECTS_MAX = 32;

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
  /** Bits of the objects that the walk has led to so far, per slab. */
  readonly #reached: Uint32Array;

  constructor(core: Core) {
    this.core = core;
    this.#words = core.u32;
    this.arenaPtr = core.coreWord(CoreRecord.arenaPtr);
    this.#nrSlabs = (core.coreWord(CoreRecord.arenaNext) - this.arenaPtr) / SLAB_BYTES;
    this.#objectBytes = this.#pool(SlabPool.objectBytes);
    this.#perSlab = this.#pool(SlabPool.perSlab);
    this.#free = new Uint8Array(this.#nrSlabs);
    this.#reached = new Uint32Array(this.#nrSlabs);
  }

  /**
   * Throws SnapshotError with the reason `inconsistent`.  `objectBytes`: the design's, 0 if it takes whole slabs;
   * `walk` calls reach() for each object and answers how many there are.
   */
  run(objectBytes: number, walk: (arena: ArenaCheck) => number): void {
    const room = SLAB_BYTES - SlabHead.sizeBytes;
    const fits = objectBytes === 0 ? 0 : Math.min(OBJECTS_MAX, Math.floor(room / objectBytes));
    must(this.#objectBytes === objectBytes && this.#perSlab === fits, "the pool has impossible sizes");
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

  /** Number of objects in use; every other byte of the slabs is zero. */
  #checkSlabs(onList: ReadonlySet<number>): number {
    const full = 2 ** this.#perSlab - 1;
    let nrObjects = 0;
    for (let slab = 0; slab < this.#nrSlabs; slab++) {
      if (this.#free[slab] === 1) continue;
      const mask = this.#slab(slab, SlabHead.usedMask);
      must(mask !== 0 && mask <= full && onList.has(slab) === (mask !== full), "a slab is on the wrong list");
      must(mask !== full || this.#isZero(slab, 0, SlabHead.usedMask), "a full slab is linked");
      let at = SlabHead.sizeBytes;
      must(this.#isZero(slab, SlabHead.usedMask + 4, at), "the head of a slab is not clean");
      for (let slot = 0; slot < this.#perSlab; slot++, at += this.#objectBytes) {
        if (((mask >>> slot) & 1) === 1) nrObjects++;
        else must(this.#isZero(slab, at, at + this.#objectBytes), "a free object is not empty");
      }
      must(this.#isZero(slab, at, SLAB_BYTES), "the end of a slab is not empty");
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
        : ((offset % SLAB_BYTES) - SlabHead.sizeBytes) / this.#objectBytes;
    const inArena = offset >= 0 && slab < this.#nrSlabs && Number.isInteger(slot) && slot >= 0;
    must(
      inArena && slot < Math.max(1, this.#perSlab) && this.#free[slab] === 0,
      "a link leads out of the pool",
    );
    const bit = 1 << slot;
    const used = this.#perSlab === 0 ? 1 : this.#slab(slab, SlabHead.usedMask);
    must((used & bit) !== 0, "a link leads to a free object");
    must((this.#reached[slab]! & bit) === 0, "two ways lead to one object");
    this.#reached[slab] = this.#reached[slab]! | bit;
  }
}
