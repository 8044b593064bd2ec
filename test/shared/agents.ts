/**
 * agents: several instances of one module over one shared memory, all on this thread, and what they must leave alone.
 */
import { AGENTS_PTR, CORE_PTR, Core as CoreRecord, LedgerLock, LOCK_PTR } from "../../src/abi.js";
import type { AgentTicket } from "../../src/core/agents.js";
import { Core, type CoreSize } from "../../src/core/core.js";
import type { CoreExports } from "../../src/core/instance.js";
import { moduleOf } from "../model/subjects.js";

/** An agent whose calls may stop anywhere, as those of a thread that is terminated: nothing catches the trap. */
export interface Mortal extends AgentTicket {
  readonly calls: CoreExports;
}

export class SharedAgents {
  readonly core: Core;

  constructor(
    readonly name: string,
    size: CoreSize,
  ) {
    this.core = new Core(moduleOf(name), size);
  }

  /** A new agent that calls the module's exports as they are. */
  mortal(): Mortal {
    const ticket = this.core.agents!.reserve()!;
    this.core.agents!.claim(ticket);
    const { exports } = new WebAssembly.Instance(moduleOf(this.name), {
      env: { memory: this.core.memory, agent: ticket.agent },
    });
    return { ...ticket, calls: exports as unknown as CoreExports };
  }

  /** Address of an agent's own transfer buffer. */
  transferPtr({ agent }: AgentTicket): number {
    return this.core.coreWord(CoreRecord.transferPtr) + agent * this.core.coreWord(CoreRecord.agentBytes);
  }

  lockWord(offset: number): number {
    return this.core.u32[(LOCK_PTR + offset) >>> 2]!;
  }

  /** Lets the journal end after so many notes of a word: the next one stops the call, as death would. */
  dieAfter(notes: number): void {
    this.#setJournalEnd(this.core.coreWord(CoreRecord.journalPtr) + notes * 16);
  }

  live(): void {
    const { core } = this;
    this.#setJournalEnd(core.coreWord(CoreRecord.journalPtr) + core.coreWord(CoreRecord.journalBytes));
  }

  #setJournalEnd(end: number): void {
    this.core.u32[(LOCK_PTR + LedgerLock.journalEnd) >>> 2] = end;
  }

  /** All that an operation may change and an undone one must not have: no agents' records, no buffers, no journal. */
  image(): Buffer {
    const { core } = this;
    const containersPtr = core.coreWord(CoreRecord.containersPtr);
    const memory = Buffer.from(core.u32.buffer);
    const table = Buffer.from(memory.subarray(CORE_PTR, AGENTS_PTR));
    // Epochs only go on, and memory that has grown stays.
    for (const offset of [CoreRecord.gpEpoch, CoreRecord.arenaEnd]) table.writeUInt32LE(0, offset);
    const framesPtr = core.coreWord(CoreRecord.framesPtr);
    // As long before memory has grown as after.
    const rest = Buffer.alloc(core.coreWord(CoreRecord.arenaPtr) + (1 << 20) - framesPtr);
    memory.copy(rest, 0, framesPtr);
    return Buffer.concat([table, memory.subarray(containersPtr, core.coreWord(CoreRecord.opsPtr)), rest]);
  }
}
