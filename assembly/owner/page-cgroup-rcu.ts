// page-cgroup-rcu: each page points to a page_cgroup record of its own while it has an owner; readers take no lock.
//
//   pfn ──×4──► pointer ──► PcgRecord   │ flags │ memcgId │ next │ lru next │ page │ lru prev │      24 bytes
//                                          │
//                                          └ CACHE ACTIVE FILE UNEVICTABLE │ OBSOLETE: one way, set once
//
//   uncharge:  OBSOLETE, pointer to 0 ──► list of this agent ──16 of them──► retired ──grace period──► the pool
//              (the counter falls at once)    obsoleteFirst, nrObsolete
//
// The patches of 2008 turn the word with a lock bit in struct page into a pointer that is published and followed.  A
// lookup is valid exactly if the pointer is not null and the record not OBSOLETE.  Patches 1 to 4 and 6 stand here in
// the form for one agent: flags as bits that each change by one operation, batches of 16, freeing by a grace period,
// the pointer without a lock; and what patch 6 asks for, no page uncharged while a cache holds it, is the rule of every
// strict uncharge here (BUSY).  A charge was for one page in 2008, so a folio has a record per page.  The original
// allocates a work object to free a batch with and leaves the batch lying when it gets none; here the records
// themselves are the list, and nothing is allocated to free.
//
// INVARIANTS  V1  A page with an owner has a pointer to a record that names it and its owner and is not OBSOLETE; any
//                 other page has null.
//             V2  A record gets a pointer once and loses it once; OBSOLETE is never cleared, CACHE, FILE and ACTIVE are
//                 set before the pointer and stay.
//             V3  The list of records out of use is shorter than PCG_BATCH between operations, all of it OBSOLETE.
//             V4  The pool holds exactly the records with a pointer, those on that list, and those retired.
// ORDERING    Letters as in grace-period.  Vr reader: pointer, then flags and memcgId by plain loads, which the atomic one
//             of the pointer orders behind Vw1.  Of the two either may be the older: of what is set later only OBSOLETE
//             matters, and an uncharge is not over while its pointer can be read.  Batches read the pointer plainly too
//             while nobody has the lock (core/sequence).
//             Vw1  flags, page and memcgId are complete before the pointer is stored: who follows it (Vr) finds all.
//             Vw2  OBSOLETE is set before the pointer goes, so who still finds the pointer (Vr) need not wait for it to
//                  go; by test-and-set, so of two agents that uncharge a page one alone detaches, queues and subtracts.
//             Vw3  The pointer is null before the record is retired (Qw1): who got it earlier (Vr) is waited for.
//             A moved charge is one store of memcgId: a reader has the old owner or the new one.
// RACY        A record out of use still names its container, whose id may be given to another: only the OBSOLETE test
//             says that the name is void.  The kernel pins the container until the drain; with readers on other agents
//             an id has to outlast a grace period as well.
// CONTEXT     setOwners follows a prepare of its range.  `pfn` is a folio's head.
// COST        4 loads per lookup (base, pointer, flags, owner), the last two in one line.  4 bytes per page, 24 per page
//             with an owner (169 to a slab), and fewer than PCG_BATCH records that lie until the batch is full.
// AFTER       Kamezawa, "lockless page_cgroup v1", 20 August 2008.  2.6.28 took the flat array with a lock bit instead.
import {
  Design,
  PageFrame,
  PageType,
  PCG_BATCH,
  PCG_RECORD_BYTES,
  PcgFlag,
  PcgRecord,
  SLAB_BYTES,
} from "../abi";
import { linger, lingerLong } from "../core/agent";
import { frameType, isCacheType } from "../core/frame";
import { gracePeriodInit, offsetOf, quiescent, retire, retiredFault } from "../core/grace-period";
import { core, frameAt } from "../core/region";
import { poolGet, poolInit, poolReserve } from "../core/slab";
import { LOOKUP_CHUNK } from "../prim/config";
import { note } from "../prim/journal";
import { Mutation, POISON } from "../prim/torture";

function pointerPtr(pfn: u32): usize {
  return <usize>(core().indexPtr + (pfn << 2));
}

/** The word that readers follow: atomic once memory is shared. */
function pointerAt(ptr: usize): u32 {
  return SHARED ? atomic.load<u32>(ptr) : load<u32>(ptr);
}

function pointerOf(pfn: u32): u32 {
  return pointerAt(pointerPtr(pfn));
}

function setPointer(pfn: u32, ptr: u32): void {
  const word = pointerPtr(pfn);
  if (SHARED) {
    note<u32>(word);
    atomic.store<u32>(word, ptr);
  } else {
    store<u32>(word, ptr);
  }
}

function recordAt(ptr: u32): PcgRecord {
  return changetype<PcgRecord>(<usize>ptr);
}

