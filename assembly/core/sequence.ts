// sequence: whether the ledger lock was taken meanwhile, so that readers need no order among their loads while it is free.
//
//   holder     odd ──► stores ──► even                  │ LedgerLock.sequence, changed by who holds the ledger lock
//   reader     even? ──► plain loads ──► the same still? ──► they are right; else they are made again, by the design's rules
//
// INVARIANTS  I1  The sequence is odd whenever the holder stores to what lookups read, and even while nobody
//                 has the lock.  A reader is done before it has come round, after 2^31 holders.
// ORDERING    The reader's second look is a read-modify-write, Er2, and so is the holder's first step, Ew1.  If Er2 finds what
//             Er1 found, it comes before the next Ew1, which reads from it, or from another reader's that read from it: so all
//             loads before Er2 happen before that holder's stores.  And Er1 has read the even number of the last holder, or a
//             reader's copy of it: so they happen after that one's.  A mere load at Er2 would be passed by the loads before it.
// RACY        What a reader loads beside a holder may be of any age and any mix.  It is thrown away, and leads nowhere: loads are
//             bounded by the index itself, or follow an address that stood in it at some time.  (That address might lie in memory
//             that an engine has not yet seen grow: its bounds check would stop the call.  V8's shared memories never move, and
//             are checked against what they have now.)
// CONTEXT     A holder that dies leaves the sequence odd, or leaves nothing to undo: whoever takes the lock over goes on.
//             Holders that only read, as of the audit, count as well.  Those who write without the lock (write-gate) come and go too
//             often for a number: while any has its bit it counts as odd, and a bit that is set counts as a holder.
// COST        A holder: two loads, two read-modify-writes.  A reader, for SEQUENCE_PAGES lookups: a load, and a read-modify-write
//             of a line that all readers share; and those lookups once more where the lock was taken meanwhile.
// AFTER       sequence locks of Linux 2.5.60 (Hemminger); the second look as a store is Boehm's, MSPC 2012.
import { LedgerLock, LOCK_PTR } from "../abi";
import { Mutation } from "../prim/torture";

const SEQUENCE: usize = LOCK_PTR + offsetof<LedgerLock>("_sequence");
const WRITERS: usize = LOCK_PTR + offsetof<LedgerLock>("_locklessAgents");

/** The next number, if this one is so: a call that was stopped may have begun or not, and one that has died. */
function goOnFrom(isOdd: u32): void {
  if (OwnerLookup.SEQUENCED && (atomic.load<u32>(SEQUENCE) & 1) == isOdd) atomic.add<u32>(SEQUENCE, 1);
}

/** Odd, once the lock is taken (Ew1). */
export function beginWriting(): void {
  goOnFrom(0);
}

/** Even, before the lock is given back (Ew2). */
export function endWriting(): void {
  goOnFrom(1);
}

/** Er1: odd while somebody has the lock, or writes without it. */
export function sequenceNow(): u32 {
  const now = atomic.load<u32>(SEQUENCE);
  return OwnerLookup.LOCKLESS && atomic.load<u64>(WRITERS) ? now | 1 : now;
}

/** An agent begins to write without the lock: after its bit, so that who has seen none finds another number at Er2. */
export function passSequence(): void {
  if (OwnerLookup.SEQUENCED) atomic.add<u32>(SEQUENCE, 2);
}

/** Er2: whether nobody has had the lock since the sequence was `begun`. */
export function stillAt(begun: u32): bool {
  if (MUTATE == Mutation.SEQUENCE_NOT_ASKED) return true;
  return atomic.add<u32>(SEQUENCE, 0) == begun;
}
