// recount: how many pages each owner holds, from the owner index alone.
//
//   palette   64 pages: population counts of three masks       column   a histogram, four pages a load
//   others    page by page, runs of one owner added at once
//
// CONTEXT     Writes to the op buffer and the transfer buffer only, a word for every u16: no index can lead it astray.
// COST        Reads the index once.  Frame records, whose audit reads everything, stay untouched.
import { Err, RECOUNT_BYTES } from "../abi";
import { isUsed } from "../core/container";
import { foldAll } from "../core/page-stock";
import { containerAt, core, inBuffers } from "../core/region";

/** Page by page, for designs without a way of their own. */
function countRuns(counts: usize): void {
  const nrFrames = core().nrFrames;
  const base = OwnerLookup.base();
  let runOwner: u32 = 0;
  let runPages: u32 = 0;
  for (let pfn: u32 = 0; pfn < nrFrames; pfn++) {
    const owner = OwnerLookup.ownerFrom(base, pfn);
    if (owner == runOwner) {
      runPages++;
      continue;
    }
    const at = counts + (runOwner << 2);
    store<u32>(at, load<u32>(at) + runPages);
    runOwner = owner;
    runPages = 1;
  }
  const at = counts + (runOwner << 2);
  store<u32>(at, load<u32>(at) + runPages);
}

/** Pages of each owner, u32 by id, in RECOUNT_BYTES bytes at `outPtr`; word 0 is 0.  BAD_ARG. */
export function recountOwners(outPtr: u32): u32 {
  if (!inBuffers(outPtr, RECOUNT_BYTES)) return Err.BAD_ARG;
  memory.fill(<usize>outPtr, 0, RECOUNT_BYTES);
  if (OwnerLookup.COUNTS) OwnerLookup.countOwners(<usize>outPtr);
  else countRuns(<usize>outPtr);
  store<u32>(<usize>outPtr, 0);
  return Err.OK;
}

/** Words that are not 0 from `ptr` up to `end`, a multiple of 16 bytes: mostly none, so four are asked at once. */
function wordsSet(ptr: usize, end: usize): u32 {
  let words: u32 = 0;
  for (; ptr < end; ptr += 16) {
    const four = v128.load(ptr);
    if (v128.any_true(four)) words += popcnt(i32x4.bitmask(i32x4.ne(four, i32x4.splat(0))));
  }
  return words;
}

/** Recounts into `outPtr` and answers how many ids have another number of pages in the index than by their counters. */
export function auditOwners(outPtr: u32): u32 {
  if (recountOwners(outPtr)) return 0xffffffff;
  foldAll();
  let differences: u32 = 0;
  // Ids never used have no pages: 65,535 are possible, and few ledgers have many.
  const end = min((core().containersEnd + 3) & ~3, RECOUNT_BYTES / 4);
  for (let id: u32 = 1; id < end; id++) {
    const counted: u32 = id < core().containersEnd && isUsed(id) ? containerAt(id).chargedPages : 0;
    if (load<u32>(<usize>(outPtr + (id << 2))) != counted) differences++;
  }
  return differences + wordsSet(<usize>(outPtr + (end << 2)), <usize>(outPtr + RECOUNT_BYTES));
}
