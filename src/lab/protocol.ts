/**
 * protocol: what the laboratory's page and its session, which lives in a worker, say to each other.
 *
 *   page ── open ──►  session: reads, replays, verifies; keeps the operations
 *        ◄─ Opened ──
 *        ── seek ──►  the ledger as it was after that many events
 *        ◄─ Moment ──
 *        ── column, frame, history, blocks ──►  of the moment last sought
 *        ── differences ──►  frames that ledger and kernel place otherwise, some at a time
 *        ── stop ──►  a seek, column or history that takes too long
 *
 * Plain data only: it is cloned or transferred.  Containers are named by their index in `Opened.containers`, which holds
 * every container that ever was; frames by pfn; moments by the number of events before them.
 */
import type { VerifyResult } from "../capture/verification.js";
import type { HistorySettings } from "./settings.js";

/** One file of a capture: its name, and where to get it. */
export interface RemoteFile {
  readonly name: string;
  readonly url: string;
  /** Bytes as they are transferred; for progress. */
  readonly bytes: number;
}

export type LabSource =
  /** Files of one folder beside the page, or behind `pageledger lab DIR`. */
  | {
      readonly kind: "remote";
      readonly name: string;
      readonly files: readonly RemoteFile[];
      /** It comes with the page, and lies in the repository too. */
      readonly isBuiltIn: boolean;
    }
  /** Dropped or picked: the files of one folder, one .zip, or a trace alone. */
  | { readonly kind: "files"; readonly name: string; readonly files: readonly File[] }
  | { readonly kind: "generated"; readonly settings: HistorySettings };

export interface OpenRequest {
  readonly source: LabSource;
  /** Designs that are verified; the first is the one that is looked at. */
  readonly designs: readonly string[];
}

export interface LabProgress {
  readonly what: string;
  /** 0 … 1; undefined where nobody knows how much there is. */
  readonly share?: number;
  readonly events: number;
}

export interface LabContainer {
  /** "/" … ; of a generated history "/1/4". */
  readonly path: string;
  /** Index of the parent; -1 at the top. */
  readonly parent: number;
  /** It is there after so many events; `until` is Infinity for one that stays. */
  readonly from: number;
  readonly until: number;
}

/** What every container held over time, at most some 1024 samples. */
export interface LabTimeline {
  /** Events and seconds since the first event, one each per sample; the first sample is 0. */
  readonly events: Float64Array;
  readonly seconds: Float64Array;
  /** Pages charged to each container itself, by index; parts of one buffer. */
  readonly charged: readonly Uint32Array[];
  /** Events per second between the sample before and this one. */
  readonly rate: Float64Array;
}

/** A frame that ledger and kernel place otherwise. */
export interface FrameDifference {
  readonly pfn: number;
  /** Paths; "" = no owner. */
  readonly kernel: string;
  readonly ledger: string;
}

export interface Opened {
  readonly title: string;
  readonly kind: LabSource["kind"];
  readonly design: string;
  readonly nrFrames: number;
  /** Events of a trace, operations of a generated history. */
  readonly events: number;
  readonly seconds: number;
  readonly containers: readonly LabContainer[];
  readonly timeline: LabTimeline;
  /** undefined: a trace alone, or a generated history: nothing to hold it against. */
  readonly result: VerifyResult | undefined;
  /** Tables that a verdict would need and that the source has not: why `result` is undefined.  Empty otherwise. */
  readonly missing?: readonly string[];
  /** Reading, replay and verification, in ms of wall time. */
  readonly openMs: number;
  /** Bytes that the session holds: ledgers, operations, checkpoints. */
  readonly heldBytes: number;
}

/** Columns of Moment.counters, in pages. */
export const MOMENT_COUNTERS = [
  "anon",
  "file",
  "shmem",
  "kernel",
  "other",
  "inactiveAnon",
  "activeAnon",
  "inactiveFile",
  "activeFile",
  "unevictable",
  "charged",
  "total",
] as const;

