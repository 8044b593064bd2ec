/**
 * agents: who has a shared ledger, from any thread that has its memory.
 *
 *   FREE ──share──► RESERVED ──attach──► ATTACHED ──detach, or recovery──► FREE, one generation later
 *
 * Each arrow is one compare-and-exchange, so that two threads never get one number.  Ages are in milliseconds of the
 * host's clock, kept modulo 2^32.
 */
import {
  AGENTS_PTR,
  Agent,
  AgentState,
  CORE_PTR,
  Core as CoreRecord,
  LedgerLock,
  LOCK_PTR,
  LOCK_WAITERS,
} from "../abi.js";

/** One agent of a shared ledger. */
export interface AgentInfo {
  readonly id: number;
  /** `reserved`: shared out, not attached yet. */
  readonly state: "reserved" | "attached";
  /** How often the number was given up before. */
  readonly generation: number;
  /** Last grace-period epoch that it announced; 0 = offline, it holds nothing back. */
  readonly epoch: number;
  /** Milliseconds since it last said that it is there: when attaching, going online, announcing, and with each batch. */
  readonly ageMs: number;
  /** Whether it is writing just now. */
  readonly holdsLock: boolean;
}

/** What waits to be freed, and who holds it back. */
export interface GracePeriodReport {
  /** The epoch now; 0 in designs that retire nothing. */
  readonly epoch: number;
  /** Retired objects that no grace period has passed for yet. */
  readonly waiting: number;
  /** Agents online that have not announced the epoch: nothing retired since theirs is freed.  The most silent first. */
  readonly stalled: readonly AgentInfo[];
}

/** An agent's number, and which of its lives is meant. */
export interface AgentTicket {
  readonly agent: number;
  readonly generation: number;
}

const now = () => Date.now() >>> 0;

/** Whether this thread may sleep: a page's main thread may not. */
export const mayWait = () => !("document" in globalThis);

export class Agents {
  readonly #memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  /** Agent records lie in the first pages, which every view of this memory reaches. */
  get #words(): Int32Array {
    return new Int32Array(this.#memory.buffer);
  }

  #at(agent: number, offset: number): number {
    return (AGENTS_PTR + agent * Agent.sizeBytes + offset) >>> 2;
  }

  get count(): number {
    return this.#words[(CORE_PTR + CoreRecord.nrAgents) >>> 2]!;
  }

  /** Takes a free number for somebody else; undefined if there is none. */
  reserve(): AgentTicket | undefined {
    const words = this.#words;
    for (let agent = 0; agent < this.count; agent++) {
      const at = this.#at(agent, Agent.state);
      if (Atomics.compareExchange(words, at, AgentState.FREE, AgentState.RESERVED) !== AgentState.FREE)
        continue;
      this.stamp(agent);
      return { agent, generation: Atomics.load(words, this.#at(agent, Agent.generation)) >>> 0 };
    }
    return undefined;
  }

  /** Makes a reserved number this thread's own; false if the ticket is used up. */
  claim({ agent, generation }: AgentTicket): boolean {
    const words = this.#words;
    if (agent >= this.count || this.generation(agent) !== generation) return false;
    const at = this.#at(agent, Agent.state);
    const was = Atomics.compareExchange(words, at, AgentState.RESERVED, AgentState.ATTACHED);
    if (was !== AgentState.RESERVED) return false;
    words[this.#at(agent, Agent.mayWait)] = mayWait() ? 1 : 0;
    words[this.#at(agent, Agent.stopReason)] = 0;
    this.stamp(agent);
    return true;
  }

  /** 0 for a number that there is not. */
  generation(agent: number): number {
    if (agent >= this.count) return 0;
    return Atomics.load(this.#words, this.#at(agent, Agent.generation)) >>> 0;
  }

  /** Notes that an agent is there. */
  stamp(agent: number): void {
    Atomics.store(this.#words, this.#at(agent, Agent.aliveMs), now() | 0);
  }

  gracePeriods(): GracePeriodReport {
    const words = this.#words;
    const epoch = Atomics.load(words, (CORE_PTR + CoreRecord.gpEpoch) >>> 2) >>> 0;
    const stalled = this.list().filter((agent) => agent.epoch !== 0 && agent.epoch !== epoch);
    stalled.sort((a, b) => b.ageMs - a.ageMs);
    return { epoch, waiting: words[(CORE_PTR + CoreRecord.nrRetired) >>> 2]! >>> 0, stalled };
  }

  list(): AgentInfo[] {
    const words = this.#words;
    const word = (agent: number, offset: number) => Atomics.load(words, this.#at(agent, offset)) >>> 0;
    const holder = (Atomics.load(words, (LOCK_PTR + LedgerLock.holder) >>> 2) & ~LOCK_WAITERS) >>> 0;
    const found: AgentInfo[] = [];
    for (let id = 0; id < this.count; id++) {
      const state = word(id, Agent.state);
      if (state === AgentState.FREE) continue;
      found.push({
        id,
        state: state === AgentState.RESERVED ? "reserved" : "attached",
        generation: word(id, Agent.generation),
        epoch: word(id, Agent.epoch),
        ageMs: (now() - word(id, Agent.aliveMs)) >>> 0,
        holdsLock: holder === id + 1,
      });
    }
    return found;
  }
}
