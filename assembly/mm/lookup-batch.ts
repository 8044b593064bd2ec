// lookup-batch: owners of many pages in one call.
//
//   pfns  │ 128 × u32 │ 128 × u32 │ … │ rest │       one comparison tells whether 128 lie below nrFrames;
//   out   │ 128 × u16 │ 128 × u16 │ … │ rest │       then eight at a time, without a question each
//
// Batches read and write the op buffer and the transfer buffer only, so that a wrong pointer cannot reach the ledger.
//
// COST        Per page the design's own loads and a store; the base of its index is loaded once.  A design that waits
//             for memory level by level (radix) or may have to look twice (palette) brings its own way.
import { Err } from "../abi";
import { core, frameAt, inBuffers } from "../core/region";
import { LOOKUP_CHUNK } from "../prim/config";

/** Whether LOOKUP_CHUNK pfns are all below `nrFrames`. */
function allBelow(pfns: usize, nrFrames: u32): bool {
  let most0 = v128.load(pfns);
  let most1 = v128.load(pfns, 16);
  for (let at: usize = 32; at < LOOKUP_CHUNK * 4; at += 32) {
    most0 = i32x4.max_u(most0, v128.load(pfns + at));
    most1 = i32x4.max_u(most1, v128.load(pfns + at, 16));
  }
  return v128.all_true<i32>(i32x4.lt_u(i32x4.max_u(most0, most1), v128.splat<u32>(nrFrames)));
}

/** Owners of LOOKUP_CHUNK pages, all of them below nrFrames. */
function chunkOwners(base: usize, pfns: usize, out: usize): void {
  if (OwnerLookup.CHUNKS) {
    OwnerLookup.ownersOfChunk(base, pfns, out);
    return;
  }
  const end = out + LOOKUP_CHUNK * 2;
  for (; out < end; out += 16, pfns += 32) {
    store<u16>(out, <u16>OwnerLookup.ownerFrom(base, load<u32>(pfns, 0)), 0);
    store<u16>(out, <u16>OwnerLookup.ownerFrom(base, load<u32>(pfns, 4)), 2);
    store<u16>(out, <u16>OwnerLookup.ownerFrom(base, load<u32>(pfns, 8)), 4);
    store<u16>(out, <u16>OwnerLookup.ownerFrom(base, load<u32>(pfns, 12)), 6);
    store<u16>(out, <u16>OwnerLookup.ownerFrom(base, load<u32>(pfns, 16)), 8);
    store<u16>(out, <u16>OwnerLookup.ownerFrom(base, load<u32>(pfns, 20)), 10);
    store<u16>(out, <u16>OwnerLookup.ownerFrom(base, load<u32>(pfns, 24)), 12);
    store<u16>(out, <u16>OwnerLookup.ownerFrom(base, load<u32>(pfns, 28)), 14);
  }
}

/** Owners of pages one by one; those beyond memory have none. */
function checkedOwners(base: usize, pfns: usize, out: usize, nrPfns: u32): void {
  const nrFrames = core().nrFrames;
  for (let i: u32 = 0; i < nrPfns; i++, pfns += 4, out += 2) {
    const pfn = load<u32>(pfns);
    store<u16>(out, <u16>(pfn < nrFrames ? OwnerLookup.ownerFrom(base, pfn) : 0));
  }
}

/** Owners, u16 each at `outPtr`, of `nrPfns` pfns, u32 each at `pfnsPtr`; 0 for those beyond memory.  BAD_ARG. */
export function ownersInto(pfnsPtr: u32, outPtr: u32, nrPfns: u32): u32 {
  if (!inBuffers(pfnsPtr, (<u64>nrPfns) << 2) || !inBuffers(outPtr, (<u64>nrPfns) << 1)) return Err.BAD_ARG;
  const nrFrames = core().nrFrames;
  const base = OwnerLookup.base();
  let pfns = <usize>pfnsPtr;
  let out = <usize>outPtr;
  for (; nrPfns >= LOOKUP_CHUNK; nrPfns -= LOOKUP_CHUNK) {
    if (allBelow(pfns, nrFrames)) chunkOwners(base, pfns, out);
    else checkedOwners(base, pfns, out, LOOKUP_CHUNK);
    pfns += LOOKUP_CHUNK * 4;
    out += LOOKUP_CHUNK * 2;
  }
  checkedOwners(base, pfns, out, nrPfns);
  return Err.OK;
}

/**
 * Frame and owner of pages, u32 each at `outPtr`: PageFrame.flags in the low half, the owner in the high one; 0 for
 * pages beyond memory.  What /proc/kpageflags and /proc/kpagecgroup tell together.  BAD_ARG, NO_RECORDS.
 */
export function framesInto(pfnsPtr: u32, outPtr: u32, nrPfns: u32): u32 {
  if (!inBuffers(pfnsPtr, (<u64>nrPfns) << 2) || !inBuffers(outPtr, (<u64>nrPfns) << 2)) return Err.BAD_ARG;
  const nrRecords = core().nrRecords;
  if (!nrRecords) return Err.NO_RECORDS;
  let left = nrPfns;
  while (left) {
    const count = min(left, LOOKUP_CHUNK);
    // The owners first, in the upper half of the room: u32 answers written from below never reach those still unread.
    const owners = outPtr + (count << 1);
    ownersInto(pfnsPtr, owners, count);
    for (let i: u32 = 0; i < count; i++) {
      const pfn = load<u32>(<usize>(pfnsPtr + (i << 2)));
      const owner: u32 = load<u16>(<usize>(owners + (i << 1)));
      const flags: u32 = pfn < nrRecords ? frameAt(pfn).flags : 0;
      store<u32>(<usize>(outPtr + (i << 2)), flags | (owner << 16));
    }
    pfnsPtr += count << 2;
    outPtr += count << 2;
    left -= count;
  }
  return Err.OK;
}
