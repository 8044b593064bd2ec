// grace-period: what readers may still hold is freed only when each of them has let go of it once.
//
//   in the index ──unlink──► retired ──► waits: first │ next ──► next ──► … │ last ──grace period──► zeroed, in its pool
//                                               stamped with the epoch of its retirement, oldest first
//
//   whoever holds the ledger        retires, frees          its own epoch is not asked: between operations it holds nothing
//   the others                      read, or are offline    Agent.epoch: the last one announced, 0 = offline
//
// Quiescent-state-based reclamation: reading costs nothing; an agent announces now and then that it holds no address
// of the index.  Rules of use: go online before the first read; between two announcements an address taken stays good;
// after one, take it anew; go offline before pausing, for an agent that is online and silent holds everything back.  The
// module's own lookups keep them by themselves: see read-side.
// growFrames moves the index: nobody may hold an address then, online or not.
//
// INVARIANTS  Q1  Retired objects form one list, in the order of their retirement, and none is newer than gpEpoch.
//             Q2  gpEpoch goes on only when every agent online has announced exactly it.
//             Q3  An object stamped s goes back to its pool only if s is neither gpEpoch nor the epoch before, or if it is
//                 the one before and every agent online has announced gpEpoch.  Epochs are compared for equality: an agent
//                 may read gpEpoch, pause, and announce it when many have gone by, so "older" says nothing.
//             Q4  Retiring allocates nothing and cannot fail: the links lie in the object, where no reader looks.
// ORDERING    The steps are in the order that readers beside the writer need.
//               writer: Qw1 unlink (one store of a slot or pointer) · Qw2 retire: stamp = gpEpoch · Qw3 gpEpoch + 1 ·
//                       Qw4 read epochs · Qw5 zero and free
//               reader: Qr1 read gpEpoch · Qr2 store it as its own · Qr3 follow pointers
//             Qr1 with Qw3: who reads an epoch past s does so after the unlink of all that is stamped s, so from Qr3 on
//             it cannot meet them.  Qr2 with Qw4: what it has met before it has dropped when the writer sees the
//             announcement.  Neither pair is plain in shared memory (letter U in the schema).  gpEpoch is not undone when an
//             agent dies: readers have seen it, and to be ahead does no harm.
//             One list, under the ledger lock: an agent that dies leaves none behind to be adopted.  Its epoch is cleared
//             by who recovers it; until then it holds back what was retired since, and nothing newer than its epoch goes.
// RACY        An agent that goes online while the writer is in Qw4 may be missed: it has read nothing yet, and all that
//             is being freed was unlinked before.
// COST        To retire: five stores.  To announce: one load, and per retired object its bytes zeroed and a pool's put.
//             Operations announce once RECLAIM_AT objects wait, batches at their end: without a reader that holds back,
//             fewer wait between operations than RECLAIM_AT, and within one no more than it has unlinked besides.  With a
//             reader, its first announcement behind a retirement may name the epoch of that; its second does not.
// AFTER       QSBR as in liburcu; call_rcu of Linux 2.5.43, its rcu_head in the object.
import { Err, Retired } from "../abi";
import { put } from "../prim/journal";
import { Mutation, POISON } from "../prim/torture";
import { agentAt, thisAgent } from "./agent";
import { commitLedger } from "./ledger-lock";
import { announce, enterReading } from "./read-side";
import { core } from "./region";
import { poolPut, poolReserve } from "./slab";

/** So many retired objects are worth a look at the agents. */
export const RECLAIM_AT: u32 = 64;

function retiredAt(off: u32): Retired {
  return changetype<Retired>(<usize>(core().arenaPtr + off));
}

/** The epoch after this one; 0 means offline and is left out. */
function nextEpoch(epoch: u32): u32 {
  return epoch == u32.MAX_VALUE ? 1 : epoch + 1;
}

/** The epoch before this one. */
export function epochBefore(epoch: u32): u32 {
  return epoch == 1 ? u32.MAX_VALUE : epoch - 1;
}

/** Whether every other agent online has announced gpEpoch. */
function allAnnounced(): bool {
  if (MUTATE == Mutation.NO_LOOK_AT_AGENTS) return true;
  const c = core();
  const now = c.gpEpoch;
  const nrAgents = c.nrAgents;
  for (let number: u32 = 0; number < nrAgents; number++) {
    const epoch = number == thisAgent() ? 0 : agentAt(number).epoch;
    if (epoch && epoch != now) return false;
  }
  return true;
}

/** gpEpoch goes on if it may (Q2); whether it did.  The caller holds no address of the index. */
export function advanceEpoch(): bool {
  if (!allAnnounced()) return false;
  const c = core();
  c.gpEpoch = nextEpoch(c.gpEpoch);
  if (SHARED && agentAt(thisAgent()).epoch) agentAt(thisAgent()).epoch = c.gpEpoch;
  return true;
}

/** Whether nobody can hold what was retired in this epoch (Q3); `all` have announced gpEpoch, or not. */
function isOver(epoch: u32, all: bool): bool {
  if (MUTATE == Mutation.NO_GRACE_PERIOD) return true;
  const now = core().gpEpoch;
  return epoch != now && (all || epoch != epochBefore(now));
}

