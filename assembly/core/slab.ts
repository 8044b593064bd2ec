// slab: equal objects cut from 4 KiB slabs, slabs cut from the arena at the end of memory.
//
//   arena   │ slab 0 │ slab 1 │ slab 2 │ … │ never used ──► arenaEnd
//   slab    │ next prev usedMask · │ object 0 │ object 1 │ … │ rest │          or one object of 4096 bytes, no head
//           │ next prev usedMask nrUsed │ word 0 │ … │ object 0 │ …            more than 32 objects: one bit each in
//                                                                            the words, usedMask says which are full
//
// A pool keeps its slabs with room in a list; a full slab is on none, an empty one goes back to the arena at once.
// So what a pool holds is what its objects need, and `nrSlabs` is an honest count of bytes.
//
// INVARIANTS  S1  A free object is all zero: who frees one has emptied it, who gets one need not clear it.
//             S2  A slab is on its pool's list exactly if some, but not all of its objects are in use.
//             S3  After arenaReserve(n) the next n arenaTake succeed: nothing fails half way through an operation.
// CONTEXT     Slabs are named by number + 1, not by address, so that the arena can move.
// COST        An object: one bit scan and a store, rarely a list operation; of more than 32 in a slab, two bit scans.
import { SLAB_BYTES, SLAB_HEAD_BYTES, SlabHead, SlabPool } from "../abi";
import { ceilDiv } from "../prim/bits";
import { ARENA_CHUNK_WASM_PAGES, WASM_PAGE_BYTES, WASM_PAGES_MAX } from "../prim/config";
import { clearBytes, put } from "../prim/journal";
import { core } from "./region";

function slabAt(number: u32): SlabHead {
  return changetype<SlabHead>(<usize>(core().arenaPtr + number * SLAB_BYTES));
}

function slabNumber(slab: SlabHead): u32 {
  return (<u32>changetype<usize>(slab) - core().arenaPtr) / SLAB_BYTES;
}

/** Objects that one word of a mask tells of. */
const MASK_BITS: u32 = 32;

/** Adds wasm pages to linear memory, at least `least` and rather `wish`. */
function growMemory(least: u32, wish: u32): bool {
  const now = <u32>memory.size();
  if (least > WASM_PAGES_MAX - now) return false;
  const more = min(max(least, wish), WASM_PAGES_MAX - now);
  if (memory.grow(<i32>more) < 0 && (more == least || memory.grow(<i32>least) < 0)) return false;
  core().arenaEnd = <u32>memory.size() * WASM_PAGE_BYTES;
  return true;
}

/** Slabs that can be taken without more memory. */
function arenaReady(): u32 {
  const c = core();
  return c.arenaFreeSlabs + (c.arenaEnd - c.arenaNext) / SLAB_BYTES;
}

/** Makes sure that `nrSlabs` can be taken; false changes nothing. */
export function arenaReserve(nrSlabs: u32): bool {
  const ready = arenaReady();
  if (nrSlabs <= ready) return true;
  // Whole slabs only: 16 of them make a wasm page, and a rest below one slab cannot be at the end.
  return growMemory(ceilDiv(nrSlabs - ready, WASM_PAGE_BYTES / SLAB_BYTES), ARENA_CHUNK_WASM_PAGES);
}

function arenaTake(): SlabHead {
  const c = core();
  if (c.arenaFreeSlab) {
    const slab = slabAt(c.arenaFreeSlab - 1);
    c.arenaFreeSlab = slab.next;
    c.arenaFreeSlabs -= 1;
    slab.next = 0;
    return slab;
  }
  if (DEBUG) assert(c.arenaNext < c.arenaEnd); // S3
  const slab = changetype<SlabHead>(<usize>c.arenaNext);
  c.arenaNext += SLAB_BYTES;
  return slab;
}

function arenaGive(slab: SlabHead): void {
  const c = core();
  slab.prev = 0;
  slab.next = c.arenaFreeSlab;
  c.arenaFreeSlab = slabNumber(slab) + 1;
  c.arenaFreeSlabs += 1;
}

function linkPartial(pool: SlabPool, slab: SlabHead): void {
  const number = slabNumber(slab);
  slab.prev = 0;
  slab.next = pool.partialSlab;
  if (slab.next) slabAt(slab.next - 1).prev = number + 1;
  pool.partialSlab = number + 1;
}

function unlinkPartial(pool: SlabPool, slab: SlabHead): void {
  if (slab.prev) slabAt(slab.prev - 1).next = slab.next;
  else pool.partialSlab = slab.next;
  if (slab.next) slabAt(slab.next - 1).prev = slab.prev;
  slab.next = 0;
  slab.prev = 0;
}

/** A whole slab without a head, all zero, counted as one object of `pool`.  Reserved before (S3). */
export function poolTakeSlab(pool: SlabPool): usize {
  pool.nrSlabs += 1;
  pool.nrObjects += 1;
  return changetype<usize>(arenaTake());
}

