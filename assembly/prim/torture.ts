// torture: what builds for torture tests do besides, and the steps that they can leave out to show that it is noticed.
//
//   TORTURE=1   freed objects are filled with POISON; readers dawdle between two loads
//   MUTATE=n    step n of Mutation is wrong
//
// CONTEXT     Without TORTURE and MUTATE, as in all that ships, nothing of this is compiled.

/** What freed objects hold: no owner that a test gives, no address, and not OBSOLETE. */
export const POISON: u64 = 0xa5a5a5a5a5a5a5a5;

/** Steps that can be made wrong, by the numbers of tools/mutations.json. */
export const enum Mutation {
  /** What is retired is freed at once. */
  NO_GRACE_PERIOD = 1,
  /** gpEpoch goes on whatever readers have announced. */
  NO_LOOK_AT_AGENTS = 2,
  /** palette: an empty slot gets another owner at once. */
  SLOT_REFILLED = 3,
  /** palette: no first look at own0 before the code. */
  NO_FIRST_LOOK = 4,
  /** palette: own0 is set after the codes are gone. */
  OWN0_LATE = 5,
  /** palette: a slot of a wide block gets another owner. */
  WIDE_SLOT_REFILLED = 6,
  /** palette: a block turns narrow although readers may hold codes from before it overflowed. */
  NARROWED_AT_ONCE = 7,
  /** page-cgroup-rcu: the pointer is stored before the record is complete. */
  POINTER_EARLY = 8,
  /** radix-rcu, xarray: a node is published before it is complete. */
  NODE_EARLY = 9,
  /** Answers that were read plainly stand, whoever wrote meanwhile. */
  SEQUENCE_NOT_ASKED = 10,
  /** The ledger lock is taken by a look and a store. */
  LOCK_BY_STORE = 11,
  /** Stores under the lock have no notes. */
  NOT_NOTED = 12,
  /** Who takes the lock from the dead frees it, and undoes nothing. */
  NOT_UNDONE = 13,
  /** What is added to a usage is noted by the value before. */
  SUM_BY_VALUE = 14,
  /** What was under way at a death is forgotten. */
  WAY_FORGOTTEN = 15,
  /** xarray: a run is broken up, and breaks does not say so. */
  BREAK_NOT_COUNTED = 16,
  /** xarray: an entry that has gone counts as none. */
  RETRY_IS_NOTHING = 17,
  /** Who writes without the lock does not look whether somebody has it. */
  LOCK_NOT_SEEN = 18,
  /** palette: a slot is named without having been claimed. */
  NOT_CLAIMED = 19,
  /** palette: who writes without the lock gives an empty slot to another owner at once. */
  EMPTY_REFILLED = 20,
}

/** A while between two loads of a reader, now and then a long one; `scratch` is a word of its own. */
export function dawdle(scratch: usize): void {
  const random = load<u32>(scratch) * 1664525 + 1013904223;
  store<u32>(scratch, random);
  const turns: u32 = random >> 27 ? 1 : 1 << ((random >> 24) & 15);
  for (let turn: u32 = 0; turn < turns; turn++) atomic.load<u32>(scratch);
}
