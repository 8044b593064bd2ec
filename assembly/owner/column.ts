// column: one u16 owner id per page, in one flat array of their own.
//
//   pfn ──×2──► │ u16 │ u16 │ u16 │ …        32 owners in a cache line
//
// INVARIANTS  O1  A word is 0 exactly for a page without an owner.
// ORDERING    setOwners stores one u16 per page: whoever reads beside it sees the old owner or the new one.
// COST        2 loads per lookup (region base, owner).  2 bytes per page; a scan reads nothing but owners, a charge
//             touches a line besides the frame's.
// AFTER       swap_cgroup of Linux: ids instead of pointers, a column instead of a record.
import { Design } from "../abi";
import { core } from "../core/region";

export abstract class ColumnLookup {
  static readonly DESIGN: u32 = Design.COLUMN;
  static readonly OVERLAYS: bool = false;

  @inline static sizeBytes(nrFrames: u32): u64 {
    return (<u64>nrFrames) << 1;
  }

  static init(): void {}

  @inline static ownerOf(pfn: u32): u32 {
    return load<u16>(<usize>(core().indexPtr + (pfn << 1)));
  }

  @inline static prepare(pfn: u32, nrPages: u32): bool {
    return true;
  }

  static setOwners(pfn: u32, nrPages: u32, memcgId: u32): void {
    let word = <usize>(core().indexPtr + (pfn << 1));
    for (let i: u32 = 0; i < nrPages; i++, word += 2) store<u16>(word, <u16>memcgId);
  }

  static clearOwners(pfn: u32, nrPages: u32): void {
    ColumnLookup.setOwners(pfn, nrPages, 0);
  }

  static usedBytes(): u32 {
    return core().indexBytes;
  }

  static relocate(delta: u32): void {}

  static check(): u32 {
    return 0;
  }
}