/** Puts the object that waits longest back into its pool. */
function freeFirst(): void {
  const c = core();
  const pool = c.nodePoolAt(0);
  const object = retiredAt(c.retiredFirst);
  const ptr = changetype<usize>(object) - OwnerLookup.RETIRED_AT;
  c.retiredFirst = object.next;
  if (!c.retiredFirst) c.retiredLast = 0;
  c.nrRetired -= 1;
  // In words, not by memory.fill: records are short.
  const bytes = pool.objectBytes;
  for (let at: u32 = 0; at + 8 <= bytes; at += 8) put<u64>(ptr + at, TORTURE ? POISON : 0);
  if (bytes & 4) put<u32>(ptr + bytes - 4, TORTURE ? <u32>POISON : 0);
  poolPut(pool, ptr);
}

/** Called once by a design that retires. */
export function gracePeriodInit(): void {
  const c = core();
  if (DEBUG) assert((c.nodePoolAt(0).objectBytes & 3) == 0);
  c.gpEpoch = 1;
}

/** Takes over an object of the design's pool that nothing leads to any more (Qw1 before Qw2). */
export function retire(ptr: usize): void {
  const c = core();
  const object = changetype<Retired>(ptr + OwnerLookup.RETIRED_AT);
  const off = <u32>changetype<usize>(object) - c.arenaPtr;
  object.next = 0;
  object.epoch = c.gpEpoch;
  if (c.retiredLast) retiredAt(c.retiredLast).next = off;
  else c.retiredFirst = off;
  c.retiredLast = off;
  c.nrRetired += 1;
}

/** Frees what nobody can hold any more, `most` objects at most. */
function reclaim(most: u32): void {
  const c = core();
  const all = advanceEpoch() && allAnnounced();
  while (most-- && c.retiredFirst && isOver(retiredAt(c.retiredFirst).epoch, all)) freeFirst();
}

/**
 * Within an operation that holds no address: announces, and frees what nobody can hold, in shared memory no more than
 * its journal has room for.
 */
export function quiescent(): void {
  if (core().nrRetired) reclaim(SHARED ? RECLAIM_AT : u32.MAX_VALUE);
}

/** The same between operations: all of it, each part committed, so that a long wait leaves no long journal. */
export function quiescentBetween(): void {
  const c = core();
  while (c.nrRetired) {
    const before = c.nrRetired;
    commitLedger();
    reclaim(SHARED ? RECLAIM_AT : u32.MAX_VALUE);
    if (!SHARED || before - c.nrRetired < RECLAIM_AT) return;
  }
}

/** As poolReserve for the design's pool, within an operation that holds no address of the index. */
export function reserveObjects(nrObjects: u32): bool {
  const pool = core().nodePoolAt(0);
  if (poolReserve(pool, nrObjects)) return true;
  // Memory is full: what waits may be what is missing.
  quiescent();
  return poolReserve(pool, nrObjects);
}

/** Bytes from the arena's start to an object, as lists name it; the arena can move. */
export function offsetOf(ptr: usize): u32 {
  return <u32>ptr - core().arenaPtr;
}

/** Whether there is such an agent, other than the one for which operations run in a ledger of its own. */
function isReader(number: u32): bool {
  return number < core().nrAgents && (SHARED || number != thisAgent());
}

/**
 * Announces that an agent holds no address taken earlier.  BAD_ARG: no such agent, or offline.  In a ledger of its own
 * agent 0 always is online, and this frees what waits.
 */
export function agentQuiescent(number: u32): u32 {
  if (!SHARED && number == thisAgent()) {
    quiescent();
    return Err.OK;
  }
  if (SHARED && !core().gpEpoch) return Err.OK; // nothing is ever retired
  if (!isReader(number) || !agentAt(number).epoch) return Err.BAD_ARG;
  if (SHARED && number == thisAgent()) announce();
  else agentAt(number).epoch = core().gpEpoch;
  return Err.OK;
}

/** An agent begins to read: from now on grace periods wait for it.  BAD_ARG: no such agent, or 0 in a ledger of its own. */
export function agentOnline(number: u32): u32 {
  if (!isReader(number)) return Err.BAD_ARG;
  if (SHARED && number == thisAgent()) enterReading();
  else agentAt(number).epoch = core().gpEpoch;
  return Err.OK;
}

/** An agent has let go of all addresses and will take none.  BAD_ARG as agentOnline. */
export function agentOffline(number: u32): u32 {
  if (!isReader(number)) return Err.BAD_ARG;
  agentAt(number).epoch = 0;
  return Err.OK;
}

/** 0, or what is wrong with the list of retired objects: 1 = it does not end where it should, 2 = a stamp (Q1). */
export function retiredFault(): u32 {
  const c = core();
  let epoch: u32 = 0;
  let left = c.nrRetired;
  let last: u32 = 0;
  for (let off = c.retiredFirst; off; off = retiredAt(off).next) {
    if (!left--) return 1;
    const stamp = retiredAt(off).epoch;
    if (!stamp || <i32>(c.gpEpoch - stamp) < 0 || (epoch && <i32>(stamp - epoch) < 0)) return 2;
    epoch = stamp;
    last = off;
  }
  return left || last != c.retiredLast ? 1 : 0;
}
