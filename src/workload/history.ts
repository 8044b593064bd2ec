/**
 * history: a row of ledger operations that any owner design can run.
 *
 *   word 0  │ code:u8 │ order:u8 │ memcg:u16 │      word 1  pfn, id or pid
 *   word 2  type, list, limit or pid             word 3  │ expected:u8 │ type:u8 │ 0 │
 *
 * The first three are as in `abi.Op`.  Word 3, which no ledger reads, says what the operation answers (an `abi.Err`;
 * OK nearly always, LIMIT where a history runs into a limit on purpose) and of which PageType its folio is.  An
 * operation on a folio always names the folio's order and owner in word 0, needed there or not: a reader of the row
 * need not remember frames.
 *
 * INVARIANTS  H1  Strict operations only, and each answers what word 3 says, under every design, from an empty ledger
 *                 of at least nrFrames, maxContainers and maxPids.  So does every beginning of the row.
 *             H2  A CHARGE, or a CACHE_ADD with a container, follows its ALLOC with nothing between.  One that is
 *                 refused is followed by the FREE.
 *             H3  What a trace cannot tell is left out: no LRU_DEL, UNCHARGE, SET_TYPE or MOVE_CHARGE; MAP and UNMAP
 *                 of anonymous folios only.
 */
import {
  checked,
  checkFrames,
  checkSeed,
  type OwnParameters,
  WorkloadError,
  type WorkloadInfo,
} from "./parameters.js";

export const OP_WORDS = 4;

export interface History {
  readonly name: string;
  readonly nrFrames: number;
  /** Size for a ledger: container ids are below it. */
  readonly maxContainers: number;
  /** Size for a ledger: pids are below it. */
  readonly maxPids: number;
  /** Operations that must answer LIMIT, of those given so far. */
  readonly refusals: number;
  /** Writes the next operations, 4 words each, and answers how many; 0 = the end.  Allocates nothing. */
  fill(words: Uint32Array): number;
}

export interface HistoryParameters extends OwnParameters {
  /** Page frames of the machine; 1024 … 2^28. */
  readonly nrFrames: number;
  /** Any whole number from 0; the same seed gives the same history. */
  readonly seed: number;
  /** Operations until the end; 10^6. */
  readonly nrEvents?: number;
  /** Containers that own pages; each workload has its default. */
  readonly containers?: number;
}

export interface HistoryWorkload extends WorkloadInfo {
  /** Default of `containers`. */
  readonly containers: number;
  /** Throws WorkloadError where a parameter is out of bounds. */
  create(parameters: HistoryParameters): History;
}

export const NR_EVENTS_DEFAULT = 1_000_000;
export const HISTORY_FRAMES_MIN = 1024;
/** Leaves ids for the parents that a history puts above. */
export const CONTAINERS_MAX = 65000;
const FRAMES_A_CONTAINER = 8;
export const EVENTS_MAX = 2 ** 40;

/** What every history needs to know, checked.  Throws WorkloadError. */
export function checkHistory(
  { name, containers: fallback }: Pick<HistoryWorkload, "name" | "containers">,
  parameters: HistoryParameters,
): { nrFrames: number; seed: number; nrEvents: number; containers: number } {
  const { nrFrames, seed, nrEvents = NR_EVENTS_DEFAULT, containers = fallback } = parameters;
  checkFrames(name, nrFrames, HISTORY_FRAMES_MIN);
  checkSeed(name, seed);
  checked(name, "nrEvents", nrEvents, { min: 1, max: EVENTS_MAX, unit: "operations" });
  checked(name, "containers", containers, { min: 1, max: CONTAINERS_MAX, unit: "containers" });
  if (containers * FRAMES_A_CONTAINER > nrFrames)
    throw new WorkloadError(
      name,
      `${containers} containers on ${nrFrames} frames`,
      `give ${FRAMES_A_CONTAINER} frames or more for each`,
    );
  return { nrFrames, seed, nrEvents, containers };
}
