// sequence: whether anybody has written meanwhile, so that readers need no order among their loads while nobody does.
//
//   writer     odd ──► stores ──► even                  │ LedgerLock.sequence, changed by who holds the ledger lock
//   reader     even? ──► plain loads ──► the same still? ──► they are right; else they are made again, by the design's rules
//
// INVARIANTS  I1  The sequence is odd whenever the holder stores to what lookups read, and even while nobody
//                 has it.  A reader is done before it has come round, after 2^31 turns.
// ORDERING    The reader's second look is a read-modify-write, Er2, and so is the writer's first step, Ew1.  If Er2 finds what
//             Er1 found, it comes before the next Ew1, which reads from it, or from another reader's that read from it: so all
//             loads before Er2 happen before that writer's stores.  And Er1 has read the even number of the last writer, or a
//             reader's copy of it: so they happen after that one's.  A mere load at Er2 would be passed by the loads before it.
// RACY        What a reader loads beside a writer may be of any age and any mix.  It is thrown away, and leads nowhere: loads are
//             bounded by the index itself, or follow an address that stood in it at some time and is still an object's.
// CONTEXT     A holder that dies leaves the sequence odd, or leaves nothing to undo: whoever takes the lock over goes on.
// COST        Two read-modify-writes for a writer that takes the lock; a load and a read-modify-write for SEQUENCE_PAGES lookups.
// AFTER       sequence locks of Linux 2.5.60 (Hemminger); the second look as a store is Boehm's, MSPC 2012.
import { LedgerLock, LOCK_PTR } from "../abi";
import { Mutation } from "../prim/torture";

const SEQUENCE: usize = LOCK_PTR + offsetof<LedgerLock>("_sequence");

/** Begins a turn of the holder's (Ew1), unless one that has died left it begun. */
export function beginWriting(): void {
  if (OwnerLookup.SEQUENCED && !(atomic.load<u32>(SEQUENCE) & 1)) atomic.add<u32>(SEQUENCE, 1);
}

/** Ends a turn (Ew2), before the lock is given back. */
export function endWriting(): void {
  if (OwnerLookup.SEQUENCED) atomic.add<u32>(SEQUENCE, 1);
}

/** Er1: odd while somebody writes. */
export function sequenceNow(): u32 {
  return atomic.load<u32>(SEQUENCE);
}

/** Er2: whether nobody has written since the sequence was `begun`. */
export function stillAt(begun: u32): bool {
  if (MUTATE == Mutation.SEQUENCE_NOT_ASKED) return true;
  return atomic.add<u32>(SEQUENCE, 0) == begun;
}
