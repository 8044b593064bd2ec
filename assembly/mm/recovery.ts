// recovery: what an agent leaves behind when it goes, by itself or by death.
//
//   Agent.life   FREE,g ──► RESERVED,g ──► ATTACHED,g ──► RECOVERING by r,g ──► FREE,g + 1        one cmpxchg each
//                                              ▲                 │ BUSY, TORN, or r detaches
//                                              └─────────────────┘
//
//   it held the lock     the lock passes to the recoverer ──► readers out ──► notes played back ──► readers in ──► lock free
//   it did not           it goes offline
//   then                 its stocks and what was under way come back, what it has charged stays ──► its number is free
//
// An operation that was interrupted has changed nothing: J1 and U1 of ledger-lock and prim/journal.  Readers without the
// lock are kept out meanwhile where their lookups follow addresses: undo empties nodes that they may be in.  Where a
// lookup is one load of memory that never moves (in-page, column, page-cgroup) they may look on: they see an owner that the
// operation had given already, or the one before.
//
// INVARIANTS  V1  Whoever touches what a dead agent left has its number in that agent's word: state RECOVERING.
//             V2  A number that is FREE has epoch 0, does not hold the lock, and recovers nobody.
// ORDERING    Vr1 enter RECOVERING · Vr2 epoch 0, it writes no more without the lock, and drains nobody · Vr3 those it was recovering itself · Vr4 lock taken
//             from it, undone, given back, stocks drained · Vr5 FREE, next generation.  A recoverer that dies is recovered in its turn, and at Vr3 its
//             victims go on from wherever they were: each step may be done twice.  What it held of theirs is the lock, and
//             that is taken from it at Vr4; where the lock is passed back, it is to a number that is RECOVERING still.
// CONTEXT     The caller's host knows that the agent is dead: its thread has ended.  The generation tells lives of a number
//             apart.  Two who recover one agent at once: one does it, the other gets BUSY.
// COST        As many stores as the operation had made, a look at each agent, and one at each container for every number.
import {
  AGENT_STATE_MASK,
  Agent,
  AgentState,
  Err,
  GENERATION_SHIFT,
  NR_AGENTS,
  RECOVERER_SHIFT,
} from "../abi";
import { agentAt, thisAgent } from "../core/agent";
import { releaseIfDrained, releaseLeft } from "../core/container";
import {
  holdsLedger,
  isHolder,
  ledgerLock,
  lockFrom,
  lockLedger,
  passLedger,
  tryLockLedger,
  unlockLedger,
} from "../core/ledger-lock";
import { closeReading, leaveReading, openReading } from "../core/read-side";
import { core } from "../core/region";
import { relinkCounters } from "../core/stats";
import {
  abandonCounting,
  drainBelow,
  drainDead,
  enterCounting,
  leaveCounting,
  releaseDrained,
} from "../core/stock";
import { forgetWriter } from "../core/write-gate";
import { journalIsEmpty, journalUndo } from "../prim/journal";
import { Mutation } from "../prim/torture";

/** Looks at an agent that another one drains, before that counts as gone too. */
const DRAIN_TURNS: u32 = 1 << 20;

/** The word of an agent's life; generations wrap around. */
function lifeOf(state: u32, recoverer: u32, generation: u32): u32 {
  return state | (recoverer << RECOVERER_SHIFT) | (generation << GENERATION_SHIFT);
}

function stateOf(life: u32): u32 {
  return life & AGENT_STATE_MASK;
}

function recovererOf(life: u32): u32 {
  return (life >> RECOVERER_SHIFT) & (NR_AGENTS - 1);
}

function generationOf(life: u32): u32 {
  return life >> GENERATION_SHIFT;
}

/** Changes the word of an agent's life; false = it was not `from`. */
function turn(number: u32, from: u32, to: u32): bool {
  const word = changetype<usize>(agentAt(number)) + offsetof<Agent>("_life");
  return atomic.cmpxchg<u32>(word, from, to) == from;
}

/** Undoes what the holder of the lock has noted; false = a reader does not come out. */
function undoAll(): bool {
  const c = core();
  if (!journalIsEmpty(c.journalPtr)) {
    if (OwnerLookup.RETIRES && !closeReading()) return false;
    if (MUTATE != Mutation.NOT_UNDONE) journalUndo(c.journalPtr);
  }
  // It was perhaps in a flush of statistics.
  for (let number: u32 = 0; number < c.nrAgents; number++) relinkCounters(number);
  // Closed perhaps by a survivor that died here.
  if (OwnerLookup.RETIRES && ledgerLock().readersClosed) openReading();
  return true;
}

