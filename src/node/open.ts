/**
 * open: a ledger of one of this package's designs, by name.
 */
import { Ledger, type LedgerSize } from "../ledger/ledger.js";
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
}

/** Opens an empty ledger.  Throws UnknownDesignError, LedgerError (BAD_ARG, NO_MEMORY), or Error if the package is not built. */
export async function openLedger({ design, frames, containers, pids }: OpenDesign): Promise<Ledger> {
  return Ledger.open(await loadDesign(design), {
    nrFrames: frames,
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