function listed(off: u32): PcgRecord {
  return changetype<PcgRecord>(<usize>(core().arenaPtr + off));
}

/** Flags of a new charge, as the kernel set them: by what the folio is. */
function flagsFor(head: PageFrame): u32 {
  const type = frameType(head);
  if (!isCacheType(type)) return PcgFlag.ACTIVE;
  return type == PageType.FILE ? PcgFlag.CACHE | PcgFlag.FILE : PcgFlag.CACHE | PcgFlag.ACTIVE;
}

/** Sets a flag; answers whether it was set before.  One operation, indivisible once memory is shared. */
function testAndSet(record: PcgRecord, flag: u32): bool {
  const word = changetype<usize>(record) + offsetof<PcgRecord>("_flags");
  if (SHARED) {
    note<u32>(word);
    return (atomic.or<u32>(word, flag) & flag) != 0;
  }
  const before = load<u32>(word);
  store<u32>(word, before | flag);
  return (before & flag) != 0;
}

/** Hands the whole list of records out of use to the grace period. */
function drain(): void {
  const c = core();
  let off = c.obsoleteFirst;
  c.obsoleteFirst = 0;
  c.nrObsolete = 0;
  while (off) {
    const record = listed(off);
    off = record.next;
    retire(changetype<usize>(record));
  }
}

/** Takes the record of a page out of use. */
function drop(pfn: u32): void {
  const c = core();
  const record = recordAt(pointerOf(pfn));
  if (testAndSet(record, PcgFlag.OBSOLETE)) return; // Vw2: another agent's
  setPointer(pfn, 0); // Vw3
  record.next = c.obsoleteFirst;
  c.obsoleteFirst = offsetOf(changetype<usize>(record));
  c.nrObsolete += 1;
  if (c.nrObsolete >= PCG_BATCH) drain();
}

export abstract class PageCgroupRcuLookup {
  static readonly DESIGN: u32 = Design.PAGE_CGROUP_RCU;
  static readonly OVERLAYS: bool = false;
  static readonly LOCK_FREE_READS: bool = true;
  static readonly SEQUENCED: bool = SHARED != 0;
  static readonly RETIRES: bool = true;
  static readonly RETIRED_AT: u32 = 0;
  static readonly LOCKLESS: bool = false;
  static readonly MARKS: u32 = 0;
  static readonly NEEDS_RECORDS: bool = true;
  static readonly COUNTS: bool = false;
  static readonly CHUNKS: bool = true;

  @inline static sizeBytes(nrFrames: u32): u64 {
    return <u64>nrFrames * 4;
  }

  static init(): void {
    poolInit(core().nodePoolAt(0), PCG_RECORD_BYTES);
    gracePeriodInit();
  }

  @inline static base(): usize {
    return <usize>core().indexPtr;
  }

  /** The owner that a record names, 0 if it is out of use or null. */
  @inline private static validOwner(ptr: u32): u32 {
    // Plain loads (Vr), of 32 bits each: a wider one may be torn.
    const flags = load<u32>(<usize>ptr, offsetof<PcgRecord>("_flags"));
    const memcgId = load<u32>(<usize>ptr, offsetof<PcgRecord>("_memcgId"));
    return select<u32>(0, memcgId, flags & PcgFlag.OBSOLETE);
  }

  /** `isPlain`: the sequence will tell whether it holds. */
  @inline private static pointerOf(base: usize, pfn: u32, isPlain: bool): u32 {
    const ptr = base + (pfn << 2);
    return isPlain ? load<u32>(ptr) : pointerAt(ptr);
  }

  @inline static ownerFrom(base: usize, pfn: u32): u32 {
    const ptr = PageCgroupRcuLookup.pointerOf(base, pfn, false);
    if (TORTURE) linger();
    return PageCgroupRcuLookup.validOwner(ptr);
  }

  @inline static ownerOf(pfn: u32): u32 {
    return PageCgroupRcuLookup.ownerFrom(PageCgroupRcuLookup.base(), pfn);
  }

