// recovery: what an agent leaves behind when it goes, by itself or by death.
//
//   it held the lock     the lock passes to the survivor ──► readers out ──► notes played back ──► readers in ──► lock free
//   it did not           it goes offline
//   then                 its stocks and what was under way come back, what it has charged stays ──► its number is free
//
// An operation that was interrupted has changed nothing: J1 and U1 of ledger-lock and prim/journal.  Readers without the
// lock are kept out meanwhile where their lookups follow addresses: undo empties nodes that they may be in.  Where a
// lookup is one load of memory that never moves (in-page, column, page-cgroup) they may look on: they see an owner that the
// operation had given already, or the one before.
//
// CONTEXT     The caller's host knows that the agent is dead: its thread has ended.  A number may have been given out
//             again meanwhile: the generation tells.  One host recovers a given agent, as a rule the one that started its
//             thread.  A survivor that dies here is recovered like any other; what it has not undone yet the next one
//             undoes.
// ORDERING    The generation goes up first, by cmpxchg, and the state last: who finds FREE finds the new generation.
// COST        As many stores as the operation had made.
import { Agent, AgentState, Err } from "../abi";
import { agentAt, thisAgent } from "../core/agent";
import { releaseIfDrained } from "../core/container";
import {
  holdsLedger,
  ledgerLock,
  lockFrom,
  lockLedger,
  passLedger,
  tryLockLedger,
  unlockLedger,
} from "../core/ledger-lock";
import { closeReading, leaveReading, openReading } from "../core/read-side";
import { core } from "../core/region";
import { drainBelow, drainDead, enterCounting, leaveCounting } from "../core/stock";
import { journalIsEmpty, journalUndo } from "../prim/journal";

/** Looks at an agent that another one drains, before that counts as gone too. */
const DRAIN_TURNS: u32 = 1 << 20;

/** Undoes what the holder of the lock has noted; false = a reader does not come out. */
function undoAll(): bool {
  const c = core();
  if (!journalIsEmpty(c.journalPtr)) {
    if (OwnerLookup.RETIRES && !closeReading()) return false;
    journalUndo(c.journalPtr);
  }
  // Closed perhaps by a survivor that died here.
  if (OwnerLookup.RETIRES && ledgerLock().readersClosed) openReading();
  return true;
}

/** Frees the number of an agent that is in this generation. */
function giveUp(number: u32, generation: u32): void {
  const agent = agentAt(number);
  const word = changetype<usize>(agent) + offsetof<Agent>("_generation");
  if (atomic.cmpxchg<u32>(word, generation, generation + 1) != generation) return;
  agent.epoch = 0;
  agent.state = AgentState.FREE;
}

/** Gives all stocks of this agent back, and what it may uncharge to the containers. */
export function drainAgent(): void {
  enterCounting();
  drainBelow(thisAgent(), 0);
  leaveCounting();
  if (!agentAt(thisAgent()).drainedOffline) return;
  lockLedger();
  releaseIfDrained();
  unlockLedger();
}

/** This agent works here no more.  Its number is free afterwards. */
export function detachAgent(): void {
  if (!SHARED) return;
  drainAgent();
  giveUp(thisAgent(), agentAt(thisAgent()).generation);
}

/** Waits a little for whoever drains a dead agent's stocks just now. */
function drainPatiently(number: u32): bool {
  for (let turn: u32 = 0; turn < DRAIN_TURNS; turn++) if (drainDead(number)) return true;
  return false;
}

/**
 * After a trap: undoes what this agent's call has done, gives the lock back if it has it, and goes offline.  BUSY, TORN as
 * recoverAgent.
 */
export function abandonCall(): u32 {
  if (!SHARED) return Err.OK;
  leaveReading();
  if (!holdsLedger()) return Err.OK;
  if (ledgerLock().torn) return Err.TORN;
  if (!undoAll()) return Err.BUSY;
  unlockLedger();
  return Err.OK;
}

/**
 * Recovers an agent that is dead, in the generation in which it was given out; OK too if it had left before.  BAD_ARG: no
 * such agent, or the caller itself.  BUSY: a reader does not come out, or another agent
 * drains this one's stocks; recover that first if it is dead.  TORN: it died
 * while growth moved the regions, and nothing can be done.
 */
export function recoverAgent(number: u32, generation: u32): u32 {
  if (!SHARED || number >= core().nrAgents || number == thisAgent()) return Err.BAD_ARG;
  const agent = agentAt(number);
  if (agent.generation != generation || agent.state == AgentState.FREE) return Err.OK;
  // First of all: whoever undoes another agent's work may be waiting for this one.
  agent.epoch = 0;
  const held = lockFrom(number);
  const err: u32 = !held ? Err.OK : ledgerLock().torn ? Err.TORN : undoAll() ? Err.OK : Err.BUSY;
  if (err) {
    passLedger(number + 1);
    return err;
  }
  if (held) unlockLedger();
  if (!drainPatiently(number)) return Err.BUSY;
  giveUp(number, generation);
  // The lock may be with one that is dead as well; then what was drained is released by the next call.
  if (agentAt(thisAgent()).drainedOffline && tryLockLedger()) {
    releaseIfDrained();
    unlockLedger();
  }
  return Err.OK;
}
