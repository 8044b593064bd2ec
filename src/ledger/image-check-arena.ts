/**
 * image-check-arena: slabs and radix tree of a restored image, every link followed once.
 *
 * Each slab of the arena is free or belongs to the pool of tree nodes; each object in use is one node of the tree,
 * reached exactly once; whatever is not in use is all zero, as the pool promises to its next user.
 */
import { Core as CoreRecord, RadixNode, SLAB_BYTES, SlabHead, SlabPool } from "../abi.js";
import type { Core } from "../core/core.js";
import { SnapshotError } from "./snapshot-error.js";

const SHIFT = 6;
const SLOTS = 64;
/** 64^5 pfns: more than 4 GiB of page frames can have. */
const HEIGHT_MAX = 5;
const OBJECTS_MAX = 32;
const OWNER_MAX = 0xffff;

function must(holds: boolean, detail: string): asserts holds {
  if (!holds) throw new SnapshotError("inconsistent", detail);
}

/** Throws SnapshotError with the reason `inconsistent`. */
export function checkArena(core: Core): void {
  new ArenaCheck(core).run();
}

class ArenaCheck {
  readonly #core: Core;
  readonly #words: Uint32Array;
  readonly #arenaPtr: number;
  readonly #nrSlabs: number;
  readonly #objectBytes: number;
  readonly #perSlab: number;
  /** 1 for each slab on the free list. */
  readonly #free: Uint8Array;
  /** Bits of the objects that the tree has led to so far, per slab. */
  readonly #reached: Uint32Array;

  constructor(core: Core) {
    this.#core = core;
    this.#words = core.u32;
    this.#arenaPtr = core.coreWord(CoreRecord.arenaPtr);
    this.#nrSlabs = (core.coreWord(CoreRecord.arenaNext) - this.#arenaPtr) / SLAB_BYTES;
    this.#objectBytes = this.#pool(SlabPool.objectBytes);
    this.#perSlab = this.#pool(SlabPool.perSlab);
    this.#free = new Uint8Array(this.#nrSlabs);
    this.#reached = new Uint32Array(this.#nrSlabs);
  }

  run(): void {
    const fits = Math.min(OBJECTS_MAX, Math.floor((SLAB_BYTES - SlabHead.sizeBytes) / RadixNode.sizeBytes));
    must(
      this.#objectBytes === RadixNode.sizeBytes && this.#perSlab === fits,
      "the pool has impossible sizes",
    );
    this.#walkFree();
    const onList = this.#walkPartial();
    const nrObjects = this.#checkSlabs(onList);
    must(nrObjects === this.#pool(SlabPool.nrObjects), "the pool's number of objects is wrong");
    must(this.#walkTree() === nrObjects, "objects of the pool are in no tree");
  }

  #pool(offset: number): number {
    return this.#core.coreWord(CoreRecord.nodePool + offset);
  }

  #slab(slab: number, offset: number): number {
    return this.#words[(this.#arenaPtr + slab * SLAB_BYTES + offset) >>> 2]!;
  }

  #isZero(slab: number, from: number, to: number): boolean {
    const at = this.#arenaPtr + slab * SLAB_BYTES;
    for (let i = (at + from) >>> 2; i < (at + to) >>> 2; i++) if (this.#words[i] !== 0) return false;
    return true;
  }

  #walkFree(): void {
    let count = 0;
    for (let link = this.#core.coreWord(CoreRecord.arenaFreeSlab); link !== 0; count++) {
      const slab = link - 1;
      must(slab < this.#nrSlabs && this.#free[slab] === 0, "the list of free slabs leads astray");
      this.#free[slab] = 1;
      must(this.#isZero(slab, 4, SLAB_BYTES), "a free slab is not empty");
      link = this.#slab(slab, SlabHead.next);
    }
    must(count === this.#core.coreWord(CoreRecord.arenaFreeSlabs), "the number of free slabs is wrong");
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

  /** Number of nodes in the tree. */
  #walkTree(): number {
    const height = this.#core.coreWord(CoreRecord.radixHeight);
    const root = this.#core.coreWord(CoreRecord.radixRoot);
    must(height <= HEIGHT_MAX, "the tree is too tall");
    if (height > 0) return this.#walkNode(root, height - 1, 0);
    must(root <= OWNER_MAX, "the tree has an impossible owner");
    return 0;
  }

  #walkNode(ptr: number, level: number, firstPfn: number): number {
    this.#reach(ptr);
    const slotPages = 2 ** (SHIFT * level);
    let nodes = 1;
    let used = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      const entry = this.#words[(ptr + RadixNode.slots + slot * 4) >>> 2]!;
      if (entry === 0) continue;
      used++;
      const pfn = firstPfn + slot * slotPages;
      must(pfn < this.#core.nrFrames, "the tree reaches beyond the last frame");
      if (level > 0) nodes += this.#walkNode(entry, level - 1, pfn);
      else must(entry <= OWNER_MAX, "the tree has an impossible owner");
    }
    must(used > 0 && used === this.#words[(ptr + RadixNode.count) >>> 2], "a node counts wrong");
    return nodes;
  }

  /** Marks the object at `ptr`, which is in use and was not met before. */
  #reach(ptr: number): void {
    const offset = ptr - this.#arenaPtr;
    const slab = Math.floor(offset / SLAB_BYTES);
    const slot = ((offset % SLAB_BYTES) - SlabHead.sizeBytes) / this.#objectBytes;
    const inArena = offset >= 0 && slab < this.#nrSlabs && Number.isInteger(slot) && slot >= 0;
    must(inArena && slot < this.#perSlab && this.#free[slab] === 0, "a node lies outside the pool");
    const bit = 1 << slot;
    must((this.#slab(slab, SlabHead.usedMask) & bit) !== 0, "a node is free");
    must((this.#reached[slab]! & bit) === 0, "two ways lead to one node");
    this.#reached[slab] = this.#reached[slab]! | bit;
  }
}
