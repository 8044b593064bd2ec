// marks: what a host does with the marks of a design that has them.
//
// CONTEXT     The ledger lock.
import { Err } from "../abi";
import { core } from "../core/region";

/** 0, or why this page cannot have or lose the mark: BAD_ARG, the design has no such mark; BAD_PFN; NOT_CHARGED, nobody's. */
function refusal(pfn: u32, mark: u32): u32 {
  if (mark >= OwnerLookup.MARKS) return Err.BAD_ARG;
  if (pfn >= core().nrFrames) return Err.BAD_PFN;
  return OwnerLookup.ownerOf(pfn) ? Err.OK : Err.NOT_CHARGED;
}

/** Gives a page's entry, and so each page of that, a mark. */
export function setMark(pfn: u32, mark: u32): u32 {
  const err = refusal(pfn, mark);
  if (err) return err;
  if (OwnerLookup.MARKS) OwnerLookup.setMark(pfn, mark);
  return Err.OK;
}

/** Takes it away. */
export function clearMark(pfn: u32, mark: u32): u32 {
  const err = refusal(pfn, mark);
  if (err) return err;
  if (OwnerLookup.MARKS) OwnerLookup.clearMark(pfn, mark);
  return Err.OK;
}

/** The first page from `pfn` on that has the mark; nrFrames if none has, or the design has no such mark. */
export function nextMarked(pfn: u32, mark: u32): u32 {
  const nrFrames = core().nrFrames;
  if (!OwnerLookup.MARKS || mark >= OwnerLookup.MARKS || pfn >= nrFrames) return nrFrames;
  return min(OwnerLookup.nextMark(pfn, mark), nrFrames);
}
