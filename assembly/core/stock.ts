// stock: pages that an agent has charged ahead, and how they come back.
//
//   Container.usagePages of each level ◄──add── way ◄──► AgentCounter: stock │ counted pages, this agent's to uncharge
//                                                        └───────── ownedPages ─────────┘
//   OUT ──first charge──► IN ──another's request──► ASKED ──drained──► IN ──leave──► OUT ──another──► DRAINING ──► OUT
//
// A charge or uncharge within the stock moves pages across the line in ownedPages: one word, of this agent's own.  Only
// what does not fit goes up the tree.  Stocks come back when a limit refuses (reclaimStocks), when their agent leaves for
// good or dies, and when a container is removed.
//
// INVARIANTS  X1  A container's own part of usagePages is chargedPages + countedPages + the sum of all agents' ownedPages,
//                 and what they have charged without the lock (page-stock).
//             X2  stock <= capacity, stock <= ownedPages; capacityPages is the sum of one agent's capacities, and at most
//                 AGENT_STOCK_PAGES.
//             X3  wayPages are counted at the levels from wayFrom up to, not including, wayEnd, and are nobody's; between
//                 operations there are none.
//             X4  An agent's counters and way are written by that agent while it is IN or ASKED, by who has made it
//                 DRAINING or recovers that one, or, when it is dead, by who recovers it, which makes it DRAINING too.
// Bound: usagePages less true usage is the stocks below.  By X2 that is at most, for each agent, the smaller of
// AGENT_STOCK_PAGES and STOCK_MAX × containers here and below: with A agents, C containers, A × min(C × 4096, 2^19).
// Of the kernel's policies a stock is at most 64 and slots are 1 or 7: A × slots × 64.  Each bound can be reached: by
// uncharging into stocks that have grown.
// ORDERING    Each change of a level and of the way's end that says so, and each move between way, stock and ownedPages,
//             lies in one run of code without call or loop: a thread is terminated only at those, so a survivor finds all
//             of it or nothing.  State goes by cmpxchg: who makes an agent DRAINING sees all that it has stored.
// RACY        An agent that is IN but does not call keeps its stock: a request waits a little, and is then given up.
// AFTER       Linux mm/memcontrol.c: memcg_stock_pcp, drain_all_stock.  The model: test/interleave/models/stock.ts.
import { Agent, AgentCounter, Container, ContainerFlag, CountState, Err } from "../abi";
import { futexWait } from "../prim/futex";
import { Mutation } from "../prim/torture";
import { agentAt, stop, thisAgent } from "./agent";
import { containerAt, core, counterAt, seenAt } from "./region";
import { missUpdates, relinkCounters } from "./stats";
import { usagePtr } from "./usage";

const STATE_MASK: u32 = 255;
const STATE_SHIFT: u32 = 8;
const WAIT_NS: i64 = 100_000;
const ASK_WAITS: u32 = 20;
const ASK_SPINS: u32 = 1 << 12;
const ENTER_WAITS: u32 = 50_000;
const ENTER_SPINS: u32 = 1 << 21;

function statePtr(agent: Agent): usize {
  return changetype<usize>(agent) + offsetof<Agent>("_countState");
}

/** Where stock and counted pages meet. */
export abstract class Stock {
  /**
   * Sets the stock of a counter that owns enough, and counts the difference as `delta` pages of a kind.  One run of
   * stores, for X1 and W1 hold at any death.
   */
  @inline static move(counter: AgentCounter, kind: u32, stock: u32, delta: u32): void {
    const place = changetype<usize>(counter) + ((<usize>kind) << 2);
    const counts = load<u32>(place, offsetof<AgentCounter>()) + delta;
    store<u32>(changetype<usize>(counter), stock, offsetof<AgentCounter>("_stock"));
    store<u32>(place, counts, offsetof<AgentCounter>());
  }

  /** Adds to a word that several agents add to. */
  @inline static addTo(ptr: usize, nrPages: u32): void {
    if (SHARED) atomic.add<u32>(ptr, nrPages);
    else store<u32>(ptr, load<u32>(ptr) + nrPages);
  }

  /** Sets both words that tell what an agent owns of a container, so that no other reads one old and one new (T1). */
  @inline static set(counter: AgentCounter, stock: u32, ownedPages: u32): void {
    const record = changetype<usize>(counter);
    if (SHARED) {
      const moves = load<u32>(record, offsetof<AgentCounter>("_moves"));
      atomic.store<u32>(record, moves + 1, offsetof<AgentCounter>("_moves"));
      atomic.store<u32>(record, stock, offsetof<AgentCounter>("_stock"));
      atomic.store<u32>(record, ownedPages, offsetof<AgentCounter>("_ownedPages"));
      atomic.store<u32>(record, moves + 2, offsetof<AgentCounter>("_moves"));
    } else {
      store<u32>(record, stock, offsetof<AgentCounter>("_stock"));
      store<u32>(record, ownedPages, offsetof<AgentCounter>("_ownedPages"));
    }
  }
}

