// usage: the figure that limits are held against, at each level of the tree.
//
//   level.usagePages  ◄── page operations, under the ledger lock    added and noted as a number: undo subtracts it
//                     ◄── counted charges and stocks, any time      added, and kept in the adder's record: see stock
//
// INVARIANTS  V1  Nobody stores a usagePages: all add, so that no addition is lost.
//             V2  Who may be refused adds first and then compares, from the leaf up; refused, it takes back the levels below
//                 and the refusing one.  So no two that fit only by themselves both get through.
// RACY        Between the adding and the taking back another may be refused that would have fitted.
//             Undoing a dead agent's operation puts a peak back that another may have raised meanwhile.
// COST        Per level an atomic add and a compare in shared memory; a load and a store elsewhere.
// AFTER       Linux mm/page_counter.c, page_counter_try_charge.
import { Container, PAGES_MAX } from "../abi";
import { addNoted, note } from "../prim/journal";
import { Mutation } from "../prim/torture";
import { lingerLong } from "./agent";
import { containerAt } from "./region";

export function usagePtr(c: Container): usize {
  return changetype<usize>(c) + offsetof<Container>("_usagePages");
}

/** Adds `nrPages`, or takes their negative away, from `id` up to, not including, `endId`.  The caller holds the ledger lock. */
export function addUsage(id: u32, nrPages: u32, endId: u32): void {
  while (id != endId) {
    const c = containerAt(id);
    addNoted(usagePtr(c), nrPages);
    if (MUTATE == Mutation.SUM_BY_VALUE) lingerLong();
    id = c.parentId;
  }
}

/**
 * Takes room for `nrPages` from `id` up to, not including, `endId`, for pages that the caller is about to charge: 0, or
 * the level that has none, and then nothing is taken.  The caller holds the ledger lock.
 */
export function takeRoom(id: u32, nrPages: u32, endId: u32): u32 {
  for (let level = id; level != endId; level = containerAt(level).parentId) {
    const c = containerAt(level);
    const maxPages = c.maxPages;
    if (SHARED) {
      const was = addNoted(usagePtr(c), nrPages);
      if (MUTATE == Mutation.SUM_BY_VALUE) lingerLong();
      if (maxPages == PAGES_MAX || <u64>was + nrPages <= maxPages) continue;
      addUsage(id, -nrPages, c.parentId);
      return level;
    }
    if (maxPages != PAGES_MAX && <u64>c.usagePages + nrPages > maxPages) return level;
  }
  if (!SHARED) addUsage(id, nrPages, endId);
  return 0;
}

/** Raises the peaks to the usage that there is now; `locked`: the caller holds the ledger lock. */
export function raisePeaks(id: u32, endId: u32, locked: bool): void {
  while (id != endId) {
    const c = containerAt(id);
    const usagePages = c.usagePages;
    let peakPages = c.peakPages;
    if (usagePages > peakPages) {
      const ptr = changetype<usize>(c) + offsetof<Container>("_peakPages");
      if (SHARED) {
        if (locked) note<u32>(ptr);
        for (let was = peakPages; usagePages > peakPages; peakPages = was) {
          was = atomic.cmpxchg<u32>(ptr, peakPages, usagePages);
          if (was == peakPages) break;
        }
      } else {
        c.peakPages = usagePages;
      }
    }
    id = c.parentId;
  }
}

/** Counts a refusal at the level that refused; `locked`: the caller holds the ledger lock. */
export function countRefusal(level: u32, locked: bool): void {
  const ptr = changetype<usize>(containerAt(level)) + offsetof<Container>("_failCount");
  if (SHARED && !locked) atomic.add<u32>(ptr, 1);
  else addNoted(ptr, 1);
}
