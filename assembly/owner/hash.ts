// hash: side records in chunks of 128 pages, found by a hash of the chunk's number, there only while in use.
//
//   pfn ──>>7──► number ──hash──► bucket │ chunk ├──► PcgChunk │ next │ number │ nrUsed │ record 0 … record 127 │
//                                                               │
//                                                               └──► the next chunk of the same bucket
//
// As posted: page_cgroup records (40 bytes on 64 bits, 20 on 32) leave struct page alone and are found by hashing the
// pfn; on 64 bits a chunk is pfn >> 14, on 32 bits kmalloc gives chunks of 128 pages; the lock bit moves into the
// record's flags.  This is the 32-bit form: 128 records of 20 bytes.  Ours: chunks come with their first owner and go
// with their last, where the kernel allocated those of all memory; a bucket for each chunk that memory can have, and
// the hash by golden ratio.  128 records are 2560 bytes: kmalloc would hand out 4096 for them, and so does a slab.
//
// INVARIANTS  K1  nrUsed is the number of records with the used bit; a chunk with none is not there.
//             K2  A chunk is in the bucket of its number, and no number is there twice; the pool counts the chunks.
//             K3  USED is set exactly for a page with an owner; its record then names the page and the owner.
// RACY        The lock bit is never taken: one agent executes operations.
// COST        6 loads per lookup where the bucket has one chunk (base, shift, bucket, number, flags, owner), 2 more for
//             each chunk before it.  32 bytes per page in chunks in use (20 of them records), 4 bytes per 128 pages.
// AFTER       Kamezawa's RFC of September 2008; 2.6.28 took the flat array instead.
import { Design, PCG_CHUNK_BYTES, PcgChunk, SLAB_BYTES } from "../abi";
import { core } from "../core/region";
import { poolGet, poolInit, poolPut, poolReserve } from "../core/slab";
import { clearBytes, put } from "../prim/journal";

const CHUNK_SHIFT: u32 = 7;
const PAGE_MASK: u32 = 127;
const USED: u32 = 1 << 1;

/** 2^32 over the golden ratio: neighbours land far apart. */
const MULTIPLIER: u32 = 0x9e3779b9;

/** Fewest bits of a bucket's number; 0 would want a shift by 32. */
const BITS_MIN: u32 = 4;

/** Bits that give each chunk of so many frames a bucket of its own. */
function bucketBits(nrFrames: u32): u32 {
  let bits = BITS_MIN;
  while ((<u64>1) << (bits + CHUNK_SHIFT) < <u64>nrFrames) bits++;
  return bits;
}

abstract class Bucket {
  /** Address of the bucket that a chunk's number falls into. */
  @inline static ptrFor(number: u32): usize {
    const c = core();
    return <usize>(c.indexPtr + (((number * MULTIPLIER) >> c.hashShift) << 2));
  }
}

function chunkAt(ptr: u32): PcgChunk {
  return changetype<PcgChunk>(<usize>ptr);
}

/** Address of the chunk with this number, 0 = there is none. */
function find(number: u32): u32 {
  let ptr = load<u32>(Bucket.ptrFor(number));
  while (ptr && chunkAt(ptr).number != number) ptr = chunkAt(ptr).next;
  return ptr;
}

function link(ptr: u32): void {
  const bucket = Bucket.ptrFor(chunkAt(ptr).number);
  chunkAt(ptr).next = load<u32>(bucket);
  put<u32>(bucket, ptr);
}

function addChunk(number: u32): u32 {
  const ptr = <u32>poolGet(core().nodePoolAt(0));
  chunkAt(ptr).number = number;
  link(ptr);
  return ptr;
}

function dropChunk(ptr: u32): void {
  let word = Bucket.ptrFor(chunkAt(ptr).number);
  while (load<u32>(word) != ptr) word = <usize>load<u32>(word) + offsetof<PcgChunk>("_next");
  put<u32>(word, chunkAt(ptr).next);
  clearBytes(<usize>ptr, PCG_CHUNK_BYTES);
  poolPut(core().nodePoolAt(0), ptr);
}

/** Takes all chunks of the first `nrBuckets` out, moved up by `delta`: a list of them. */
function takeAll(nrBuckets: u32, delta: u32): u32 {
  let list: u32 = 0;
  let bucket = <usize>core().indexPtr;
  for (let i: u32 = 0; i < nrBuckets; i++, bucket += 4) {
    let ptr = load<u32>(bucket);
    put<u32>(bucket, 0);
    while (ptr) {
      const chunk = chunkAt(ptr + delta);
      const next = chunk.next;
      chunk.next = list;
      list = ptr + delta;
      ptr = next;
    }
  }
  return list;
}

/** Whether the chunk's records say what its count and its number do. */
function isSound(chunk: PcgChunk): bool {
  let used: u32 = 0;
  for (let i: u32 = 0; i <= PAGE_MASK; i++) {
    const record = chunk.recordsAt(i);
    if (!(record.flags & USED)) continue;
    if (record.memcgId == 0 || record.page != (chunk.number << CHUNK_SHIFT) + i + 1) return false; // K3
    used++;
  }
  return used != 0 && used == chunk.nrUsed; // K1
}