/** Takes what is under way off the levels that have it (X3). */
export function returnWay(agent: Agent): void {
  const self = changetype<usize>(agent);
  while (agent.wayFrom != agent.wayEnd && agent.wayFrom) {
    const level = containerAt(agent.wayFrom);
    const ptr = usagePtr(level);
    const parentId: u32 = level.parentId;
    const nrPages = agent.wayPages;
    Stock.addTo(ptr, -nrPages);
    store<u32>(self, parentId, offsetof<Agent>("_wayFrom"));
  }
  agent.wayPages = 0;
}

/** What came back may have been the last that an offline container was held by. */
function noteOffline(id: u32): void {
  if (!isOnline(id)) agentAt(thisAgent()).drainedOffline = 1;
}

/** Takes `nrPages` of a stock back up the tree. */
export function returnStock(agent: Agent, counter: AgentCounter, id: u32, nrPages: u32): void {
  const self = changetype<usize>(agent);
  const stock = counter.stock - nrPages;
  const ownedPages = counter.ownedPages - nrPages;
  store<u32>(self, nrPages, offsetof<Agent>("_wayPages"));
  store<u32>(self, id, offsetof<Agent>("_wayFrom"));
  store<u32>(self, 0, offsetof<Agent>("_wayEnd"));
  Stock.set(counter, stock, ownedPages);
  returnWay(agent);
  noteOffline(id);
}

/** Moves pages from the stock to pageStock: one run of stores. */
export function movePages(counter: AgentCounter, nrPages: u32): void {
  const pageStock = counter.pageStock + nrPages;
  const stock = counter.stock - nrPages;
  const ownedPages = counter.ownedPages - nrPages;
  store<u32>(changetype<usize>(counter), pageStock, offsetof<AgentCounter>("_pageStock"));
  Stock.set(counter, stock, ownedPages);
}

/** Takes pages of a pageStock back up the tree, straight onto the way: the stock may be full. */
export function returnPages(agent: Agent, counter: AgentCounter, id: u32, nrPages: u32): void {
  const self = changetype<usize>(agent);
  const pageStock = counter.pageStock - nrPages;
  store<u32>(self, nrPages, offsetof<Agent>("_wayPages"));
  store<u32>(self, id, offsetof<Agent>("_wayFrom"));
  store<u32>(self, 0, offsetof<Agent>("_wayEnd"));
  store<u32>(changetype<usize>(counter), pageStock, offsetof<AgentCounter>("_pageStock"));
  returnWay(agent);
  noteOffline(id);
}

/** Sets a capacity, not below the stock. */
export function setCapacity(agent: Agent, counter: AgentCounter, capacity: u32): void {
  const capacityPages = agent.capacityPages + capacity - counter.capacity;
  store<u32>(changetype<usize>(counter), capacity, offsetof<AgentCounter>("_capacity"));
  store<u32>(changetype<usize>(agent), capacityPages, offsetof<Agent>("_capacityPages"));
}

/** Gives all that an agent owns of a container back: the stock up the tree, the counted pages to the container. */
export function drainCounter(agent: Agent, counter: AgentCounter, id: u32): void {
  if (SHARED && counter.pageStock) returnPages(agent, counter, id, counter.pageStock);
  if (counter.stock) returnStock(agent, counter, id, counter.stock);
  const ptr = changetype<usize>(containerAt(id)) + offsetof<Container>("_countedPages");
  const ownedPages = counter.ownedPages;
  if (ownedPages) {
    // Added there before it is gone here: T2.
    Stock.addTo(ptr, ownedPages);
    Stock.set(counter, counter.stock, 0);
  }
  if (counter.capacity) setCapacity(agent, counter, 0);
  noteOffline(id);
}

function isOnline(id: u32): bool {
  return (<u32>containerAt(id).flags & ContainerFlag.ONLINE) != 0;
}

/** Whether this agent has drained offline containers, which perhaps nothing holds any more; asks once. */
export function hasDrainedOffline(): bool {
  const agent = agentAt(thisAgent());
  if (!agent.drainedOffline) return false;
  agent.drainedOffline = 0;
  return true;
}

function isBelow(id: u32, levelId: u32): bool {
  if (!levelId) return true;
  while (id && id != levelId) id = containerAt(id).parentId;
  return id != 0;
}

