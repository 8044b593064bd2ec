// column: one u16 owner id per page, in one flat array of their own.
//
//   pfn ──×2──► │ u16 │ u16 │ u16 │ …        32 owners in a cache line
//
// INVARIANTS  O1  A word is 0 exactly for a page without an owner.
// ORDERING    setOwners stores one u16 per page: whoever reads beside it sees the old owner or the new one.
// COST        2 loads per lookup (region base, owner).  2 bytes per page; a scan reads nothing but owners, a charge
//             touches a line besides the frame's.  A page charged or uncharged without the lock: one read-modify-write.
// AFTER       swap_cgroup of Linux: ids instead of pointers, a column instead of a record.
import { Design } from "../abi";
import { thisAgent } from "../core/agent";
import { Lockless } from "../core/lockless";
import { PageStock } from "../core/page-stock";
import { Counters, core } from "../core/region";
import { put } from "../prim/journal";

function countPage(counts: usize, memcgId: u32): void {
  const at = counts + (memcgId << 2);
  store<u32>(at, load<u32>(at) + 1);
}

export abstract class ColumnLookup {
  static readonly DESIGN: u32 = Design.COLUMN;
  static readonly NEEDS_RECORDS: bool = false;
  static readonly COUNTS: bool = true;
  static readonly CHUNKS: bool = false;
  static readonly OVERLAYS: bool = false;
  static readonly LOCK_FREE_READS: bool = true;
  static readonly SEQUENCED: bool = false;
  static readonly RETIRES: bool = false;
  static readonly RETIRED_AT: u32 = 0;
  static readonly LOCKLESS: bool = SHARED != 0;
  static readonly MARKS: u32 = 0;

  @inline static sizeBytes(nrFrames: u32): u64 {
    return (<u64>nrFrames) << 1;
  }

  static init(): void {}

  @inline static base(): usize {
    return <usize>core().indexPtr;
  }

  @inline static ownerFrom(base: usize, pfn: u32): u32 {
    return load<u16>(base + (pfn << 1));
  }

  @inline static ownerOf(pfn: u32): u32 {
    return ColumnLookup.ownerFrom(ColumnLookup.base(), pfn);
  }

  @inline static prepare(pfn: u32, nrPages: u32): bool {
    return true;
  }

  static setOwners(pfn: u32, nrPages: u32, memcgId: u32): void {
    let word = <usize>(core().indexPtr + (pfn << 1));
    for (let i: u32 = 0; i < nrPages; i++, word += 2) put<u16>(word, <u16>memcgId);
  }

  static clearOwners(pfn: u32, nrPages: u32): void {
    ColumnLookup.setOwners(pfn, nrPages, 0);
  }

  /** One read-modify-write, and the agent's counts: neither call nor loop from the one to the other. */
  static chargeLockless(pfn: u32, id: u32): Lockless {
    const counter = Counters.at(thisAgent(), id);
    if (!counter.pageStock) return Lockless.STOCK;
    const word = <usize>(core().indexPtr + (pfn << 1));
    if (atomic.cmpxchg<u16>(word, 0, <u16>id)) return Lockless.LOCKED;
    PageStock.move(counter, 1);
    return Lockless.DONE;
  }

  static unchargeLockless(pfn: u32): Lockless {
    const word = <usize>(core().indexPtr + (pfn << 1));
    const id = atomic.load<u16>(word);
    if (!id) return Lockless.LOCKED;
    const counter = Counters.at(thisAgent(), id);
    if (counter.pageStock >= counter.capacity) return Lockless.STOCK;
    if (atomic.cmpxchg<u16>(word, id, 0) != id) return Lockless.AGAIN;
    PageStock.move(counter, -1);
    return Lockless.DONE;
  }

  static usedBytes(): u32 {
    return core().indexBytes;
  }

  static relocate(delta: u32): void {}

  static countOwners(counts: usize): void {
    let word = <usize>core().indexPtr;
    const nrFrames = core().nrFrames;
    const end = word + ((nrFrames & ~3) << 1);
    for (; word < end; word += 8) {
      const owners = load<u64>(word);
      countPage(counts, <u32>owners & 0xffff);
      countPage(counts, <u32>owners >> 16);
      countPage(counts, <u32>(owners >> 32) & 0xffff);
      countPage(counts, <u32>(owners >> 48));
    }
    for (let i: u32 = 0; i < (nrFrames & 3); i++, word += 2) countPage(counts, load<u16>(word));
  }

  static check(): u32 {
    return 0;
  }
}
