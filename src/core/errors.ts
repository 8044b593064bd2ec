/**
 * errors: what a ledger answers when an operation is refused.  A refused operation has changed nothing; of a batch that
 * stopped, those before `opIndex` are done, and neither that one nor those behind it.
 */
import { Err } from "../abi.js";

/** Name of an error code, as the schema spells it. */
export type LedgerErrorCode = keyof typeof Err;

const REMEDY: Readonly<Record<LedgerErrorCode, string>> = {
  OK: "",
  BAD_OP: "the operation code is unknown: build the host and the core from the same sources",
  BAD_ARG: "pass sizes and counts within the documented bounds",
  BAD_PFN: "open the ledger with more frames, or call grow() first",
  BAD_ORDER: "use an order from 0 to 20, and free a folio with the order it was allocated with",
  BAD_TYPE: "use one of anon, file, shmem, kernel",
  BAD_LIST: "use one of the five LRU lists",
  BAD_PID: "open the ledger with a larger maxPids",
  MISALIGNED: "a folio of order n starts at a multiple of 2^n frames",
  NO_CONTAINER: "create the container first",
  OFFLINE: "the container was removed: charge to one that is online",
  EXISTS: "use an id (or pid) that is not taken",
  BUSY: "take tasks, children, mappings, cache and LRU membership away first",
  LIMIT: "free memory of this container or of one above it, or raise the limit",
  NO_MEMORY: "open the ledger with fewer frames, or free some",
  NOT_FREE: "free the frame before allocating it again",
  NOT_ALLOCATED: "allocate the frame first",
  NOT_HEAD: "name a folio by its first frame",
  CHARGED: "the folio is charged already: uncharge it or move the charge",
  NOT_CHARGED: "charge the folio first",
  NOT_ON_LRU: "add the folio to an LRU list first",
  CACHED: "the folio is in a page cache already",
  NOT_CACHED: "the folio is in no page cache",
  NOT_MAPPED: "the folio has no mapping",
  OVERFLOW: "a folio counts at most 65535 mappings",
  LOCKED:
    "recover the agent that holds the ledger if its thread has ended; from a page's main thread call less, or from a worker",
  TORN: "open a new ledger: nothing of this one can be trusted",
  NO_RECORDS: "open the ledger with frame records, or charge pages in batches",
};

/** What to do about calls that concern agents, where the code alone does not say it. */
export const AGENT_REMEDY = {
  open: { BAD_ARG: "give a whole number of agents, from 1 to 64" },
  grow: {
    BAD_ARG: "give the present number of frames, or more",
    BUSY: "other agents are there: let them detach, or recover those whose threads have ended, and grow then",
    NO_MEMORY: "4 GiB hold no ledger of that size: grow by less",
  },
  recover: {
    BAD_ARG: "pass a handle of share() or an entry of agents(), of another agent of this ledger",
    BUSY: "an agent that reads does not come out, or one that recovers this one is not done: try again, or recover that one first if its thread has ended",
  },
  detach: {
    BUSY: "an agent that reads does not come out: recover it if its thread has ended, and detach then",
  },
  reading: { BAD_ARG: "in a ledger for one agent there are no others to tell" },
} as const;

export interface LedgerErrorDetail {
  /** Place of the refused operation in its batch, from 0. */
  readonly opIndex?: number | undefined;
  /** What to do about it, where the code alone does not say it best. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** An operation that the ledger refused. */
export class LedgerError extends Error {
  override readonly name = "LedgerError";
  readonly opIndex: number | undefined;
  readonly remedy: string;

  /** `what` names the operation and its operands. */
  constructor(
    readonly code: LedgerErrorCode,
    readonly what: string,
    detail: LedgerErrorDetail = {},
  ) {
    const remedy = detail.remedy ?? REMEDY[code];
    const place = detail.opIndex === undefined ? "" : ` (operation ${detail.opIndex} of the batch)`;
    super(`${what}: ${code}${place}; ${remedy}`, detail.cause === undefined ? {} : { cause: detail.cause });
    this.opIndex = detail.opIndex;
    this.remedy = remedy;
  }

  /** The same, of the operation at that place of a batch. */
  at(opIndex: number): LedgerError {
    return new LedgerError(this.code, this.what, { opIndex, remedy: this.remedy, cause: this.cause });
  }
}

/** Why a ledger cannot be shared, or joined. */
export type SharingReason =
  | "not-isolated"
  | "not-shared"
  | "no-number"
  | "used-up"
  | "other-design"
  | "bad-handle"
  | "detached";

const SHARING: Readonly<Record<SharingReason, readonly [what: string, remedy: string]>> = {
  "not-isolated": [
    "this page has no shared memory",
    "serve it with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
  ],
  "not-shared": [
    "the ledger is for one agent",
    "open it with a module of build/shared (in Node: openLedger with shared: true)",
  ],
  "no-number": [
    "all agents' numbers are taken",
    "open the ledger with more agents (64 at most), detach, or recover those whose threads have ended",
  ],
  "used-up": [
    "the handle was attached before, or its agent has been recovered",
    "call share() once for each attach()",
  ],
  "other-design": [
    "the module has another owner design than the ledger",
    "post the handle as share() made it",
  ],
  "bad-handle": [
    "this is no handle of a shared ledger",
    "post the handle as share() made it, and attach that",
  ],
  detached: ["this agent has left the ledger", "attach again, with a handle from share()"],
};

/** A ledger that cannot be shared, or joined, as asked. */
export class SharingError extends Error {
  override readonly name = "SharingError";
  readonly remedy: string;
  constructor(
    readonly reason: SharingReason,
    detail: { cause?: unknown } = {},
  ) {
    const [what, remedy] = SHARING[reason];
    super(`${what}; ${remedy}`, detail);
    this.remedy = remedy;
  }
}

/** More waits for grace periods than was allowed, because an agent is online and silent. */
export class StallError extends Error {
  override readonly name = "StallError";
  readonly remedy = "let the agent call quiescent() or offline(); if its thread has ended, recover it";
  constructor(
    /** The agent that has been silent longest, the last epoch that it announced, and for how long it is silent. */
    readonly agent: number,
    readonly epoch: number,
    readonly ageMs: number,
    /** Retired objects that wait. */
    readonly waiting: number,
  ) {
    super(
      `${waiting} retired objects wait for agent ${agent}, which announced epoch ${epoch} and is silent for ${ageMs} ms`,
    );
  }
}

/** The wasm and the host were built from different layouts, or an image belongs to another build. */
export class AbiMismatchError extends Error {
  override readonly name = "AbiMismatchError";
  constructor(what: string, got: number, expected: number) {
    super(
      `${what} has layout ${hex(got)}, this build has ${hex(expected)}; use files of one build (npm run build)`,
    );
  }
}

const hex = (n: number) => `0x${(n >>> 0).toString(16).padStart(8, "0")}`;

const NAME_OF = new Map<number, LedgerErrorCode>(
  (Object.entries(Err) as [LedgerErrorCode, number][]).map(([name, code]) => [code, name]),
);

export function errorName(code: number): LedgerErrorCode {
  return NAME_OF.get(code) ?? "BAD_OP";
}