/** Whether an agent can own anything at all: ledgers whose agents never count pay nothing for it. */
function hasCounted(agent: Agent): bool {
  return (agent.updates | agent.capacityPages) != 0;
}

/** Drains what agent `number` owns of the containers below a level and of that itself, 0 = of all.  X4 holds. */
export function drainBelow(number: u32, levelId: u32): void {
  const agent = agentAt(number);
  const end = core().containersEnd;
  for (let id: u32 = 1; id < end; id++) {
    const counter = counterAt(number, id);
    if (counter.ownedPages | counter.pageStock | counter.capacity && isBelow(id, levelId))
      drainCounter(agent, counter, id);
  }
}

/** Pages in stock below a level and at it, of all agents; exact while none is counting. */
export function stockedPages(levelId: u32): u32 {
  const c = core();
  let nrPages: u32 = 0;
  for (let number: u32 = 0; number < c.nrAgents; number++) {
    for (let id: u32 = 1; id < c.containersEnd; id++) {
      const stock = counterAt(number, id).stock + counterAt(number, id).pageStock;
      if (stock && isBelow(id, levelId)) nrPages += stock;
    }
  }
  return nrPages;
}

/** Changes a state; whether it was `from`. */
function changeState(agent: Agent, from: u32, to: u32): bool {
  return atomic.cmpxchg<u32>(statePtr(agent), from, to) == from;
}

/** Sets a state, and wakes who waits for it. */
function setState(agent: Agent, state: u32): void {
  atomic.store<u32>(statePtr(agent), state);
  atomic.notify(statePtr(agent));
}

/** Drains what another agent has asked for; whether any did. */
export function serveRequest(): bool {
  if (!SHARED) return false;
  const agent = agentAt(thisAgent());
  let state = agent.countState;
  if ((state & STATE_MASK) != CountState.ASKED) return false;
  for (let served: u32 = 0; served != state; ) {
    served = state;
    drainBelow(thisAgent(), served >> STATE_SHIFT);
    state = atomic.cmpxchg<u32>(statePtr(agent), served, CountState.IN);
  }
  atomic.notify(statePtr(agent));
  return true;
}

/** Whether this agent may write its counters at once: it is IN, and nobody has asked for anything. */
function isCounting(agent: Agent): bool {
  return !SHARED || agent.countState == CountState.IN;
}

/** Begins to count.  Stops the call with LOCKED if another agent drains this one's stocks for long. */
export function enterCounting(): void {
  if (!SHARED) return;
  const agent = agentAt(thisAgent());
  const mayWait = agent.mayWait != 0;
  const most = mayWait ? ENTER_WAITS : ENTER_SPINS;
  for (let turn: u32 = 0; turn < most; turn++) {
    const state = agent.countState;
    if ((state & STATE_MASK) == CountState.IN || (state & STATE_MASK) == CountState.ASKED) return;
    if (state == CountState.OUT) {
      if (changeState(agent, CountState.OUT, CountState.IN)) return;
    } else if (mayWait) {
      futexWait(statePtr(agent), state, WAIT_NS);
    }
  }
  stop(Err.LOCKED);
}

/** Ends counting: from now on others may drain this agent's stocks. */
export function leaveCounting(): void {
  if (!SHARED) return;
  const agent = agentAt(thisAgent());
  while (isCounting(agent) || (agent.countState & STATE_MASK) == CountState.ASKED) {
    if (serveRequest()) continue;
    if (changeState(agent, CountState.IN, CountState.OUT)) return;
  }
}

/** Drains an agent that is out, as it would itself; false = it is not. */
function drainOut(number: u32, levelId: u32): bool {
  const agent = agentAt(number);
  const mine = CountState.DRAINING | (thisAgent() << STATE_SHIFT);
  if (!changeState(agent, CountState.OUT, mine)) return false;
  drainBelow(number, levelId);
  setState(agent, CountState.OUT);
  return true;
}

/** Asks an agent that is counting to drain; whether it had not been asked before. */
function ask(agent: Agent, levelId: u32): bool {
  const state = agent.countState;
  const wanted = CountState.ASKED | (levelId << STATE_SHIFT);
  if (state == CountState.IN) return changeState(agent, state, wanted);
  // Who is asked by two for different things drains everything.
  if ((state & STATE_MASK) == CountState.ASKED && state != wanted)
    changeState(agent, state, CountState.ASKED);
  return false;
}

