// write-gate: who writes owners without the ledger lock, and how the lock's holder keeps them out.
//
//   writer    its bit ──► writing = 1 ──► is the lock free? ──► pages, each by a step of its own ──► writing = 0
//   holder    takes the lock ──► waits until nobody of those with a bit is writing ──► the whole ledger is its own
//
// INVARIANTS  Y1  While an agent holds the lock and keepWritersOut has answered true, no other agent is writing.
//             Y2  An agent that is writing has its bit in locklessAgents; it keeps the bit until it goes offline, leaves or is
//                 recovered, so that most calls find it set.
//             Y3  An agent that is writing waits for nothing, and holds nothing that another waits for but the holder of the lock.
// ORDERING    Yw1 writing = 1 · Yw2 holder's word · Yw3 pages · Yw4 writing = 0          holder: Yh1 holder's word · Yh2 bits, writing
//             Both sides store their own word, then load the other's, all seq_cst: one of them sees the other (Dekker).  Yh2 reads what
//             Yw4 stored, so the holder sees all of Yw3, plain stores too.
//             A bit is set before `sequence` goes on by two: readers that began plainly read again, see core/sequence.
// RACY        A writer that is not scheduled holds up the lock for so long; one that has died, until it is recovered: holders
//             stop with LOCKED meanwhile.
// COST        A writer: two atomic stores and a load a call, a load a page.  A holder: a load, and another per agent with a bit.
// AFTER       percpu_rw_semaphore of Linux 3.8 (Patocka, Nesterov): readers there are the writers here.
import { Agent, LedgerLock, LOCK_PTR } from "../abi";
import { futexWait } from "../prim/futex";
import { Mutation } from "../prim/torture";
import { agentAt, thisAgent } from "./agent";
import { passSequence } from "./sequence";

const HOLDER: usize = LOCK_PTR;
const WRITERS: usize = LOCK_PTR + offsetof<LedgerLock>("_locklessAgents");
const SPINS: u32 = 1 << 12;
/** Spins of a thread that must not sleep: some ten milliseconds. */
const SPINS_ALONE: u32 = 1 << 21;
const WAIT_NS: i64 = 1_000_000;
/** Sleeps before a writer counts as gone, some ten seconds: it needs nanoseconds, but may not be scheduled. */
const WAITS_MAX: u32 = 10_000;

function writingPtr(agent: Agent): usize {
  return changetype<usize>(agent) + offsetof<Agent>("_writing");
}

export abstract class WriteGate {
  /** Whether somebody has the lock, so that whoever writes without it has to leave. */
  @inline static isClosed(): bool {
    if (MUTATE == Mutation.LOCK_NOT_SEEN) return false;
    return atomic.load<u32>(HOLDER) != 0;
  }
}

/** Whether any agent has ever written so. */
export function anyHasWritten(): bool {
  return SHARED && OwnerLookup.LOCKLESS && changetype<LedgerLock>(LOCK_PTR).locklessEver != 0;
}

/** Begins to write (Yw1, Yw2); false = somebody has the lock. */
export function enterWriting(): bool {
  const agent = agentAt(thisAgent());
  const bit = (<u64>1) << thisAgent();
  if (!(atomic.load<u64>(WRITERS) & bit)) {
    changetype<LedgerLock>(LOCK_PTR).locklessEver = 1;
    atomic.or<u64>(WRITERS, bit);
    passSequence();
  }
  agent.writing = 1;
  if (!WriteGate.isClosed()) return true;
  leaveWriting();
  return false;
}

/** Ends it (Yw4). */
export function leaveWriting(): void {
  const agent = agentAt(thisAgent());
  agent.writing = 0;
  if (WriteGate.isClosed()) atomic.notify(writingPtr(agent));
}

/** An agent goes offline, leaves or is dead: it writes no more without the lock. */
export function forgetWriter(number: u32): void {
  if (!OwnerLookup.LOCKLESS) return;
  const bit = (<u64>1) << number;
  if (!(atomic.load<u64>(WRITERS) & bit)) return;
  const agent = agentAt(number);
  agent.writing = 0;
  atomic.notify(writingPtr(agent));
  atomic.and<u64>(WRITERS, ~bit);
}

function waitFor(agent: Agent, patient: bool, mayWait: bool): bool {
  const spins = mayWait || !patient ? SPINS : SPINS_ALONE;
  for (let turn: u32 = 0; turn < spins; turn++) if (!agent.writing) return true;
  for (let turn: u32 = 0; mayWait && turn < WAITS_MAX; turn++) {
    if (!agent.writing) return true;
    futexWait(writingPtr(agent), 1, WAIT_NS);
  }
  return !agent.writing;
}

/** Y1 for the calling agent, which has just taken the lock; false = a writer does not come out, for long if this one is patient. */
export function keepWritersOut(patient: bool): bool {
  if (!SHARED || !OwnerLookup.LOCKLESS) return true;
  const mayWait = patient && agentAt(thisAgent()).mayWait != 0;
  let left = atomic.load<u64>(WRITERS) & ~((<u64>1) << thisAgent());
  for (; left; left &= left - 1) if (!waitFor(agentAt(<u32>ctz(left)), patient, mayWait)) return false;
  return true;
}
