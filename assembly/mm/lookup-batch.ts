// lookup-batch: owners of many pages in one call.
//
//   pfns  │ 128 × u32 │ 128 × u32 │ … │ rest │       one comparison tells whether 128 lie below nrFrames;
//   out   │ 128 × u16 │ 128 × u16 │ … │ rest │       then eight at a time, without a question each
//
//   SEQUENCED designs     4096 plainly, if nobody had the lock meanwhile (core/sequence), else by the design's rules │ 4096 │ …
//
// Batches read and write the op buffer and the transfer buffer only, so that a wrong pointer cannot reach the ledger.
//
// COST        Per page the design's own loads and a store; the base of its index is loaded once.  A design that waits
//             for memory level by level (radix) or has to touch what it looks at first (palette) brings its own way.
//             Beside holders of the lock that come and go a SEQUENCED design reads up to SEQUENCE_PAGES twice.
import { Err, PAGE_FRAME_BYTES, PageFrame } from "../abi";
import { core, frameAt, inBuffers } from "../core/region";
import { sequenceNow, stillAt } from "../core/sequence";
import { LOOKUP_CHUNK } from "../prim/config";

/** Lookups between two looks at the sequence: as many as are made twice if the lock is taken meanwhile, at most. */
const SEQUENCE_PAGES: u32 = 32 * LOOKUP_CHUNK;

