// ledger-lock: one agent at a time writes in shared memory, and reads what only a writer may read.
//
//   LedgerLock.holder    0 ──cmpxchg──► agent + 1 ──commit, xchg──► 0          │ LOCK_WAITERS: someone may be asleep
//
// INVARIANTS  J1  What has letter (L), (A) or (C) is written by the holder alone, noted first; see prim/journal.
//             J2  The journal is empty whenever nobody holds the lock.
//             J3  An agent that waits is offline for grace periods, so that the holder's may end, and does not count, so that
//                 the holder can drain its stocks.
//             J4  Owners are written without the lock too, but never beside its holder: Y1 of write-gate.
// ORDERING    holder is taken and given back by seq_cst read-modify-writes: who takes it sees all that its holder before
//             stored.  Commit comes before the release.  An agent that dies between the two has done its work, and leaves
//             an empty journal to who recovers it.
// RACY        A waiter that dies after it was woken has eaten the wake-up: sleepers look again after WAIT_NS.
// CONTEXT     Without SHARED all of this is nothing.  Where the thread must not sleep (Agent.mayWait), and for a holder
//             that does not move for long, the call stops with LOCKED instead of going on waiting.
// COST        Free: a cmpxchg to take, an xchg to give back, and what core/sequence takes.  A waiter spins a little first: holders are quick.
// AFTER       the futex mutex of Drepper, "Futexes Are Tricky"; tree_lock of Linux 2.6, which readers took too.
import { Err, LedgerLock, LOCK_PTR, LOCK_WAITERS } from "../abi";
import { FUTEX_TIMED_OUT, futexWait } from "../prim/futex";
import { JOURNAL_END, JOURNAL_FULL, JOURNAL_TOP, journalCommit } from "../prim/journal";
import { Mutation } from "../prim/torture";
import { agentAt, linger, stop, thisAgent } from "./agent";
import { releaseLeft } from "./container";
import { enterReading, leaveReading } from "./read-side";
import { core } from "./region";
import { beginWriting, endWriting } from "./sequence";
import { leaveCounting } from "./stock";
import { keepWritersOut } from "./write-gate";

if (LOCK_PTR + offsetof<LedgerLock>("_journalTop") != JOURNAL_TOP) ERROR("prim/journal has another top");
if (LOCK_PTR + offsetof<LedgerLock>("_journalEnd") != JOURNAL_END) ERROR("prim/journal has another end");
if (LOCK_PTR + offsetof<LedgerLock>("_journalFull") != JOURNAL_FULL) ERROR("prim/journal has another full");

const SPINS: u32 = 256;
/** Turns of a thread that must not sleep: some ten milliseconds. */
const SPINS_ALONE: u32 = 1 << 21;
const WAIT_NS: i64 = 2_000_000;
/** Sleeps to their end, under one holder's word, before the holder counts as gone: some ten seconds. */
const SLEEPS_MAX: u32 = 5000;

/** Address of the holder's word. */
const HOLDER: usize = LOCK_PTR;

export function ledgerLock(): LedgerLock {
  return changetype<LedgerLock>(LOCK_PTR);
}

/** Changes the holder's word from `from`, if it is that. */
function exchange(from: u32, to: u32): bool {
  if (MUTATE == Mutation.LOCK_BY_STORE) {
    if (atomic.load<u32>(HOLDER) != from) return false;
    linger();
    atomic.xchg<u32>(HOLDER, to);
    return true;
  }
  return atomic.cmpxchg<u32>(HOLDER, from, to) == from;
}

/** Takes the lock for `me`, a holder's word, from `from`, what the word was before. */
function takeFrom(from: u32, me: u32): bool {
  if (!exchange(from, me)) return false;
  beginWriting();
  return true;
}

/** Spins for a while; whether it has the lock now. */
function spin(turns: u32, me: u32): bool {
  for (let turn: u32 = 0; turn < turns; turn++) {
    if (atomic.load<u32>(HOLDER) == 0 && takeFrom(0, me)) return true;
  }
  return false;
}

/** Waits until the lock is free, and takes it. */
function waitForLock(): void {
  const me = thisAgent() + 1;
  const mayWait = agentAt(thisAgent()).mayWait != 0;
  if (spin(mayWait ? SPINS : SPINS_ALONE, me)) return;
  let last: u32 = 0;
  let sleeps: u32 = 0;
  while (sleeps < SLEEPS_MAX) {
    const held = atomic.load<u32>(HOLDER);
    const holder = held & ~LOCK_WAITERS;
    // Others may be asleep, so who has slept wakes one later.
    if (holder == 0) {
      if (takeFrom(held, me | LOCK_WAITERS)) return;
      continue;
    }
    if (holder == me || !mayWait) break;
    // Another holder, or woken by one: it goes on, however many are waiting.
    if (holder != last) sleeps = 0;
    last = holder;
    if (held & LOCK_WAITERS || exchange(held, held | LOCK_WAITERS)) {
      const end = futexWait(HOLDER, held | LOCK_WAITERS, WAIT_NS);
      sleeps = end == FUTEX_TIMED_OUT ? sleeps + 1 : 0;
    }
  }
  stop(Err.LOCKED);
}

/** Takes the ledger lock.  Stops the call with LOCKED where that, or who writes without it, may not or cannot be waited for. */
export function lockLedger(): void {
  if (!SHARED) return;
  if (!takeFrom(0, thisAgent() + 1)) {
    const reading = leaveReading(); // J3
    leaveCounting();
    waitForLock();
    if (reading) enterReading();
  }
  if (!keepWritersOut(true)) stop(Err.LOCKED);
  // Containers that this agent drained when it could not have the lock.
  if (agentAt(thisAgent()).drainedOffline) releaseLeft();
}

/** Takes the ledger lock if nobody has it, and nobody is long in writing without it. */
export function tryLockLedger(): bool {
  if (!SHARED) return true;
  if (!takeFrom(0, thisAgent() + 1)) return false;
  if (keepWritersOut(false)) return true;
  passLedger(0);
  return false;
}

/** Takes the lock from an agent that is dead; false = that one does not hold it. */
export function lockFrom(victim: u32): bool {
  const me = (thisAgent() + 1) | LOCK_WAITERS;
  let held = atomic.load<u32>(HOLDER);
  while ((held & ~LOCK_WAITERS) == victim + 1) {
    if (takeFrom(held, me)) return true;
    held = atomic.load<u32>(HOLDER);
  }
  return false;
}

/** What was done so far has happened; the lock stays. */
export function commitLedger(): void {
  if (SHARED) journalCommit(core().journalPtr);
}

/** Gives the lock back, to `next`: 0, or the agent + 1 that it was taken from. */
export function passLedger(next: u32): void {
  if (next == 0) endWriting();
  if (atomic.xchg<u32>(HOLDER, next) & LOCK_WAITERS) atomic.notify(HOLDER, 1);
}

/** Commits and gives the lock back. */
export function unlockLedger(): void {
  if (!SHARED) return;
  commitLedger();
  passLedger(0);
}

export function isHolder(agent: u32): bool {
  return (ledgerLock().holder & ~LOCK_WAITERS) == agent + 1;
}

/** Whether the calling agent holds the lock. */
export function holdsLedger(): bool {
  return isHolder(thisAgent());
}
