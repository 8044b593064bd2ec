/**
 * counting: pages charged by their number alone, the stocks behind them, and their statistics.
 *
 * Answers are codes of `abi.Err`; `ledger` makes errors of them.
 */
import { Agent, ContainerStats, Core as CoreRecord, NR_KINDS, type StockPolicy } from "../abi.js";
import type { Agents } from "./agents.js";
import type { CoreExports } from "./instance.js";
import type { AgentViews } from "./views.js";

/** Words of an entry of a batch. */
export const COUNT_WORDS = 2;

export class Counting {
  readonly #views: AgentViews;
  readonly #calls: CoreExports;
  readonly #bufferPtr: number;
  readonly #bufferEntries: number;
  readonly #statsPtr: number;
  readonly #agents: Agents | undefined;

  /** `agents` in shared memory. */
  constructor(views: AgentViews, calls: CoreExports, bufferPtr: number, agents: Agents | undefined) {
    this.#agents = agents;
    this.#views = views;
    this.#calls = calls;
    this.#bufferPtr = bufferPtr;
    this.#bufferEntries = Math.floor(views.coreWord(CoreRecord.transferBytes) / (COUNT_WORDS * 4));
    this.#statsPtr = views.coreWord(CoreRecord.statsPtr);
  }

  charge(id: number, pages: number, kind: number): number {
    this.#agents?.worked(this.#views.agent, 1);
    return this.#calls.countCharge(id, pages, kind);
  }
  uncharge(id: number, pages: number, kind: number): number {
    this.#agents?.worked(this.#views.agent, 1);
    return this.#calls.countUncharge(id, pages, kind);
  }

  /** Room for entries of a batch.  A view, valid until the next call. */
  entries(): Uint32Array {
    const at = this.#bufferPtr >>> 2;
    return this.#views.u32.subarray(at, at + this.#bufferEntries * COUNT_WORDS);
  }

  /** Runs entries first … first + count of `entries`; how many were done, and why no more. */
  runEntries(first: number, count: number): { done: number; err: number } {
    this.#agents?.worked(this.#views.agent, count);
    const done = this.#calls.countBatch(this.#bufferPtr + first * COUNT_WORDS * 4, count) >>> 0;
    return { done, err: this.#views.agentWord(Agent.lastError) };
  }

  /** Counted pages of a container itself; exact while no other agent counts there. */
  pages(id: number): number {
    return this.#calls.countedPages(id) >>> 0;
  }
  /** Pages in the stocks of all agents for a container and those below it, 0 = for all. */
  stocked(id: number): number {
    return this.#calls.stockedPages(id) >>> 0;
  }

  /** Brings statistics up to date: `exact`, or to within STATS_BEHIND updates per agent. */
  flush(exact: boolean): void {
    this.#calls.flushStats(exact);
  }
  /** Counted pages by kind as of the last flush, of a container itself and of all from there down; never below 0. */
  stats(id: number): { own: number[]; total: number[] } {
    const words = this.#views.u32;
    const of = (offset: number) => {
      const at = (this.#statsPtr + id * ContainerStats.sizeBytes + offset) >>> 2;
      return Array.from(words.subarray(at, at + NR_KINDS), (n) => Math.max(0, n | 0));
    };
    return { own: of(ContainerStats.own), total: of(ContainerStats.total) };
  }

  /** Gives stocks back: this agent's, those of agents that are not counting, and asks the others. */
  drain(): void {
    this.#calls.drainStocks();
  }
  /** Gives all stocks of an image back, whose agents are gone. */
  drainImage(): void {
    this.#calls.drainImage();
  }
  setPolicy(policy: StockPolicy): number {
    return this.#calls.setStockPolicy(policy);
  }
}
