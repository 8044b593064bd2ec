/**
 * core-size: what a core is opened with, or where it joins one.
 */
import { NR_AGENTS, TRANSFER_BYTES } from "../abi.js";
import type { AgentTicket } from "./agents.js";
import { AGENT_REMEDY, LedgerError } from "./errors.js";

/** Agents that a ledger in shared memory has room for, unless told otherwise. */
const DEFAULT_AGENTS = 8;

export interface CoreSize {
  readonly nrFrames: number;
  readonly maxContainers: number;
  readonly maxPids: number;
  /** Bytes for batches in and out, TRANSFER_BYTES at least and by default. */
  readonly transferBytes?: number;
  /** false: owner index and counters only, for batches of pages.  Designs that keep owners in frames refuse (BAD_ARG). */
  readonly frameRecords?: boolean;
  /** Agents that may have the ledger, 1 to NR_AGENTS; not given: one, and no room for an undo journal. */
  readonly agents?: number;
  /** Size of the undo journal, of a ledger that had fewer frames when it began; not given: by its frames. */
  readonly journalBytes?: number;
}

/** An agent's place in the memory of a ledger that another one has opened. */
export interface CorePlace extends AgentTicket {
  readonly memory: WebAssembly.Memory;
}

/** What is asked for, with what goes unsaid; agents are 0 in a memory of its own.  LedgerError BAD_ARG. */
export function checkedSize(size: CoreSize, shared: boolean): { transferBytes: number; agents: number } {
  const { transferBytes = TRANSFER_BYTES } = size;
  if (!(Number.isInteger(transferBytes) && transferBytes >= TRANSFER_BYTES && transferBytes < 2 ** 32))
    throw new LedgerError("BAD_ARG", `open(transferBytes ${transferBytes})`, {
      remedy: `give whole bytes, ${TRANSFER_BYTES} or more: a lookup batch and a recount must fit`,
    });
  const { agents = shared ? DEFAULT_AGENTS : 0 } = size;
  if (!Number.isInteger(agents) || agents > NR_AGENTS || agents < (size.agents === undefined ? 0 : 1))
    throw new LedgerError("BAD_ARG", `open(agents ${agents})`, { remedy: AGENT_REMEDY.open.BAD_ARG });
  return { transferBytes, agents };
}