/** Whether pfns and their answers share a byte: answers are written, and more than answers, before all pfns are read. */
function overlap(pfnsPtr: u32, outPtr: u32, nrPfns: u32, outShift: u32): bool {
  return (
    <u64>outPtr < <u64>pfnsPtr + ((<u64>nrPfns) << 2) &&
    <u64>pfnsPtr < <u64>outPtr + ((<u64>nrPfns) << outShift)
  );
}

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
  if (OwnerLookup.CHUNKS && !ONE_BY_ONE) {
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

/** Whether the owners of whole chunks, all below nrFrames, could be read plainly: nobody had the lock meanwhile. */
function readPlainly(base: usize, pfns: usize, out: usize, nrPfns: u32): bool {
  const nrFrames = core().nrFrames;
  const begun = sequenceNow(); // Er1
  if (begun & 1) return false;
  for (
    const end = out + ((<usize>nrPfns) << 1);
    out < end;
    out += LOOKUP_CHUNK * 2, pfns += LOOKUP_CHUNK * 4
  ) {
    if (!allBelow(pfns, nrFrames)) return false;
    OwnerLookup.plainOwnersOfChunk(base, pfns, out);
  }
  return stillAt(begun); // Er2
}

/** Owners of whole chunks by the design's rules, whoever writes. */
function readByRules(base: usize, pfns: usize, out: usize, nrPfns: u32): void {
  const nrFrames = core().nrFrames;
  for (
    const end = out + ((<usize>nrPfns) << 1);
    out < end;
    out += LOOKUP_CHUNK * 2, pfns += LOOKUP_CHUNK * 4
  ) {
    if (allBelow(pfns, nrFrames)) chunkOwners(base, pfns, out);
    else checkedOwners(base, pfns, out, LOOKUP_CHUNK);
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

/** Owners, u16 each at `outPtr`, of `nrPfns` pfns, u32 each at `pfnsPtr`; 0 for those beyond memory.  BAD_ARG, also where the two overlap. */
export function ownersInto(pfnsPtr: u32, outPtr: u32, nrPfns: u32): u32 {
  if (!inBuffers(pfnsPtr, (<u64>nrPfns) << 2) || !inBuffers(outPtr, (<u64>nrPfns) << 1)) return Err.BAD_ARG;
  if (overlap(pfnsPtr, outPtr, nrPfns, 1)) return Err.BAD_ARG;
  const base = OwnerLookup.base();
  let pfns = <usize>pfnsPtr;
  let out = <usize>outPtr;
  while (nrPfns >= LOOKUP_CHUNK) {
    const window = min(SEQUENCE_PAGES, nrPfns) & ~(LOOKUP_CHUNK - 1);
    if (!OwnerLookup.SEQUENCED || !readPlainly(base, pfns, out, window)) readByRules(base, pfns, out, window);
    nrPfns -= window;
    pfns += (<usize>window) << 2;
    out += (<usize>window) << 1;
  }
  checkedOwners(base, pfns, out, nrPfns);
  return Err.OK;
}

/** Flags of the frame of a page within memory, and its owner. */
function flagsAndOwner(frames: usize, pfns: usize, owners: usize): u32 {
  const frame = changetype<PageFrame>(frames + load<u32>(pfns) * PAGE_FRAME_BYTES);
  return <u32>frame.flags | ((<u32>load<u16>(owners)) << 16);
}

/** Joins frames to the owners of LOOKUP_CHUNK pages, all of them below nrRecords. */
function chunkFrames(frames: usize, pfns: usize, owners: usize, out: usize): void {
  const end = pfns + LOOKUP_CHUNK * 4;
  for (; pfns < end; pfns += 32, owners += 16, out += 32) {
    store<u32>(out, flagsAndOwner(frames, pfns, owners), 0);
    store<u32>(out, flagsAndOwner(frames, pfns + 4, owners + 2), 4);
    store<u32>(out, flagsAndOwner(frames, pfns + 8, owners + 4), 8);
    store<u32>(out, flagsAndOwner(frames, pfns + 12, owners + 6), 12);
    store<u32>(out, flagsAndOwner(frames, pfns + 16, owners + 8), 16);
    store<u32>(out, flagsAndOwner(frames, pfns + 20, owners + 10), 20);
    store<u32>(out, flagsAndOwner(frames, pfns + 24, owners + 12), 24);
    store<u32>(out, flagsAndOwner(frames, pfns + 28, owners + 14), 28);
  }
}

/** Frames and owners of pages one by one. */
function checkedFrames(base: usize, pfns: usize, out: usize, nrPfns: u32): void {
  const nrRecords = core().nrRecords;
  for (let i: u32 = 0; i < nrPfns; i++, pfns += 4, out += 4) {
    const pfn = load<u32>(pfns);
    const known = pfn < nrRecords;
    store<u32>(out, known ? <u32>frameAt(pfn).flags | (OwnerLookup.ownerFrom(base, pfn) << 16) : 0);
  }
}

/**
 * Frame and owner of pages, u32 each at `outPtr`: PageFrame.flags in the low half, the owner in the high one; 0 for
 * pages beyond memory.  What /proc/kpageflags and /proc/kpagecgroup tell together.  BAD_ARG, NO_RECORDS.
 */
export function framesInto(pfnsPtr: u32, outPtr: u32, nrPfns: u32): u32 {
  if (!inBuffers(pfnsPtr, (<u64>nrPfns) << 2) || !inBuffers(outPtr, (<u64>nrPfns) << 2)) return Err.BAD_ARG;
  if (overlap(pfnsPtr, outPtr, nrPfns, 2)) return Err.BAD_ARG;
  const nrRecords = core().nrRecords;
  if (!nrRecords) return Err.NO_RECORDS;
  const base = OwnerLookup.base();
  const frames = <usize>core().framesPtr;
  let pfns = <usize>pfnsPtr;
  let out = <usize>outPtr;
  for (; nrPfns >= LOOKUP_CHUNK; nrPfns -= LOOKUP_CHUNK) {
    if (allBelow(pfns, nrRecords)) {
      // The owners first, in the upper half of the room: answers written from below never reach those still unread.
      const owners = out + LOOKUP_CHUNK * 2;
      chunkOwners(base, pfns, owners);
      chunkFrames(frames, pfns, owners, out);
    } else {
      checkedFrames(base, pfns, out, LOOKUP_CHUNK);
    }
    pfns += LOOKUP_CHUNK * 4;
    out += LOOKUP_CHUNK * 4;
  }
  checkedFrames(base, pfns, out, nrPfns);
  return Err.OK;
}
