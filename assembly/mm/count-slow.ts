// count-slow: counted charges and uncharges that go up the tree, and how many pages go with them.
//
//   charge     a batch: capacity, or what is asked for ──refused──► exactly that ──refused──► stocks drained, once more
//   uncharge   over capacity: half of it stays in the stock, or what the policy says
//
// How large a stock may grow (StockPolicy ADAPTIVE): 64 at first; twice as much if it is filled or emptied again within
// SOON updates of this agent, half if not; never more than STOCK_MAX, nor than the margin to the nearest limit above over
// twice the agents, nor than AGENT_STOCK_PAGES leave, for which containers in turn give up half of theirs.  So agents meet
// at the upper levels the less often the more they do there, and near a limit they hold little that others may need.
//
// INVARIANTS  those of stock (X).  A refused charge has changed nothing: what it took at lower levels is given back.
// ORDERING    As stock: between a level's addition and the way's end that says so there is neither call nor loop.
//             The container is asked whether it is online once the first level is added: its remover goes offline first and
//             looks at usagePages then, both by seq_cst accesses, so one of the two sees the other.
// COST        Two atomic additions or subtractions per level for a capacity of pages or half of it.
// AFTER       Linux mm/memcontrol.c: try_charge_memcg, refill_stock; the adaptive policy is ours.
import {
  AGENT_STOCK_PAGES,
  Agent,
  AgentCounter,
  COUNT_PAGES_MAX,
  Err,
  NR_KINDS,
  PAGES_MAX,
  STOCK_MAX,
  STOCK_MIN,
  StockPolicy,
  USAGE_MAX,
} from "../abi";
import { agentAt, linger, lingerLong, thisAgent } from "../core/agent";
import { isOnline, isUsed, onlineErr, releaseLeft } from "../core/container";
import { tryLockLedger, unlockLedger } from "../core/ledger-lock";
import { containerAt, core, counterAt } from "../core/region";
import { linkCounter } from "../core/stats";
import {
  drainCounter,
  enterCounting,
  reclaimStocks,
  returnPages,
  returnStock,
  returnWay,
  Stock,
  serveRequest,
  setCapacity,
} from "../core/stock";
import { hasCounted, unchargeOthers } from "../core/take-over";
import { countRefusal, raisePeaks, usagePtr } from "../core/usage";
import { Mutation } from "../prim/torture";

/** Updates of an agent within which a stock that is filled again counts as busy. */
const SOON: u32 = 1 << 20;
/** Containers looked at, for stocks to shrink, when a new one finds no room. */
const SWEEP: u32 = 64;
/** Stands for a container that went offline, where a level is answered. */
const GONE: u32 = u32.MAX_VALUE;

/** Gets ready to write this agent's counters. */
export function beginCounting(): void {
  serveRequest();
  enterCounting();
}

/** Serves others, and releases what was removed and is drained; the caller is done with its counters. */
export function endCounting(err: u32): u32 {
  serveRequest();
  if (!agentAt(thisAgent()).drainedOffline) return err;
  // Whoever has the lock now is not waited for: this agent's next call looks again.
  if (tryLockLedger()) {
    releaseLeft();
    unlockLedger();
  }
  return err;
}

/** Pages that the nearest limit leaves. */
function marginOf(id: u32): u32 {
  let margin: u32 = PAGES_MAX;
  for (let level = id; level; level = containerAt(level).parentId) {
    const c = containerAt(level);
    if (c.maxPages == PAGES_MAX) continue;
    const usagePages = c.usagePages;
    margin = min(margin, usagePages < c.maxPages ? c.maxPages - usagePages : 0);
  }
  return margin;
}

