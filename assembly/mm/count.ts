// count: pages charged by their number alone, without frames.
//
//   charge      stock >= n               ──► stock - n, counts + n          else count-slow: the stock is filled
//   uncharge    owned - stock >= n,
//               stock + n <= capacity    ──► stock + n, counts - n          else count-slow: some of it goes back
//
// INVARIANTS  those of stock (X) and stats (W).
// CONTEXT     No lock is held; the ledger lock is taken only to release a container that was removed.
// COST        Within the stock, whatever the depth: four loads and three stores of the agent's own, and a look whether
//             another agent has asked for something.
// AFTER       Linux mm/memcontrol.c: consume_stock, refill_stock.
import {
  AGENT_COUNTER_BYTES,
  Agent,
  AgentCounter,
  COUNT_UNCHARGE,
  CountState,
  Err,
  KIND_SHIFT,
  NR_KINDS,
} from "../abi";
import { agentAt, thisAgent } from "../core/agent";
import { Counters, core, inBuffers } from "../core/region";
import { Stock } from "../core/stock";
import { chargeSlow, unchargeSlow } from "./count-slow";

/** What of an entry's first word is neither its kind nor COUNT_UNCHARGE: the container, if it is small enough. */
const ID_MASK: u32 = ~(COUNT_UNCHARGE | ((NR_KINDS - 1) << KIND_SHIFT));

const ENTRY_BYTES: u32 = 8;

/**
 * The ways that nearly always do, question by question: where any is answered with yes, count-slow has to.  So it has where
 * no page at all is asked for: 0 - 1 is large.  Few questions, for each jump makes a loop longer than what a processor keeps
 * decoded: `linked` is 0 or 1, and a mask.
 */
abstract class Fast {
  /** Whether the stock is short, or no flush of statistics would come by this counter. */
  @inline static isShort(counter: AgentCounter, stock: u32, nrPages: u32): bool {
    return nrPages - 1 >= (stock & -counter.linked);
  }

  /** Whether other agents have charged them, or no flush would come by. */
  @inline static isOthers(counter: AgentCounter, stock: u32, nrPages: u32): bool {
    return nrPages - 1 >= ((counter.ownedPages - stock) & -counter.linked);
  }

  @inline static isFull(counter: AgentCounter, stock: u32, nrPages: u32): bool {
    return counter.capacity - stock < nrPages;
  }

  /** Whether the agent may not write at once. */
  @inline static isAsked(agent: Agent): bool {
    return SHARED && agent.countState != CountState.IN;
  }

  /**
   * Does entries from `at` on that can be done at once, up to `end`; answers where the first that cannot is.  No call stands in
   * the loop, for an engine keeps nothing in registers across one.
   */
  @inline static entries(agent: Agent, counters: usize, maxContainers: u32, at: usize, end: usize): usize {
    for (; at != end; at += ENTRY_BYTES) {
      const word = load<u32>(at);
      const nrPages = load<u32>(at, 4);
      const id = word & ID_MASK;
      if (id >= maxContainers) break;
      const counter = changetype<AgentCounter>(counters + id * AGENT_COUNTER_BYTES);
      const kind = (word >> KIND_SHIFT) & (NR_KINDS - 1);
      const stock = counter.stock;
      if (<i32>word < 0) {
        if (Fast.isOthers(counter, stock, nrPages)) break;
        if (Fast.isFull(counter, stock, nrPages)) break;
        if (Fast.isAsked(agent)) break;
        Stock.move(counter, kind, stock + nrPages, -nrPages);
      } else {
        if (Fast.isShort(counter, stock, nrPages)) break;
        if (Fast.isAsked(agent)) break;
        Stock.move(counter, kind, stock - nrPages, nrPages);
      }
    }
    return at;
  }
}

/**
 * Charges `nrPages` pages of a kind to a container, here and above within the limits.  BAD_ARG: no such kind, or more
 * than COUNT_PAGES_MAX; NO_CONTAINER, OFFLINE, LIMIT.
 */
export function countCharge(id: u32, nrPages: u32, kind: u32): u32 {
  if (kind >= NR_KINDS) return Err.BAD_ARG;
  if (id >= core().maxContainers) return Err.NO_CONTAINER;
  const agent = agentAt(thisAgent());
  const counter = Counters.at(thisAgent(), id);
  const stock = counter.stock;
  if (Fast.isShort(counter, stock, nrPages) || Fast.isAsked(agent)) {
    return chargeSlow(id, nrPages, kind);
  }
  Stock.move(counter, kind, stock - nrPages, nrPages);
  agent.updates += 1;
  return Err.OK;
}

/**
 * Uncharges counted pages, whichever agent has charged them.  BAD_ARG as countCharge; NO_CONTAINER; NOT_CHARGED: fewer
 * are counted there.
 */
export function countUncharge(id: u32, nrPages: u32, kind: u32): u32 {
  if (kind >= NR_KINDS) return Err.BAD_ARG;
  if (id >= core().maxContainers) return Err.NO_CONTAINER;
  const agent = agentAt(thisAgent());
  const counter = Counters.at(thisAgent(), id);
  const stock = counter.stock;
  if (Fast.isOthers(counter, stock, nrPages) || Fast.isFull(counter, stock, nrPages) || Fast.isAsked(agent)) {
    return unchargeSlow(id, nrPages, kind);
  }
  Stock.move(counter, kind, stock + nrPages, -nrPages);
  agent.updates += 1;
  return Err.OK;
}

function slowEntry(word: u32, nrPages: u32): u32 {
  const id = word & ID_MASK;
  if (id >> KIND_SHIFT) return Err.BAD_ARG;
  if (id >= core().maxContainers) return Err.NO_CONTAINER;
  const kind = (word >> KIND_SHIFT) & (NR_KINDS - 1);
  return word & COUNT_UNCHARGE ? unchargeSlow(id, nrPages, kind) : chargeSlow(id, nrPages, kind);
}

/**
 * Runs counted charges and uncharges: entries of two words at `ptr`, in this agent's buffers: container | kind <<
 * KIND_SHIFT | COUNT_UNCHARGE if it uncharges, then pages.  Stops at the first that is refused; answers how many were
 * done, Agent.lastError says why no more.
 */
export function countBatch(ptr: u32, nrEntries: u32): u32 {
  const agent = agentAt(thisAgent());
  agent.lastError = Err.BAD_ARG;
  if (!inBuffers(ptr, <u64>nrEntries * ENTRY_BYTES)) return 0;
  const maxContainers = core().maxContainers;
  const counters = changetype<usize>(Counters.at(thisAgent(), 0));
  const updates = agent.updates;
  const end = <usize>(ptr + nrEntries * ENTRY_BYTES);
  let err: u32 = Err.OK;
  let at = Fast.entries(agent, counters, maxContainers, <usize>ptr, end);
  while (at != end) {
    err = slowEntry(load<u32>(at), load<u32>(at, 4));
    if (err) break;
    at = Fast.entries(agent, counters, maxContainers, at + ENTRY_BYTES, end);
  }
  const done = <u32>(at - ptr) / ENTRY_BYTES;
  // Those that went the slow way are in it; all others at once, for a chain of additions to one word is slow.
  agent.updates = updates + done;
  agent.lastError = err;
  return done;
}