/** Takes back a whole slab that its user has emptied (S1). */
export function poolGiveSlab(pool: SlabPool, ptr: usize): void {
  pool.nrSlabs -= 1;
  pool.nrObjects -= 1;
  arenaGive(changetype<SlabHead>(ptr));
}

/** Bytes of a slab before its first object. */
function headBytes(perSlab: u32): u32 {
  return SLAB_HEAD_BYTES + (perSlab <= MASK_BITS ? 0 : ceilDiv(perSlab, MASK_BITS) * 4);
}

export function poolInit(pool: SlabPool, objectBytes: u32): void {
  let perSlab = (SLAB_BYTES - SLAB_HEAD_BYTES) / objectBytes;
  while (headBytes(perSlab) + perSlab * objectBytes > SLAB_BYTES) perSlab--;
  pool.objectBytes = objectBytes;
  pool.perSlab = perSlab;
  pool.headBytes = headBytes(perSlab);
}

/** Slabs that `nrObjects` more objects would take from the arena. */
function slabsFor(pool: SlabPool, nrObjects: u32): u32 {
  const room = pool.nrSlabs * pool.perSlab - pool.nrObjects;
  return nrObjects <= room ? 0 : ceilDiv(nrObjects - room, pool.perSlab);
}

/** Makes sure that `nrObjects` can be got; false changes nothing. */
export function poolReserve(pool: SlabPool, nrObjects: u32): bool {
  return arenaReserve(slabsFor(pool, nrObjects));
}

/** Whether `nrObjects` can be got without more memory. */
export function poolHas(pool: SlabPool, nrObjects: u32): bool {
  return slabsFor(pool, nrObjects) <= arenaReady();
}

function lowBits(bits: u32): u32 {
  return <u32>(((<u64>1) << bits) - 1);
}

/** usedMask of a slab that has no room. */
function fullMask(pool: SlabPool): u32 {
  return lowBits(pool.perSlab <= MASK_BITS ? pool.perSlab : ceilDiv(pool.perSlab, MASK_BITS));
}

/** Marks a free object of a slab that has one; answers its number. */
function markUsed(pool: SlabPool, slab: SlabHead): u32 {
  const bit = ctz(~slab.usedMask);
  if (pool.perSlab <= MASK_BITS) {
    slab.usedMask |= 1 << bit;
    return bit;
  }
  const word = changetype<usize>(slab) + SLAB_HEAD_BYTES + (bit << 2);
  const mask = load<u32>(word);
  const slot = ctz(~mask);
  const now = mask | (1 << slot);
  put<u32>(word, now);
  slab.nrUsed += 1;
  if (now == lowBits(min(MASK_BITS, pool.perSlab - bit * MASK_BITS))) slab.usedMask |= 1 << bit;
  return bit * MASK_BITS + slot;
}

/** Marks an object as free; answers whether the slab is empty now. */
function markFree(pool: SlabPool, slab: SlabHead, slot: u32): bool {
  if (pool.perSlab <= MASK_BITS) {
    if (DEBUG) assert((slab.usedMask & (1 << slot)) != 0);
    slab.usedMask &= ~((<u32>1) << slot);
    return slab.usedMask == 0;
  }
  const word = changetype<usize>(slab) + SLAB_HEAD_BYTES + ((slot / MASK_BITS) << 2);
  const bit = (<u32>1) << (slot % MASK_BITS);
  if (DEBUG) assert((load<u32>(word) & bit) != 0);
  put<u32>(word, load<u32>(word) & ~bit);
  slab.usedMask &= ~((<u32>1) << (slot / MASK_BITS));
  slab.nrUsed -= 1;
  return slab.nrUsed == 0;
}

/** An object, all zero.  Reserved before, so it cannot fail (S3). */
export function poolGet(pool: SlabPool): usize {
  let slab: SlabHead;
  if (pool.partialSlab) {
    slab = slabAt(pool.partialSlab - 1);
  } else {
    slab = arenaTake();
    pool.nrSlabs += 1;
    linkPartial(pool, slab);
  }
  const slot = markUsed(pool, slab);
  pool.nrObjects += 1;
  if (slab.usedMask == fullMask(pool)) unlinkPartial(pool, slab);
  const object = changetype<usize>(slab) + pool.headBytes + slot * pool.objectBytes;
  if (TORTURE) clearBytes(object, pool.objectBytes); // poisoned when it was freed
  return object;
}

/** Takes back an object that its user has emptied (S1). */
export function poolPut(pool: SlabPool, object: usize): void {
  const arenaPtr = core().arenaPtr;
  const slab = slabAt((<u32>object - arenaPtr) / SLAB_BYTES);
  const slot = (<u32>(object - changetype<usize>(slab)) - pool.headBytes) / pool.objectBytes;
  if (slab.usedMask == fullMask(pool)) linkPartial(pool, slab);
  const isEmpty = markFree(pool, slab, slot);
  pool.nrObjects -= 1;
  if (!isEmpty) return;
  unlinkPartial(pool, slab);
  pool.nrSlabs -= 1;
  arenaGive(slab);
}