export abstract class HashLookup {
  static readonly DESIGN: u32 = Design.HASH;
  static readonly NEEDS_RECORDS: bool = false;
  static readonly COUNTS: bool = false;
  static readonly CHUNKS: bool = false;
  static readonly OVERLAYS: bool = false;
  static readonly LOCK_FREE_READS: bool = false;
  static readonly SEQUENCED: bool = false;
  static readonly RETIRES: bool = false;
  static readonly RETIRED_AT: u32 = 0;
  static readonly LOCKLESS: bool = false;
  static readonly MARKS: u32 = 0;

  @inline static sizeBytes(nrFrames: u32): u64 {
    return (<u64>4) << bucketBits(nrFrames);
  }

  static init(): void {
    const c = core();
    c.hashShift = <u16>(32 - bucketBits(c.nrFrames));
    poolInit(c.nodePoolAt(0), PCG_CHUNK_BYTES);
  }

  @inline static base(): usize {
    return 0;
  }

  @inline static ownerFrom(base: usize, pfn: u32): u32 {
    const number = pfn >> CHUNK_SHIFT;
    let ptr = load<u32>(Bucket.ptrFor(number));
    while (ptr && chunkAt(ptr).number != number) ptr = chunkAt(ptr).next;
    if (!ptr) return 0;
    const record = chunkAt(ptr).recordsAt(pfn & PAGE_MASK);
    return record.flags & USED ? record.memcgId : 0;
  }

  @inline static ownerOf(pfn: u32): u32 {
    return HashLookup.ownerFrom(HashLookup.base(), pfn);
  }

  static prepare(pfn: u32, nrPages: u32): bool {
    const last = (pfn + nrPages - 1) >> CHUNK_SHIFT;
    let missing: u32 = 0;
    for (let number = pfn >> CHUNK_SHIFT; number <= last; number++) if (!find(number)) missing++;
    return poolReserve(core().nodePoolAt(0), missing);
  }

  static setOwners(pfn: u32, nrPages: u32, memcgId: u32): void {
    const end = pfn + nrPages;
    while (pfn < end) {
      const number = pfn >> CHUNK_SHIFT;
      const found = find(number);
      const chunk = chunkAt(found ? found : addChunk(number));
      const runEnd = min(end, (pfn | PAGE_MASK) + 1);
      for (; pfn < runEnd; pfn++) {
        const record = chunk.recordsAt(pfn & PAGE_MASK);
        if (!(record.flags & USED)) chunk.nrUsed += 1; // K1
        record.page = pfn + 1;
        record.memcgId = memcgId;
        record.flags |= USED; // K3: last, as the kernel publishes it
      }
    }
  }

  static clearOwners(pfn: u32, nrPages: u32): void {
    const end = pfn + nrPages;
    while (pfn < end) {
      const ptr = find(pfn >> CHUNK_SHIFT);
      const chunk = chunkAt(ptr);
      const first = pfn;
      const runEnd = min(end, (pfn | PAGE_MASK) + 1);
      for (; pfn < runEnd; pfn++) chunk.recordsAt(pfn & PAGE_MASK).flags &= ~USED;
      chunk.nrUsed -= runEnd - first;
      if (!chunk.nrUsed) dropChunk(ptr); // K1
    }
  }

  static usedBytes(): u32 {
    const c = core();
    return c.indexBytes + c.nodePoolAt(0).nrSlabs * SLAB_BYTES;
  }

  /** More frames may mean more buckets: then every chunk goes into another one. */
  static relocate(delta: u32): void {
    const c = core();
    const newShift = 32 - bucketBits(c.nrFrames);
    if (delta == 0 && newShift == c.hashShift) return;
    let list = takeAll((<u32>1) << (32 - c.hashShift), delta);
    c.hashShift = <u16>newShift;
    while (list) {
      const next = chunkAt(list).next;
      link(list);
      list = next;
    }
  }

  /** 1 = a chunk whose records or count are wrong (K1, K3), 2 = one out of place, twice or lost (K2). */
  static check(): u32 {
    const c = core();
    let chunks: u32 = 0;
    for (let at: u32 = 0; at < c.indexBytes; at += 4) {
      const bucket = <usize>(c.indexPtr + at);
      for (let ptr = load<u32>(bucket); ptr; ptr = chunkAt(ptr).next) {
        if (ptr < c.arenaPtr || ptr >= c.arenaNext) return 2;
        const number = chunkAt(ptr).number;
        if (Bucket.ptrFor(number) != bucket || find(number) != ptr) return 2;
        if (!isSound(chunkAt(ptr))) return 1;
        if (++chunks > c.nodePoolAt(0).nrObjects) return 2;
      }
    }
    return chunks == c.nodePoolAt(0).nrObjects ? 0 : 2;
  }
}
