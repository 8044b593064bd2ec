// page-stock: pages charged ahead for who charges page frames without the ledger lock, and what such charges come to.
//
//   Container.usagePages ──count-slow──► AgentCounter.stock ──many at once──► pageStock ◄──one a page──► pages
//                                                                                                        │ fold, under the lock
//                                                                       Container.chargedPages, otherPages ◄┘
//
// The pages that a container has in the index are its chargedPages and what no fold has seen yet of each agent's `pages`: who
// wants the number folds first.
//
// INVARIANTS  X5  pageStock <= capacity between calls.  With it X1 of stock reads: chargedPages + countedPages + each agent's ownedPages,
//                 pageStock and pages, less seenPages.
//             X6  `pages` only goes on, modulo 2^32, and is written by its agent alone; seenPages by the lock's holder, when
//                 no agent is writing (Y1 of write-gate).
// CONTEXT     pageStock is written by whoever may write the counter's stock (X4).
// Bound: as stocks: an agent that counts pages and charges frames too may hold twice of that.
// ORDERING    Where pages go from stock to pageStock, on to `pages` or back up the tree, there is neither call nor loop between the stores.
// COST        A page: two loads and two stores of the agent's own line.
import { AgentCounter } from "../abi";
import { journalCommit } from "../prim/journal";
import { containerAt, core, counterAt, seenAt } from "./region";
import { anyHasWritten } from "./write-gate";

/** Number of `otherPages` among the own counters: what is charged without frames has no type. */
export const OTHER: u32 = 4;

export abstract class PageStock {
  /** Counts pages that have got their owner, or, by their negative, lost it. */
  @inline static move(counter: AgentCounter, nrPages: u32): void {
    const pageStock = counter.pageStock - nrPages;
    const pages = counter.pages + nrPages;
    store<u32>(changetype<usize>(counter), pageStock, offsetof<AgentCounter>("_pageStock"));
    store<u32>(changetype<usize>(counter), pages, offsetof<AgentCounter>("_pages"));
  }
}

/**
 * Brings what agents have charged without the lock into a container's own figures, events as the balance of each agent.  The caller
 * holds the lock.
 */
export function foldPages(id: u32): void {
  if (!id || !anyHasWritten()) return;
  const container = containerAt(id);
  for (let number: u32 = 0; number < core().nrAgents; number++) {
    const pages = counterAt(number, id).pages;
    const seen = seenAt(number, id);
    const delta = pages - seen.seenPages;
    if (!delta) continue;
    seen.seenPages = pages;
    container.chargedPages += delta;
    container.ownSet(OTHER, container.ownAt(OTHER) + delta);
    core().chargedPages += delta;
    if (<i32>delta > 0) container.chargeEvents += delta;
    else container.unchargeEvents += -delta;
  }
}

/** The same for all containers, each committed by itself.  The caller holds the lock, and has changed nothing yet. */
export function foldAll(): void {
  if (!anyHasWritten()) return;
  const end = core().containersEnd;
  for (let id: u32 = 1; id < end; id++) {
    foldPages(id);
    journalCommit(core().journalPtr);
  }
}