  /** In two rounds, so that eight records are fetched at once; null leads to address 0, where all is zero. */
  @inline private static eightOwners(base: usize, pfns: usize, out: usize, isPlain: bool): void {
    const ptr0 = PageCgroupRcuLookup.pointerOf(base, load<u32>(pfns, 0), isPlain);
    const ptr1 = PageCgroupRcuLookup.pointerOf(base, load<u32>(pfns, 4), isPlain);
    const ptr2 = PageCgroupRcuLookup.pointerOf(base, load<u32>(pfns, 8), isPlain);
    const ptr3 = PageCgroupRcuLookup.pointerOf(base, load<u32>(pfns, 12), isPlain);
    const ptr4 = PageCgroupRcuLookup.pointerOf(base, load<u32>(pfns, 16), isPlain);
    const ptr5 = PageCgroupRcuLookup.pointerOf(base, load<u32>(pfns, 20), isPlain);
    const ptr6 = PageCgroupRcuLookup.pointerOf(base, load<u32>(pfns, 24), isPlain);
    const ptr7 = PageCgroupRcuLookup.pointerOf(base, load<u32>(pfns, 28), isPlain);
    if (TORTURE) linger();
    store<u16>(out, <u16>PageCgroupRcuLookup.validOwner(ptr0), 0);
    store<u16>(out, <u16>PageCgroupRcuLookup.validOwner(ptr1), 2);
    store<u16>(out, <u16>PageCgroupRcuLookup.validOwner(ptr2), 4);
    store<u16>(out, <u16>PageCgroupRcuLookup.validOwner(ptr3), 6);
    store<u16>(out, <u16>PageCgroupRcuLookup.validOwner(ptr4), 8);
    store<u16>(out, <u16>PageCgroupRcuLookup.validOwner(ptr5), 10);
    store<u16>(out, <u16>PageCgroupRcuLookup.validOwner(ptr6), 12);
    store<u16>(out, <u16>PageCgroupRcuLookup.validOwner(ptr7), 14);
  }

  /** Patch 5 asks for prefetch, which wasm has not: eight at a time instead. */
  @inline private static readChunk(base: usize, pfns: usize, out: usize, isPlain: bool): void {
    const end = out + LOOKUP_CHUNK * 2;
    for (; out < end; out += 16, pfns += 32) PageCgroupRcuLookup.eightOwners(base, pfns, out, isPlain);
  }

  @inline static ownersOfChunk(base: usize, pfns: usize, out: usize): void {
    PageCgroupRcuLookup.readChunk(base, pfns, out, false);
  }

  @inline static plainOwnersOfChunk(base: usize, pfns: usize, out: usize): void {
    PageCgroupRcuLookup.readChunk(base, pfns, out, true);
  }

  /** A record for each page, those that have one too: clearOwners may take it, and it is not to be had again at once. */
  static prepare(pfn: u32, nrPages: u32): bool {
    const pool = core().nodePoolAt(0);
    if (poolReserve(pool, nrPages)) return true;
    // Memory is full: a batch that is not full yet, or what waits, may be what is missing.  No operation holds an
    // address of the index here.
    drain();
    quiescent();
    return poolReserve(pool, nrPages);
  }

  static setOwners(pfn: u32, nrPages: u32, memcgId: u32): void {
    const pool = core().nodePoolAt(0);
    const flags = flagsFor(frameAt(pfn));
    for (let p = pfn; p < pfn + nrPages; p++) {
      const ptr = pointerOf(p);
      if (ptr) {
        recordAt(ptr).memcgId = memcgId;
        continue;
      }
      const record = changetype<PcgRecord>(poolGet(pool));
      if (MUTATE == Mutation.POINTER_EARLY) {
        record.memcgId = <u32>POISON; // as memory that nobody has cleared
        setPointer(p, <u32>changetype<usize>(record));
        lingerLong();
      }
      record.flags = flags;
      record.page = p + 1;
      record.memcgId = memcgId;
      setPointer(p, <u32>changetype<usize>(record)); // Vw1
    }
  }

  static clearOwners(pfn: u32, nrPages: u32): void {
    for (let p = pfn; p < pfn + nrPages; p++) drop(p);
  }

  static usedBytes(): u32 {
    const c = core();
    return c.indexBytes + c.nodePoolAt(0).nrSlabs * SLAB_BYTES;
  }

  static relocate(delta: u32): void {
    if (delta == 0) return;
    const c = core();
    for (let pfn: u32 = 0; pfn < c.nrFrames; pfn++) {
      const ptr = pointerOf(pfn);
      if (ptr) setPointer(pfn, ptr + delta);
    }
  }

  /** 1 = a record that is not its page's (V1), 2 = the list of records out of use (V3), 3 = records lost (V4), 4 = the retired (Q1, Q2). */
  static check(): u32 {
    const c = core();
    if (retiredFault()) return 4;
    let records: u32 = 0;
    for (let pfn: u32 = 0; pfn < c.nrFrames; pfn++) {
      const ptr = pointerOf(pfn);
      if (!ptr) continue;
      const record = recordAt(ptr);
      if (record.flags & PcgFlag.OBSOLETE || record.page != pfn + 1 || !record.memcgId) return 1;
      records++;
    }
    let obsolete: u32 = 0;
    for (let off = c.obsoleteFirst; off; off = listed(off).next) {
      if (!(listed(off).flags & PcgFlag.OBSOLETE) || ++obsolete >= PCG_BATCH) return 2;
    }
    if (obsolete != c.nrObsolete) return 2;
    return records + obsolete + c.nrRetired == c.nodePoolAt(0).nrObjects ? 0 : 3;
  }
}
