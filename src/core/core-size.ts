/**
 * core-size: what a core is opened with, or where it joins one.
 */
import type { AgentTicket } from "./agents.js";

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
