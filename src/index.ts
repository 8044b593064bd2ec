/**
 * pageledger: whose page is it?  The package's face for Node and browsers; `pageledger/node` adds what reads files.
 */
export { Check, LruList, ORDER_MAX, PageType } from "./abi.js";
export type { AgentInfo, AgentTicket, GracePeriodReport } from "./core/agents.js";
export {
  AbiMismatchError,
  LedgerError,
  type LedgerErrorCode,
  SharingError,
  type SharingReason,
  StallError,
} from "./core/errors.js";
export { DESIGNS, type DesignInfo } from "./designs.js";
export type { AuditDifference, AuditReport } from "./ledger/audit.js";
export type { Container, CountedPages, ExactOption } from "./ledger/container.js";
export type { ContainerCounters, ContainerView, LruPages, PageCounters } from "./ledger/counters.js";
export { DirtyPages } from "./ledger/dirty-pages.js";
export type { FolioInfo } from "./ledger/folio.js";
export { Ledger } from "./ledger/ledger.js";
export type {
  LedgerSize,
  LedgerStats,
  NewContainer,
  OwnersOptions,
  StockPolicyName,
} from "./ledger/ledger-types.js";
export type { LocklessPages } from "./ledger/lockless-pages.js";
export type { BatchOptions, BatchResult, OpBatch } from "./ledger/op-batch.js";
export type { ContainerRef } from "./ledger/op-verbs.js";
export { type LedgerSource, type OpenOptions, openLedger } from "./ledger/open.js";
export type { PageMarks } from "./ledger/page-marks.js";
export type { SharedLedger } from "./ledger/sharing.js";
export type { RestoreOptions } from "./ledger/snapshot.js";
export { SnapshotError, type SnapshotReason } from "./ledger/snapshot-error.js";
export {
  type Bytes,
  type MemcgId,
  memcgId,
  PAGE_BYTES,
  type Pages,
  type Pfn,
  pages,
  pagesToBytes,
  pfn,
} from "./units.js";