/** Vr4. */
function undoFor(number: u32): u32 {
  if (!lockFrom(number)) return Err.OK;
  const err: u32 = ledgerLock().torn ? Err.TORN : undoAll() ? Err.OK : Err.BUSY;
  if (err) passLedger(number + 1);
  else unlockLedger();
  return err;
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

/** Waits a little for whoever drains a dead agent's stocks just now. */
function drainPatiently(number: u32): bool {
  for (let turn: u32 = 0; turn < DRAIN_TURNS; turn++) if (drainDead(number)) return true;
  return false;
}

/** Vr2 to Vr5, by this agent, which the number's word names.  On an error the word is `back`. */
function finish(number: u32, back: u32): u32 {
  agentAt(number).epoch = 0;
  forgetWriter(number);
  // First, for it may have died while it drained one of its victims.
  releaseDrained(number);
  const life = agentAt(number).life;
  let err: u32 = finishVictims(number);
  if (!err) err = undoFor(number);
  if (!err && !drainPatiently(number)) err = Err.BUSY;
  // It may have drained offline containers and died before it had released them.
  if (!err) agentAt(thisAgent()).drainedOffline = 1;
  turn(number, life, err ? back : lifeOf(AgentState.FREE, 0, generationOf(life) + 1));
  return err;
}

/** Vr3: goes on with what `number` was recovering when it died.  Each level is another number: NR_AGENTS deep at most. */
function finishVictims(number: u32): u32 {
  for (let victim: u32 = 0; victim < core().nrAgents; victim++) {
    const life = agentAt(victim).life;
    if (stateOf(life) != AgentState.RECOVERING || recovererOf(life) != number) continue;
    const ours = lifeOf(AgentState.RECOVERING, thisAgent(), generationOf(life));
    if (!turn(victim, life, ours)) continue;
    const err = finish(victim, life);
    if (err) return err;
  }
  return Err.OK;
}

/** Lets go of agents that this one began to recover and could not: anyone may recover them. */
function releaseVictims(): void {
  for (let victim: u32 = 0; victim < core().nrAgents; victim++) {
    const life = agentAt(victim).life;
    if (stateOf(life) != AgentState.RECOVERING || recovererOf(life) != thisAgent()) continue;
    turn(victim, life, lifeOf(AgentState.ATTACHED, 0, generationOf(life)));
  }
}

/**
 * This agent works here no more, and its number is free afterwards; what a call of it left undone is undone first.  OK too
 * where that life of the number is over.  BUSY, TORN as recoverAgent: then it is still there.
 */
export function detachAgent(generation: u32): u32 {
  if (!SHARED) return Err.OK;
  const number = thisAgent();
  const life = lifeOf(AgentState.ATTACHED, 0, generation);
  if (agentAt(number).life != life) return Err.OK;
  const err = abandonCall();
  if (err) return err;
  drainAgent();
  releaseVictims();
  turn(number, life, lifeOf(AgentState.FREE, 0, generation + 1));
  return Err.OK;
}

/**
 * After a trap: undoes what this agent's call has done, gives the lock back if it has it, goes offline, and drains nobody.
 * BUSY, TORN as recoverAgent.
 */
export function abandonCall(): u32 {
  if (!SHARED) return Err.OK;
  leaveReading();
  forgetWriter(thisAgent());
  abandonCounting();
  if (!holdsLedger()) return Err.OK;
  if (ledgerLock().torn) return Err.TORN;
  // Releases are undone with the rest.
  agentAt(thisAgent()).drainedOffline = 1;
  if (!undoAll()) return Err.BUSY;
  unlockLedger();
  return Err.OK;
}

/** Vr1; BUSY: somebody else is at it.  A number that is free, and has the lock all the same, is recovered too. */
function enter(number: u32, life: u32): u32 {
  const ours = lifeOf(AgentState.RECOVERING, thisAgent(), generationOf(life));
  return life == ours || turn(number, life, ours) ? Err.OK : Err.BUSY;
}

/**
 * Recovers an agent that is dead, in the generation in which it was given out; OK too if it had left before.  BAD_ARG: no
 * such agent, or the caller itself.  BUSY: a reader does not come out, or another agent recovers this one or drains its
 * stocks: recover that first if it is dead.  TORN: it died while growth moved the regions, and nothing can be done.
 */
export function recoverAgent(number: u32, generation: u32): u32 {
  if (!SHARED || number >= core().nrAgents || number == thisAgent()) return Err.BAD_ARG;
  const life = agentAt(number).life;
  const isFree = stateOf(life) == AgentState.FREE;
  // Free: asked for the lock all the same.  Taken again: by somebody alive, or with a handle of its own.
  if (isFree ? !isHolder(number) : generationOf(life) != generation) return Err.OK;
  if (stateOf(life) == AgentState.RECOVERING && recovererOf(life) != thisAgent()) return Err.BUSY;
  const entered = enter(number, life);
  if (entered) return entered;
  const err = finish(number, lifeOf(AgentState.ATTACHED, 0, generationOf(life)));
  // The lock may be with one that is dead as well; then what was drained is released by the next call.
  if (!err && agentAt(thisAgent()).drainedOffline && tryLockLedger()) {
    releaseLeft();
    unlockLedger();
  }
  return err;
}
