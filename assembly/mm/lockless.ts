// lockless: pages of a ledger without frame records, charged and uncharged by many agents at once.
//
//   in, unless somebody has the lock ──► page by page, a step of the design each ──► out
//          a step says STOCK                ──► out ──► pages are charged ahead, or given back ──► in
//          LOCKED, or AGAIN too often       ──► out ──► this page under the ledger lock        ──► in
//
// INVARIANTS  K2  A charge that is refused has taken its pages back, under the lock and only those that are the container's still: another
//                 agent may have uncharged some meanwhile, and charged them there again.
//             K3  Within (write-gate) this agent waits for nothing, and looks at the lock and at its state before each page.
//             K4  Agent.batchAt is the number of pages done whenever the call can stop: so many stay charged, or uncharged.
// CONTEXT     An agent that dies leaves the pages done so far charged or uncharged: each by itself, with its counts.
//             In designs that cannot (LOCKLESS), for one agent alone, and where no stock may be kept, each page takes the lock, if there is one.
// COST        Per page the design's step, a load of the lock's word and one of the agent's state.
import { Agent, AgentCounter, CountState, Err, StockPolicy } from "../abi";
import { agentAt, thisAgent } from "../core/agent";
import { isOnline, onlineErr } from "../core/container";
import { quiescentBetween } from "../core/grace-period";
import { commitLedger, lockLedger, unlockLedger } from "../core/ledger-lock";
import { Lockless } from "../core/lockless";
import { foldAll, foldPages } from "../core/page-stock";
import { core, counterAt, inBuffers } from "../core/region";
import { drainCounter, movePages, returnPages, setCapacity } from "../core/stock";
import { enterWriting, leaveWriting, WriteGate } from "../core/write-gate";
import { ownerOf } from "./calls";
import { chargeBare, unchargeBare } from "./charge-batch";
import { beginCounting, endCounting, resize, restock } from "./count-slow";

/** Steps that another agent's came between, before the lock decides; each of them was another's success. */
const TRIES: u32 = 64;
/** Times that a stock was filled or made room in for nothing, others having drained it, before the lock decides. */
const FRUITLESS: u32 = 2;
/** Instead of an error: the steps can go on. */
const STEPS_AGAIN: u32 = u32.MAX_VALUE;

function pageAt(pfns: usize, i: u32): usize {
  return pfns + ((<usize>i) << 2);
}

/** Whether the agent may take a step: nobody has the lock (Y1), and nobody wants its stocks (X4). */
function mayStep(agent: Agent): bool {
  return !WriteGate.isClosed() && agent.countState == CountState.IN;
}

/** Charges a page (`id` not 0), or uncharges it. */
function step(pfn: u32, id: u32): Lockless {
  if (OwnerLookup.LOCKLESS)
    return id ? OwnerLookup.chargeLockless(pfn, id) : OwnerLookup.unchargeLockless(pfn);
  return Lockless.LOCKED;
}

/** Charges or uncharges pages from `i` on, up to `end`, by steps without the lock; answers the first that it has not. */
function steps(pfns: usize, i: u32, end: u32, id: u32): u32 {
  if (!enterWriting()) return i;
  const agent = agentAt(thisAgent());
  const nrFrames = core().nrFrames;
  let tries = TRIES;
  while (i < end && mayStep(agent)) {
    const pfn = load<u32>(pageAt(pfns, i));
    if (pfn >= nrFrames) break;
    const ended = step(pfn, id);
    if (ended == Lockless.DONE) i++;
    else if (ended != Lockless.AGAIN || !--tries) break;
  }
  leaveWriting();
  return i;
}

/** Charges pages of a container ahead, no more than may be kept: STEPS_AGAIN, or why not. */
function chargeAhead(agent: Agent, counter: AgentCounter, id: u32, nrPages: u32): u32 {
  const wanted = min(nrPages, counter.capacity);
  if (counter.stock < wanted) {
    const err = restock(agent, counter, id, wanted);
    if (err) return err;
    // A limit that refused at first has drained this stock too, and its capacity (X2, X5).
    if (counter.capacity < counter.stock) setCapacity(agent, counter, counter.stock);
  }
  movePages(counter, counter.stock);
  return STEPS_AGAIN;
}

/** Gives back half of what may be kept, if it is full. */
function makeRoom(agent: Agent, counter: AgentCounter, id: u32): u32 {
  const capacity = counter.capacity;
  const kept = core().stockPolicy == StockPolicy.ADAPTIVE ? capacity / 2 : 0;
  if (counter.pageStock >= capacity) returnPages(agent, counter, id, counter.pageStock - kept);
  return STEPS_AGAIN;
}

