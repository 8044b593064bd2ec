// read-side: how an agent that reads without the ledger lock tells grace periods, and waits while one is undone.
//
//   call ──► enterReading ──► lookups, addresses held ──► leaveReading ──► 0, offline
//            epoch = gpEpoch   nothing retired now goes
//
// An agent that reads much stays online by itself (agentOnline): then its calls store nothing, and it announces between
// them, once per 64 lookups or more (agentQuiescent); see the rules in grace-period.
//
// INVARIANTS  Z1  While an agent's epoch is not 0 the gate is open, or whoever closed it still waits for that agent.
// ORDERING    Both sides store their own word, then load the other's, all seq_cst: the reader epoch, then readersClosed; who
//             closes readersClosed, then the epochs.  So one of them sees the other (Dekker).
// RACY        Turns are counted, so a thread that sleeps must find its count again: it sleeps in futexWait only, see prim/futex.
// COST        Two atomic stores and two loads per call, not per lookup.
import { Agent, Err, LedgerLock, LOCK_PTR } from "../abi";
import { futexWait } from "../prim/futex";
import { agentAt, stop, thisAgent } from "./agent";
import { core } from "./region";

const GATE: usize = LOCK_PTR + offsetof<LedgerLock>("_readersClosed");
const WAIT_NS: i64 = 1_000_000;
const WAITS_MAX: u32 = 10_000;
const TURNS_ALONE: u32 = 1 << 21;
/** Waits for one reader to come out before it counts as gone: calls are short. */
const LEAVE_WAITS_MAX: u32 = 500;

function isClosed(): bool {
  return atomic.load<u32>(GATE) != 0;
}

/** One turn of waiting; `expected` is what the word at `ptr` had. */
function pause(ptr: usize, expected: u32): void {
  if (agentAt(thisAgent()).mayWait) futexWait(ptr, expected, WAIT_NS);
}

function turnsMax(): u32 {
  return agentAt(thisAgent()).mayWait ? WAITS_MAX : TURNS_ALONE;
}

/** Goes online: from now on grace periods wait for this agent.  Stops the call with LOCKED if readers are kept out for long. */
export function enterReading(): void {
  const agent = agentAt(thisAgent());
  const most = turnsMax();
  for (let turn: u32 = 0; turn < most; turn++) {
    if (!isClosed()) {
      agent.epoch = core().gpEpoch;
      if (!isClosed()) return; // Z1
      agent.epoch = 0;
    }
    pause(GATE, 1);
  }
  stop(Err.LOCKED);
}

/** Goes offline; answers whether it was online. */
export function leaveReading(): bool {
  const agent = agentAt(thisAgent());
  if (!agent.epoch) return false;
  agent.epoch = 0;
  return true;
}

/** Begins a call that reads; answers whether endReading has to leave again. */
export function beginReading(): bool {
  if (agentAt(thisAgent()).epoch) return false;
  enterReading();
  return true;
}

export function endReading(entered: bool): void {
  if (entered) agentAt(thisAgent()).epoch = 0;
}

/** Announces that this agent, which is online, holds no address. */
export function announce(): void {
  if (isClosed()) {
    leaveReading();
    enterReading();
  } else {
    agentAt(thisAgent()).epoch = core().gpEpoch;
  }
}

/** Keeps readers out and waits until none is inside; false = one does not come out, and they may go on. */
export function closeReading(): bool {
  atomic.store<u32>(GATE, 1);
  const most = min(turnsMax(), agentAt(thisAgent()).mayWait ? LEAVE_WAITS_MAX : TURNS_ALONE);
  const nrAgents = core().nrAgents;
  for (let number: u32 = 0; number < nrAgents; number++) {
    if (number == thisAgent()) continue;
    const agent = agentAt(number);
    let turn: u32 = 0;
    for (let epoch = agent.epoch; epoch; epoch = agent.epoch) {
      if (turn++ == most) {
        openReading();
        return false;
      }
      pause(changetype<usize>(agent) + offsetof<Agent>("_epoch"), epoch);
    }
  }
  return true;
}

/** Lets readers in again. */
export function openReading(): void {
  atomic.store<u32>(GATE, 0);
  atomic.notify(GATE);
}
