// stats: counted pages by kind, added up lazily from what each agent has counted.
//
//   AgentCounter.counts ──less AgentSeen.seen──► ContainerStats.own ──► total, here and at each level above
//   only its agent writes them    the flush, under the ledger lock, writes these
//   Agent's updated set: a bit per container since whose last flush it has counted something
//
// Counts only go on, modulo 2^32, and a flush keeps how much of them it has seen: so nothing of an agent is ever stopped,
// set back or taken away to be read.  A lazy read flushes first if the agents together have made more than STATS_BEHIND
// updates each since the last flush; so it misses STATS_BEHIND × agents counted charges and uncharges at most, and those of
// batches that are running just now, which count as updates when they end.  An exact
// read visits every counter, and what agents do meanwhile is all that it may miss.
//
// INVARIANTS  W1  own + what no flush has seen yet of each agent's counts is the container's figure; total likewise.
//             W2  A counter that is linked has its bit set, or a flush has just taken it: one that came to an end between, or an
//                 agent between We1's two stores, is made good by relinkCounters at its recovery.
//             W3  updates less updatesSeen is at least what an agent has counted, batches that run just now apart, that no
//                 lazy flush has seen.
// ORDERING    Counting: We1 look at linked; 0: linked = 1, bit set · We2 counts.
//             Flush: Wf1 take the bits · Wf2 linked = 0 · Wf3 read counts.
// RACY        We2 may come after Wf3, and We1 have been before Wf2: then the flush misses that update until the agent
//             counts there again, or an exact read comes.  The kernel takes the same chance: closing
//             it would cost a fence in every charge.
// COST        A lazy read that need not flush: one load per agent.  A flush: the set's words, and per counter updated 8
//             compares, and per kind that has changed a walk up the tree.
// AFTER       Linux kernel/cgroup/rstat.c; its tree of updated children is a set of bits here, for no agent may link
//             another's objects without a lock.
import { AGENT_SEEN_BYTES, Agent, CONTAINER_STATS_BYTES, NR_KINDS, STATS_BEHIND } from "../abi";
import { clearBytes, journalCommit } from "../prim/journal";
import { agentAt } from "./agent";
import { containerAt, core, counterAt, seenAt, statsAt } from "./region";

if (AGENT_SEEN_BYTES != NR_KINDS * 4 + 8 || CONTAINER_STATS_BYTES != NR_KINDS * 8)
  ERROR("kinds do not fill the records");

/** Word of agent `number`'s updated set that has container `id`. */
export function updatedPtr(number: u32, id: u32): usize {
  const c = core();
  return <usize>(c.updatedPtr + ((number * c.updatedWords + (id >> 5)) << 2));
}

/** Puts a counter into its agent's updated set. */
function enlist(number: u32, id: u32): void {
  const ptr = updatedPtr(number, id);
  const bit: u32 = 1 << (id & 31);
  if (SHARED) atomic.or<u32>(ptr, bit);
  else store<u32>(ptr, load<u32>(ptr) | bit);
}

/** Whether an agent may have counted at all; in its first batch it has, and has no updates yet. */
function hasLinked(number: u32): bool {
  return (agentAt(number).updates | agentAt(number).countState) != 0;
}

/** We1. */
export function linkCounter(number: u32, id: u32): void {
  counterAt(number, id).linked = 1;
  enlist(number, id);
}

/** Enlists what an agent has linked, once more: whoever had taken its bits, or was about to set one, has come to an end (W2). */
export function relinkCounters(number: u32): void {
  if (!hasLinked(number)) return;
  const end = core().containersEnd;
  for (let id: u32 = 1; id < end; id++) if (counterAt(number, id).linked) enlist(number, id);
}

/** Counts more updates than a lazy read may miss: a batch of this agent's ended before it could count its own (W3). */
export function missUpdates(agent: Agent): void {
  agent.updates += STATS_BEHIND * core().nrAgents + 1;
}

/** Brings one counter's new counts up the tree. */
function flushCounter(number: u32, id: u32): void {
  const counter = counterAt(number, id);
  const seen = seenAt(number, id);
  for (let kind: u32 = 0; kind < NR_KINDS; kind++) {
    const counts = counter.countsAt(kind);
    const delta = counts - seen.seenAt(kind);
    if (!delta) continue;
    seen.seenSet(kind, counts);
    statsAt(id).ownSet(kind, statsAt(id).ownAt(kind) + delta);
    for (let level = id; level; level = containerAt(level).parentId) {
      statsAt(level).totalSet(kind, statsAt(level).totalAt(kind) + delta);
    }
  }
}

function flushWord(number: u32, firstId: u32): void {
  const ptr = updatedPtr(number, firstId);
  let bits: u32 = 0;
  if (SHARED) {
    if (atomic.load<u32>(ptr)) bits = atomic.xchg<u32>(ptr, 0); // Wf1
  } else {
    bits = load<u32>(ptr);
    store<u32>(ptr, 0);
  }
  for (; bits; bits &= bits - 1) {
    const id = firstId + <u32>ctz(bits);
    counterAt(number, id).linked = 0; // Wf2
    if (SHARED) atomic.add<u32>(ptr, 0); // a fence
    flushCounter(number, id); // Wf3
  }
}

/** Updates that no flush has seen, of all agents. */
function updatesBehind(): u32 {
  let behind: u32 = 0;
  for (let number: u32 = 0; number < core().nrAgents; number++) {
    behind += agentAt(number).updates - agentAt(number).updatesSeen;
  }
  return behind;
}

/** Each counter's flush stands by itself: the journal need not hold many. */
function commit(): void {
  if (SHARED) journalCommit(core().journalPtr);
}

/**
 * Brings statistics up to date: `exact` as far as agents have come, else to within the bound, which often takes nothing.
 * The caller holds the ledger lock.
 */
export function flushStats(exact: bool): void {
  const c = core();
  if (!exact && updatesBehind() <= STATS_BEHIND * c.nrAgents) return;
  for (let number: u32 = 0; number < c.nrAgents; number++) {
    const agent = agentAt(number);
    const updates = agent.updates;
    for (let id: u32 = 0; id < c.containersEnd; id += 32) {
      flushWord(number, id);
      commit();
    }
    for (let id: u32 = 1; exact && id < c.containersEnd; id++) {
      flushCounter(number, id);
      commit();
    }
    agent.updatesSeen = updates; // last (W3)
  }
  commit();
}

/** A container goes: the levels above keep what it has counted, its own figures are forgotten. */
export function forgetStats(id: u32): void {
  for (let number: u32 = 0; number < core().nrAgents; number++) {
    if (hasLinked(number)) flushCounter(number, id);
  }
  const stats = statsAt(id);
  for (let kind: u32 = 0; kind < NR_KINDS; kind++) {
    if (stats.ownAt(kind) | stats.totalAt(kind)) {
      clearBytes(changetype<usize>(stats), CONTAINER_STATS_BYTES);
      return;
    }
  }
}