/** A page that no step could charge to `id`, or uncharge (0): OK where the lock decides, STEPS_AGAIN, or why not. */
function ready(pfn: u32, nrPages: u32, id: u32): u32 {
  const agent = agentAt(thisAgent());
  const wasOut = agent.countState != CountState.IN;
  beginCounting();
  const owner = id ? id : ownerOf(pfn);
  const counter = counterAt(thisAgent(), owner);
  let err: u32 = id ? onlineErr(id) : <u32>Err.OK;
  if (id ? counter.pageStock != 0 : counter.pageStock < counter.capacity) {
    if (!err && wasOut) err = STEPS_AGAIN;
  } else if (isOnline(owner)) {
    resize(agent, counter, owner);
    if (counter.capacity)
      err = id ? chargeAhead(agent, counter, id, nrPages) : makeRoom(agent, counter, owner);
    // Its remover has gone offline first and looked for capacities then: one of the two sees the other.
    atomic.add<u32>(changetype<usize>(agent) + offsetof<Agent>("_capacityPages"), 0);
    if (!isOnline(owner)) drainCounter(agent, counter, owner);
  }
  return endCounting(err);
}

/** One page under the lock. */
function underLock(page: usize, id: u32): u32 {
  lockLedger();
  let err: u32;
  if (id) {
    err = onlineErr(id);
    if (!err) err = chargeBare(page, 1, id);
  } else {
    const pfn = load<u32>(page);
    foldPages(pfn < core().nrFrames ? OwnerLookup.ownerOf(pfn) : 0);
    commitLedger();
    err = unchargeBare(page, 1);
  }
  quiescentBetween();
  unlockLedger();
  return err;
}

/** Charges or uncharges pages until one is refused; answers how many it has, and leaves why in Agent.lastError. */
function pagesUntilRefused(pfns: usize, nrPages: u32, id: u32): u32 {
  const agent = agentAt(thisAgent());
  let err: u32 = Err.OK;
  let done: u32 = 0;
  let fruitless: u32 = 0;
  while (done < nrPages) {
    if (OwnerLookup.LOCKLESS) {
      const before = done;
      done = steps(pfns, done, nrPages, id);
      if (done == nrPages) break;
      if (done != before) fruitless = 0;
    }
    agent.batchAt = done; // K4
    const page = pageAt(pfns, done);
    if (OwnerLookup.LOCKLESS && fruitless < FRUITLESS && load<u32>(page) < core().nrFrames) {
      err = ready(load<u32>(page), nrPages - done, id);
      if (err == STEPS_AGAIN) {
        err = Err.OK;
        fruitless++;
        continue;
      }
    }
    if (!err) err = underLock(page, id);
    if (err) break;
    fruitless = 0;
    done++;
  }
  agent.lastError = err;
  return done;
}

/** Takes back the first pages of a charge that was refused, each committed by itself, the last one first (K2, K4). */
function takeBack(pfns: usize, nrPages: u32, id: u32): void {
  agentAt(thisAgent()).batchAt = nrPages; // the page that was refused under the lock has set its own
  lockLedger();
  foldPages(id);
  for (let i = nrPages; i--; ) {
    commitLedger();
    agentAt(thisAgent()).batchAt = i + 1;
    const page = pageAt(pfns, i);
    if (OwnerLookup.ownerOf(load<u32>(page)) == id) unchargeBare(page, 1);
  }
  quiescentBetween();
  unlockLedger();
}

/** How such a call ends: `at` is the page that refused. */
function end(err: u32, at: u32): u32 {
  agentAt(thisAgent()).batchAt = at;
  if (!SHARED) core().batchAt = at;
  return err;
}

/**
 * Charges `nrPfns` pages, u32 each at `pfnsPtr`, in any order, to one container, all or none.  For ledgers without frame records:
 * BAD_ARG in others.  BAD_PFN, CHARGED, NO_CONTAINER, OFFLINE, LIMIT, NO_MEMORY, and batchAt names the page.
 */
export function chargeLockless(pfnsPtr: u32, nrPfns: u32, id: u32): u32 {
  end(Err.OK, 0);
  if (!inBuffers(pfnsPtr, (<u64>nrPfns) << 2) || core().nrRecords) return Err.BAD_ARG;
  // Whoever has removed it may be waiting for this agent's stock.
  beginCounting();
  const offline = endCounting(onlineErr(id));
  if (offline) return offline;
  const done = pagesUntilRefused(<usize>pfnsPtr, nrPfns, id);
  if (done == nrPfns) return Err.OK;
  const err = agentAt(thisAgent()).lastError;
  if (done) takeBack(<usize>pfnsPtr, done, id);
  return end(err, done);
}

/**
 * Uncharges pages, whoever has them, up to the first that is refused: those before batchAt are uncharged.  BAD_ARG as
 * chargeLockless, BAD_PFN, NOT_CHARGED.
 */
export function unchargeLockless(pfnsPtr: u32, nrPfns: u32): u32 {
  end(Err.OK, 0);
  if (!inBuffers(pfnsPtr, (<u64>nrPfns) << 2) || core().nrRecords) return Err.BAD_ARG;
  const done = pagesUntilRefused(<usize>pfnsPtr, nrPfns, 0);
  return done < nrPfns ? end(agentAt(thisAgent()).lastError, done) : <u32>Err.OK;
}

/** Brings what was charged so into a container's own figures, 0 = all containers'; see page-stock. */
export function foldLockless(id: u32): void {
  lockLedger();
  if (id) foldPages(id);
  else foldAll();
  unlockLedger();
}
