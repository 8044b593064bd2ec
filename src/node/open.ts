/**
 * open: a ledger of one of this package's designs, by name.
 */
import { Ledger } from "../ledger/ledger.js";
import type { LedgerSize } from "../ledger/ledger-types.js";
import type { RestoreOptions } from "../ledger/snapshot.js";
import { loadDesign } from "./modules.js";

export interface OpenDesign {
  /** Name of an owner design, as DESIGNS lists them. */
  readonly design: string;
  /** Page frames. */
  readonly frames: LedgerSize["nrFrames"];
  /** Containers at a time; default 1024. */
  readonly containers?: number;
  /** Task numbers; default 32768. */
  readonly pids?: number;
  /** In memory that other threads can join by `ledger.share()` and `Ledger.attach()`.  Default false. */
  readonly shared?: boolean;
  /** Agents that such a ledger may have at a time, 1 to 64; default 8. */
  readonly agents?: number;
  /** false: owners and counters only; see LedgerSize.  Default true. */
  readonly frameRecords?: boolean;
}

/**
 * Opens an empty ledger.  Throws UnknownDesignError, LedgerError (BAD_ARG, NO_MEMORY), SharingError (`agents` without
 * `shared`), or Error if the package is not built.
 */
export async function openLedger(options: OpenDesign): Promise<Ledger> {
  const { design, frames, containers, pids, shared = false, agents, frameRecords } = options;
  return Ledger.open(await loadDesign(design, shared), {
    nrFrames: frames,
    ...(agents === undefined ? {} : { agents }),
    ...(frameRecords === undefined ? {} : { frameRecords }),
    ...(containers === undefined ? {} : { maxContainers: containers }),
    ...(pids === undefined ? {} : { maxPids: pids }),
  });
}

/** Restores a snapshot that was taken under `design`.  Throws UnknownDesignError and what `Ledger.restore` does. */
export async function restoreLedger(
  design: string,
  image: Uint8Array,
  options?: RestoreOptions,
): Promise<Ledger> {
  return Ledger.restore(await loadDesign(design), image, options);
}
