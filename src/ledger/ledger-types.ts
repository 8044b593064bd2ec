/**
 * ledger-types: what a ledger is asked for, and what it answers in one piece.
 */
import { StockPolicy } from "../abi.js";
import type { ContainerRef } from "./op-verbs.js";

/** Names of stock policies: ours, none, and the kernel's with a stock of 64 pages for one container or for seven. */
export const STOCK_POLICIES = {
  adaptive: StockPolicy.ADAPTIVE,
  naive: StockPolicy.NAIVE,
  "one-slot": StockPolicy.ONE_SLOT,
  "seven-slots": StockPolicy.SEVEN_SLOTS,
} as const;
export type StockPolicyName = keyof typeof STOCK_POLICIES;

export interface LedgerSize {
  /** Page frames; `grow` adds more.  16 bytes each, and what the owner design takes, within 4 GiB in all. */
  readonly nrFrames: number;
  /**
   * false: the owner index and the counters only, 2 bytes a frame and less, for `chargeMany` and `unchargeMany`; what
   * needs frames is refused with NO_RECORDS.  Designs that keep owners in frames refuse (BAD_ARG).  Default true.
   */
  readonly frameRecords?: boolean;
  /** Containers at a time, 1 to 65534; removed ones count while pages hold them.  Default 1024. */
  readonly maxContainers?: number;
  /** Task numbers from 0 up to here, at most 2^22.  Default 32768. */
  readonly maxPids?: number;
  /** How many pages agents charge ahead; all but `adaptive` are there to compare with.  See docs/tenants.md. */
  readonly stockPolicy?: StockPolicyName;
  /** Agents that may have the ledger at a time, 1 to 64, over a module for shared memory.  Default 8. */
  readonly agents?: number;
}

export interface NewContainer {
  readonly name: string;
  /** Default: directly below the outside. */
  readonly parent?: ContainerRef | null;
  /** Limit in pages, of this container with all below it.  Default: none. */
  readonly maxPages?: number;
}

export interface LedgerStats {
  /** Name of the owner design. */
  readonly design: string;
  readonly nrFrames: number;
  readonly allocatedPages: number;
  readonly chargedPages: number;
  /** Bytes held by the owner index, and the same per page frame. */
  readonly indexBytes: number;
  readonly bytesPerPage: number;
  /** Bytes of linear memory in use by the whole ledger. */
  readonly usedBytes: number;
}

export interface OwnersOptions {
  /** Ids as charged, removed containers too; by default each stands for its nearest online ancestor, as in the kernel. */
  readonly raw?: boolean;
}