export interface Moment {
  readonly event: number;
  readonly seconds: number;
  /** containers.length rows of MOMENT_COUNTERS; zeroes where a container is not there. */
  readonly counters: Float64Array;
  /** 1 where the container is there and not removed. */
  readonly online: Uint8Array;
  readonly ownedFrames: number;
}

export const COLUMNS = ["owner", "type", "lru", "order", "age"] as const;
export type ColumnKind = (typeof COLUMNS)[number];

/** One value a frame. */
export interface FrameColumn {
  readonly kind: ColumnKind;
  readonly event: number;
  /**
   * Length nrFrames.  0 = no owner (owner, age), not allocated (type, lru, order).
   *   owner  index of the container + 1
   *   type   PageType + 1        lru  LruList + 2, 1 = on none        order  order + 1
   *   age    1 + floor(log2(1 + events since the frame's last event))
   */
  readonly values: Uint16Array;
}

export interface FrameNow {
  readonly pfn: number;
  /** Index of the container; -1 = none. */
  readonly owner: number;
  readonly isAllocated: boolean;
  /** First frame and order of its folio. */
  readonly head: number;
  readonly order: number;
  /** Names as they are shown: "anon", "inactive_file", "charged, cached". */
  readonly type: string;
  readonly lru: string;
  readonly flags: string;
  readonly mappings: number;
}

/** Something that happened to a frame. */
export interface FrameEvent {
  readonly event: number;
  readonly seconds: number;
  /** "allocated, order 3", "charged to /a/b", "freed" … */
  readonly what: string;
}

export interface FrameHistory {
  readonly events: readonly FrameEvent[];
  readonly total: number;
}

/** The palette's bet: few owners in each block of 64 frames. */
export interface BlockFigures {
  /** Of the moment after so many events. */
  readonly event: number;
  /** Blocks with 0, 1, 2, 3, 4 and more owners. */
  readonly byOwners: readonly [number, number, number, number, number];
  /** Allocated folios by order 0 … ORDER_MAX. */
  readonly folios: readonly number[];
  /** Free frames that lie in wholly free, aligned runs of 2^order frames, by order: fragmentation. */
  readonly freeRuns: readonly number[];
}

/** What may read all that happened up to the moment: it is done in slices, and can be stopped. */
export type LongWork = "seek" | "column" | "history";

/** Answers come in the order of the questions. */
export interface LabSession {
  /**
   * Once, before all else.  `base`: address of the page, for wasm/NAME.wasm; `onShare` is told how much of long work is
   * done, 0 … 1.
   */
  start(base: string, onShare?: (share: number) => void): Promise<void>;
  /** Throws LabFault.  A session opens one source; for another the page begins another, and to cancel it ends the worker. */
  open(request: OpenRequest, onProgress: (progress: LabProgress) => void): Promise<Opened>;
  /** Stopped, it answers the moment that it has come to. */
  seek(event: number): Promise<Moment>;
  /** undefined = stopped. */
  column(kind: ColumnKind): Promise<FrameColumn | undefined>;
  frame(pfn: number): Promise<FrameNow>;
  /** What happened to a frame up to the moment, newest first.  undefined = stopped. */
  history(pfn: number, limit: number): Promise<FrameHistory | undefined>;
  blocks(): Promise<BlockFigures>;
  /** `count` frames placed otherwise for a reason, by pfn, after the first `from`; `Opened.result` counts all. */
  differences(reason: string, from: number, count: number): Promise<readonly FrameDifference[]>;
  /** Stops those of one kind that are among the first `count` asked for. */
  stop(work: LongWork, count: number): Promise<void>;
}

/** An expected failure, as data: what a CaptureError, WorkloadError or LedgerError said. */
export interface LabFault {
  readonly name: "LabFault";
  /** File and line where there is one. */
  readonly place: string;
  readonly reason: string;
  readonly remedy: string;
}