/** Halves capacities in turn, other than `counter`'s, until there is room for `nrPages` more or SWEEP were looked at. */
function sweep(agent: Agent, counter: AgentCounter, nrPages: u32): void {
  const last = core().containersEnd;
  for (let i: u32 = 0; i < SWEEP && AGENT_STOCK_PAGES - agent.capacityPages < nrPages; i++) {
    const id = agent.sweepAt + 1 < last ? agent.sweepAt + 1 : 1;
    agent.sweepAt = id;
    const other = counterAt(thisAgent(), id);
    if (other == counter || !other.capacity) continue;
    const half = other.capacity > STOCK_MIN ? other.capacity / 2 : 0;
    if (other.stock > half) returnStock(agent, other, id, other.stock - half);
    if (SHARED && other.pageStock > half) returnPages(agent, other, id, other.pageStock - half);
    setCapacity(agent, other, half);
  }
}

/** The capacity that ADAPTIVE gives a container whose stock has just run out, or over. */
function adapt(agent: Agent, counter: AgentCounter, id: u32): void {
  const was = counter.capacity;
  const soon = agent.updates - counter.slowAt < SOON;
  let capacity = soon ? min(STOCK_MAX, was * 2) : was / 2;
  counter.slowAt = agent.updates;
  capacity = min(max(capacity, STOCK_MIN), marginOf(id) / (2 * core().nrAgents));
  if (capacity > was) {
    if (AGENT_STOCK_PAGES - agent.capacityPages < capacity - was) sweep(agent, counter, capacity - was);
    capacity = min(capacity, was + AGENT_STOCK_PAGES - agent.capacityPages);
  }
  setCapacity(agent, counter, max(capacity, max(counter.stock, counter.pageStock)));
}

/** Gives a container one of the policy's slots, and drains the one that had it. */
function takeSlot(agent: Agent, id: u32, nrSlots: u32): void {
  let slot = agent.updates % nrSlots;
  for (let at: u32 = 0; at < nrSlots; at++) {
    const has: u32 = agent.slotsAt(at);
    if (has == id) return;
    if (!has || !counterAt(thisAgent(), has).capacity) slot = at;
  }
  const evicted: u32 = agent.slotsAt(slot);
  if (evicted) {
    const counter = counterAt(thisAgent(), evicted);
    if (counter.stock) returnStock(agent, counter, evicted, counter.stock);
    if (SHARED && counter.pageStock) returnPages(agent, counter, evicted, counter.pageStock);
    setCapacity(agent, counter, 0);
  }
  agent.slotsSet(slot, <u16>id);
  setCapacity(agent, counterAt(thisAgent(), id), STOCK_MIN);
}

/** Sets a container's capacity as the policy has it. */
export function resize(agent: Agent, counter: AgentCounter, id: u32): void {
  const policy = core().stockPolicy;
  if (policy == StockPolicy.ADAPTIVE) {
    adapt(agent, counter, id);
  } else if (policy != StockPolicy.NAIVE) {
    takeSlot(agent, id, policy == StockPolicy.ONE_SLOT ? 1 : 7);
    if (!counter.capacity) setCapacity(agent, counter, STOCK_MIN);
  }
}

/** Charges pages into the stock: 0, or the level that refuses, and then nothing is charged; GONE if there is none to charge. */
function fill(agent: Agent, counter: AgentCounter, id: u32, nrPages: u32): u32 {
  const self = changetype<usize>(agent);
  store<u32>(self, id, offsetof<Agent>("_wayFrom"));
  store<u32>(self, id, offsetof<Agent>("_wayEnd"));
  store<u32>(self, nrPages, offsetof<Agent>("_wayPages"));
  for (let level = id; level; ) {
    const c = containerAt(level);
    const ptr = usagePtr(c);
    const maxPages = min(c.maxPages, USAGE_MAX);
    const parentId: u32 = c.parentId;
    let usagePages: u32 = 0;
    if (SHARED) {
      if (atomic.load<u32>(ptr) > USAGE_MAX) return refuse(agent, id, level);
      usagePages = atomic.add<u32>(ptr, nrPages) + nrPages;
    } else {
      usagePages = load<u32>(ptr) + nrPages;
      store<u32>(ptr, usagePages);
    }
    store<u32>(self, parentId, offsetof<Agent>("_wayEnd"));
    if (usagePages > maxPages) return refuse(agent, id, level);
    if (SHARED && level == id && !isOnline(id)) {
      refuse(agent, id, level);
      return GONE;
    }
    level = parentId;
    if (TORTURE) linger(); // here a thread may end
    if (MUTATE == Mutation.WAY_FORGOTTEN) lingerLong();
  }
  const stock = counter.stock + nrPages;
  const ownedPages = counter.ownedPages + nrPages;
  Stock.set(counter, stock, ownedPages);
  store<u32>(self, 0, offsetof<Agent>("_wayPages"));
  raisePeaks(id, 0, false);
  return 0;
}

