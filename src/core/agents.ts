/**
 * agents: who has a shared ledger, from any thread that has its memory.
 *
 *   FREE ──share──► RESERVED ──attach──► ATTACHED ──detach, or recovery──► FREE, one generation later
 *
 * Each arrow is one compare-and-exchange of a word that holds the generation too, so that two threads never get one number
 * and a handle that is used up fits no later life.  Generations count modulo 2^24.  Ages are in milliseconds of the host's
 * clock, kept modulo 2^32.
 */
import {
  AGENT_STATE_MASK,
  AGENTS_PTR,
  Agent,
  AgentState,
  CORE_PTR,
  Core as CoreRecord,
  GENERATION_SHIFT,
  LedgerLock,
  LOCK_PTR,
  LOCK_WAITERS,
} from "../abi.js";
import { SharingError } from "./errors.js";

/** One agent of a shared ledger. */
export interface AgentInfo {
  readonly id: number;
  /** `reserved`: shared out, not attached yet.  `recovering`: another agent undoes what it left. */
  readonly state: "reserved" | "attached" | "recovering";
  /** How often the number was given up before, modulo 2^24. */
  readonly generation: number;
  /** Last grace-period epoch that it announced; 0 = offline, it holds nothing back. */
  readonly epoch: number;
  /**
   * Milliseconds since it last said that it is there: when attaching, going online, announcing, with each batch of operations,
   * and once in 1024 pages looked up or counted.  Who has little to do is old as well: age is no proof of death.
   */
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

const STATE_NAME = new Map<number, AgentInfo["state"]>([
  [AgentState.RESERVED, "reserved"],
  [AgentState.ATTACHED, "attached"],
  [AgentState.RECOVERING, "recovering"],
]);

const lifeOf = (state: AgentState, generation: number) => (state | (generation << GENERATION_SHIFT)) >>> 0;
const generationOf = (life: number) => life >>> GENERATION_SHIFT;

const now = () => Date.now() >>> 0;
/** Pages looked up or counted between two looks at the clock. */
const STAMP_AT = 1024;

/** Whether this thread may sleep: a page's main thread may not. */
export const mayWait = () => !("document" in globalThis);

export class Agents {
  readonly #memory: WebAssembly.Memory;

  #detached = false;
  /** Pages until this thread's agent notes that it is there. */
  #untilStamped = 0;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  /** From now on every call throws SharingError `detached`. */
  close(): void {
    this.#detached = true;
  }

  get closed(): boolean {
    return this.#detached;
  }

  /** Agent records lie in the first pages, which every view of this memory reaches. */
  get #words(): Uint32Array {
    if (this.#detached) throw new SharingError("detached");
    return new Uint32Array(this.#memory.buffer);
  }

  #at(agent: number, offset: number): number {
    return (AGENTS_PTR + agent * Agent.sizeBytes + offset) >>> 2;
  }

  #turn(agent: number, from: number, to: number): boolean {
    return Atomics.compareExchange(this.#words, this.#at(agent, Agent.life), from, to) === from;
  }

  get count(): number {
    return this.#words[(CORE_PTR + CoreRecord.nrAgents) >>> 2]!;
  }

  /** Takes a free number for somebody else; undefined if there is none. */
  reserve(): AgentTicket | undefined {
    for (let agent = 0; agent < this.count; agent++) {
      const generation = this.generation(agent);
      const free = lifeOf(AgentState.FREE, generation);
      if (!this.#turn(agent, free, lifeOf(AgentState.RESERVED, generation))) continue;
      this.stamp(agent);
      return { agent, generation };
    }
    return undefined;
  }

  /** Makes a reserved number this thread's own; false if the ticket is used up. */
  claim({ agent, generation }: AgentTicket): boolean {
    if (agent >= this.count) return false;
    const reserved = lifeOf(AgentState.RESERVED, generation);
    if (!this.#turn(agent, reserved, lifeOf(AgentState.ATTACHED, generation))) return false;
    const words = this.#words;
    words[this.#at(agent, Agent.mayWait)] = mayWait() ? 1 : 0;
    words[this.#at(agent, Agent.stopReason)] = 0;
    this.stamp(agent);
    return true;
  }

  /** 0 for a number that there is not. */
  generation(agent: number): number {
    if (agent >= this.count) return 0;
    return generationOf(Atomics.load(this.#words, this.#at(agent, Agent.life)));
  }

  /** Notes that an agent is there. */
  stamp(agent: number): void {
    Atomics.store(this.#words, this.#at(agent, Agent.aliveMs), now());
  }

  /** Notes now and then that this thread's agent is there: a clock is dearer than a lookup. */
  worked(agent: number, pages: number): void {
    this.#untilStamped -= pages;
    if (this.#untilStamped > 0) return;
    this.stamp(agent);
    this.#untilStamped = STAMP_AT;
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
    const word = (agent: number, offset: number) => Atomics.load(words, this.#at(agent, offset));
    const holder = (Atomics.load(words, (LOCK_PTR + LedgerLock.holder) >>> 2) & ~LOCK_WAITERS) >>> 0;
    const found: AgentInfo[] = [];
    for (let id = 0; id < this.count; id++) {
      const life = word(id, Agent.life);
      const state = STATE_NAME.get(life & AGENT_STATE_MASK);
      if (state === undefined) continue;
      found.push({
        id,
        state,
        generation: generationOf(life),
        epoch: word(id, Agent.epoch),
        ageMs: (now() - word(id, Agent.aliveMs)) >>> 0,
        holdsLock: holder === id + 1,
      });
    }
    return found;
  }
}