/** Waits a little until an agent has drained, serving others meanwhile; asleep too if `patient`. */
function waitFor(agent: Agent, patient: bool): void {
  const sleeps: u32 = patient && agentAt(thisAgent()).mayWait ? ASK_WAITS : 0;
  for (let turn: u32 = 0; turn < ASK_SPINS + sleeps; turn++) {
    const state = agent.countState;
    if ((state & STATE_MASK) != CountState.ASKED) return;
    serveRequest();
    if (turn >= ASK_SPINS) futexWait(statePtr(agent), state, WAIT_NS);
  }
}

/** Drains the others' stocks below a level, or asks them to, and waits a little for it if `wait` says so. */
export function reclaimOthers(levelId: u32, wait: bool): void {
  if (!SHARED) return;
  const nrAgents = core().nrAgents;
  // One that was asked long ago and is silent is not worth a sleep.
  let fresh: u64 = 0;
  let stale: u64 = 0;
  for (let number: u32 = 0; number < nrAgents; number++) {
    if (number == thisAgent()) continue;
    const agent = agentAt(number);
    if (wait ? !agent.capacityPages : !hasCounted(agent)) continue;
    if (drainOut(number, levelId)) continue;
    const bit = (<u64>1) << number;
    if (ask(agent, levelId)) fresh |= bit;
    else stale |= bit;
  }
  if (!wait) return;
  for (; fresh; fresh &= fresh - 1) waitFor(agentAt(<u32>ctz(fresh)), true);
  for (; stale; stale &= stale - 1) waitFor(agentAt(<u32>ctz(stale)), false);
}

/** Drains stocks below a level that refuses, this agent's and the others'; whether another try is worth it. */
export function reclaimStocks(levelId: u32): bool {
  const before = containerAt(levelId).usagePages;
  const me = thisAgent();
  if (agentAt(me).capacityPages) {
    enterCounting();
    drainBelow(me, levelId);
  }
  reclaimOthers(levelId, true);
  return containerAt(levelId).usagePages < before;
}

/** Stocks of a container and below it come back: a limit has fallen below them, or it has gone offline. */
export function drainLevel(id: u32): void {
  const me = thisAgent();
  if (hasCounted(agentAt(me))) {
    enterCounting();
    drainBelow(me, id);
  }
  reclaimOthers(id, false);
}

/** Takes what is under way of an agent back; whatever it was of may be offline, and nobody else may look at it again. */
function abandonWay(agent: Agent): void {
  if (agent.wayPages) returnWay(agent);
  // Perhaps of one that is offline, and the call stopped before it could say so.
  agentAt(thisAgent()).drainedOffline = 1;
}

/**
 * Lets go of agents that this one, which is dead or whose call has stopped, was draining.  They stay as far as it got: each
 * one's own way says how far.
 */
export function releaseDrained(number: u32): void {
  for (let other: u32 = 0; other < core().nrAgents; other++) {
    if (agentAt(other).countState != (CountState.DRAINING | (number << STATE_SHIFT))) continue;
    abandonWay(agentAt(other));
    setState(agentAt(other), CountState.OUT);
  }
}

/** After a trap: what was under way comes back, here and at agents that this one was draining. */
export function abandonCounting(): void {
  const agent = agentAt(thisAgent());
  const state: u32 = agent.countState & STATE_MASK;
  if (state == CountState.IN || state == CountState.ASKED) {
    abandonWay(agent); // X4
    missUpdates(agent);
  }
  releaseDrained(thisAgent());
}

/** Takes over the counters of an agent that is dead, and drains them; false = another agent is at it. */
export function drainDead(number: u32): bool {
  const agent = agentAt(number);
  const mine = CountState.DRAINING | (thisAgent() << STATE_SHIFT);
  const state = agent.countState;
  if (state != mine && ((state & STATE_MASK) == CountState.DRAINING || !changeState(agent, state, mine)))
    return false;
  if (MUTATE == Mutation.WAY_FORGOTTEN) agent.wayPages = 0;
  else returnWay(agent);
  drainBelow(number, 0);
  relinkCounters(number);
  missUpdates(agent);
  setState(agent, CountState.OUT);
  return true;
}

/** Drains all stocks of an image, whose agents are gone, and whose pages are folded. */
export function drainImage(): void {
  for (let number: u32 = 0; number < core().nrAgents; number++) {
    for (let id: u32 = 1; id < core().containersEnd; id++) {
      const counter = counterAt(number, id);
      if (counter.pageStock) returnPages(agentAt(number), counter, id, counter.pageStock);
      counter.pages = seenAt(number, id).seenPages;
    }
    drainBelow(number, 0);
    agentAt(number).capacityPages = 0;
    for (let id: u32 = 1; id < core().containersEnd; id++) counterAt(number, id).moves = 0;
  }
  for (let id: u32 = 1; id < core().containersEnd; id++) containerAt(id).countedTakes = 0;
}