/** Takes back what has been added so far; answers `level`. */
function refuse(agent: Agent, id: u32, level: u32): u32 {
  returnWay(agent);
  // Its remover may have seen what was under way.
  if (!isOnline(id)) agent.drainedOffline = 1;
  return level;
}

/** Makes the stock hold `nrPages` at least, and as many as its capacity if it may: OK, OFFLINE, NO_CONTAINER or LIMIT. */
export function restock(agent: Agent, counter: AgentCounter, id: u32, nrPages: u32): u32 {
  const stock = counter.stock;
  let refusing: u32 = 0;
  if (counter.capacity > nrPages) {
    refusing = fill(agent, counter, id, counter.capacity - stock);
    if (!refusing) return Err.OK;
  }
  if (refusing != GONE) refusing = fill(agent, counter, id, nrPages - stock);
  // A level that refused has room perhaps, once stocks below it are drained; then one above may refuse.
  for (let last: u32 = 0; refusing && refusing != GONE && refusing != last; ) {
    last = refusing;
    // The own stock may go with the others.
    if (reclaimStocks(last)) refusing = fill(agent, counter, id, nrPages - counter.stock);
  }
  if (!refusing) return Err.OK;
  if (refusing == GONE) return onlineErr(id);
  countRefusal(refusing, false);
  return Err.LIMIT;
}

/** A charge that the stock does not hold, or whose agent has to serve another first. */
export function chargeSlow(id: u32, nrPages: u32, kind: u32): u32 {
  if (nrPages > COUNT_PAGES_MAX || kind >= NR_KINDS) return Err.BAD_ARG;
  beginCounting();
  const offline = onlineErr(id);
  if (offline) return endCounting(offline);
  const agent = agentAt(thisAgent());
  const counter = counterAt(thisAgent(), id);
  if (counter.stock < nrPages) {
    resize(agent, counter, id);
    const err = restock(agent, counter, id, nrPages);
    if (err) return endCounting(err);
  }
  if (!counter.linked) linkCounter(thisAgent(), id);
  Stock.move(counter, kind, counter.stock - nrPages, nrPages);
  agent.updates += 1;
  return endCounting(Err.OK);
}

/** An uncharge that the stock has no room for, of pages charged by others, or whose agent has to serve another first. */
export function unchargeSlow(id: u32, nrPages: u32, kind: u32): u32 {
  if (nrPages > COUNT_PAGES_MAX || kind >= NR_KINDS) return Err.BAD_ARG;
  beginCounting();
  if (!isUsed(id)) return endCounting(Err.NO_CONTAINER);
  const agent = agentAt(thisAgent());
  const counter = counterAt(thisAgent(), id);
  const isOwn = counter.ownedPages - counter.stock >= nrPages;
  const isFull = counter.capacity - counter.stock < nrPages;
  if (isFull && isOnline(id) && (isOwn || hasCounted(id, nrPages))) resize(agent, counter, id);
  if (!counter.linked) linkCounter(thisAgent(), id);
  if (isOwn) Stock.move(counter, kind, counter.stock + nrPages, -nrPages);
  else if (!unchargeOthers(counter, id, nrPages, kind)) return endCounting(Err.NOT_CHARGED);
  agent.updates += 1;
  const capacity = counter.capacity;
  if (counter.stock > capacity) {
    const kept = core().stockPolicy == StockPolicy.ADAPTIVE ? capacity / 2 : 0;
    returnStock(agent, counter, id, counter.stock - kept);
  }
  if (!isOnline(id)) drainCounter(agent, counter, id);
  return endCounting(Err.OK);
}
