// records: the scanner's records as the host sees them.
//
// The twin of assembly/scan/records.ts; test/capture/scan.test.ts compares the two, name by name.
//
// LAYOUT      A record is 12 words of 32 bits.  `words[i * stride + Word.X]`, for record i of a batch:
//
//     word  all kinds
//     0     KIND      one of Kind; ignore kinds that you do not know
//     1     CPU       below 8192 (mask 0xffff); with IN_INTERRUPT where the flags say so
//     2     PID       of the task that ran, from the line's header
//     3     LINE      line number, its lower 32 bits
//     4     TIME_HI   whole seconds;  or, with a clock of bare ticks, their upper 32 bits
//     5     TIME_LO   nanoseconds below a second;  or the ticks' lower 32 bits
//
//     word  MM_PAGE_ALLOC    MM_PAGE_FREE  MM_LRU_INSERTION  MM_FILEMAP_ADD   MOD_MEMCG_LRUVEC_STATE
//           _ALLOC_FAILED    _FREE_BATCHED MM_LRU_ACTIVATE   _DELETE          MOD_MEMCG_STATE
//                                                                             COUNT_MEMCG_EVENTS
//     6     PFN_LO           PFN_LO        PFN_LO            PFN_LO           MEMCG_LO
//     7     PFN_HI           PFN_HI        PFN_HI            PFN_HI           MEMCG_HI
//     8     ORDER            ORDER         –                 ORDER            ITEM
//     9     GFP  (Gfp)       –             LRU_FLAGS         DEV              VAL  (signed: `| 0`)
//     10    MIGRATETYPE      –             LRU               INO_LO           –
//     11    –                –             –                 INO_HI           –
//
//     word  SCHED_PROCESS_FORK  SCHED_PROCESS_EXIT  RSS_STAT  CGROUP_*, TRACING_MARK, MM_VMSCAN, …  LOST
//     6     TASK_PID (parent)   TASK_PID            MM_ID     TEXT_OFFSET                           TEXT_OFFSET
//     7     CHILD_PID           –                   CURR      TEXT_BYTES                            TEXT_BYTES
//     8     –                   –                   –         –                                     LOST
//
// LRU_FLAGS and LRU are 0 in MM_LRU_ACTIVATE, ORDER is 0 in MM_PAGE_FREE_BATCHED unless printed.  Unused words
// are 0.  The text of a textual record is what stands behind `event: `, without the end of the line; a LOST
// record has no header, its text is the whole line, and LOST is the number of events, 0 when not told.

/** Records of consecutive lines.  Valid until the sink returns. */
export interface EventBatch {
  /** `count` records of `stride` words each.  Longer than needed. */
  readonly words: Uint32Array;
  readonly count: number;
  readonly stride: number;
  /** Where the texts of textual records lie. */
  readonly text: Uint8Array;
  /** Number of the first line that was scanned for this batch. */
  readonly firstLine: number;
}

/** What a record tells. */
export const Kind = {
  UNKNOWN: 0,
  MM_PAGE_ALLOC: 1,
  MM_PAGE_FREE: 2,
  MM_PAGE_FREE_BATCHED: 3,
  MM_LRU_INSERTION: 4,
  MM_LRU_ACTIVATE: 5,
  MM_FILEMAP_ADD: 6,
  MM_FILEMAP_DELETE: 7,
  MOD_MEMCG_LRUVEC_STATE: 8,
  MOD_MEMCG_STATE: 9,
  COUNT_MEMCG_EVENTS: 10,
  SCHED_PROCESS_FORK: 11,
  SCHED_PROCESS_EXIT: 12,
  RSS_STAT: 13,
  CGROUP_MKDIR: 14,
  CGROUP_RMDIR: 15,
  CGROUP_RELEASE: 16,
  CGROUP_ATTACH_TASK: 17,
  CGROUP_RENAME: 18,
  CGROUP_TRANSFER_TASKS: 19,
  TRACING_MARK: 20,
  MM_MIGRATE_PAGES: 21,
  MARK_VICTIM: 22,
  MM_VMSCAN: 23,
  MM_PAGE_ALLOC_FAILED: 24,
  LOST: 25,
  BUFFER_HEADER: 26,
} as const;

export type Kind = (typeof Kind)[keyof typeof Kind];

/** Places of values in a record; several names share a place, by kind. */
export const Word = {
  KIND: 0,
  CPU: 1,
  PID: 2,
  LINE: 3,
  TIME_HI: 4,
  TIME_LO: 5,
  PFN_LO: 6,
  PFN_HI: 7,
  ORDER: 8,
  GFP: 9,
  MIGRATETYPE: 10,
  LRU_FLAGS: 9,
  LRU: 10,
  DEV: 9,
  INO_LO: 10,
  INO_HI: 11,
  MEMCG_LO: 6,
  MEMCG_HI: 7,
  ITEM: 8,
  VAL: 9,
  TASK_PID: 6,
  CHILD_PID: 7,
  MM_ID: 6,
  CURR: 7,
  TEXT_OFFSET: 6,
  TEXT_BYTES: 7,
  LOST: 8,
} as const;

/** Bits of GFP. */
export const Gfp = {
  ACCOUNT: 1,
  COMP: 2,
  MOVABLE: 4,
  HIGHMEM: 8,
  ZERO: 16,
  RECLAIMABLE: 32,
  WRITE: 64,
  NUMERIC: 128,
} as const;

/** Bits of LRU_FLAGS: the letters M a f s b d B. */
export const LruFlag = {
  MAPPED: 1,
  ANON: 2,
  FILE: 4,
  SWAPCACHE: 8,
  SWAPBACKED: 16,
  MAPPEDTODISK: 32,
  PRIVATE: 64,
} as const;

/** Fields that a refusal can name. */
export const Field = {
  NONE: 0,
  PFN: 1,
  ORDER: 2,
  GFP_FLAGS: 3,
  MIGRATETYPE: 4,
  LRU: 5,
  FLAGS: 6,
  DEV: 7,
  INO: 8,
  MEMCG_ID: 9,
  ITEM: 10,
  VAL: 11,
  PID: 12,
  CHILD_PID: 13,
  MM_ID: 14,
  CURR: 15,
} as const;

/** Why a line was refused. */
export const Reason = {
  NONE: 0,
  MISSING: 1,
  NOT_A_NUMBER: 2,
  OUT_OF_RANGE: 3,
  TWICE: 4,
  LINE_TOO_LONG: 5,
  UNKNOWN_FLAG: 6,
} as const;

/** How a call of `scan` ended. */
export const Status = {
  DONE: 0,
  OUTPUT_FULL: 1,
  REFUSED: 2,
} as const;

/** Clocks seen, as bits. */
export const Clock = {
  SECONDS: 1,
  TICKS: 2,
} as const;

/** Byte offsets in the state words. */
export const State = {
  STATUS: 0,
  CONSUMED: 4,
  LINES: 8,
  NOT_EVENTS: 12,
  NOTES: 16,
  OTHER_NAMES: 20,
  NR_NAMES: 24,
  CLOCKS: 28,
  REASON: 32,
  FIELD: 36,
  BAD_OFFSET: 40,
  BAD_BYTES: 44,
} as const;

/** Byte offsets in a slot of the name table. */
export const Slot = {
  BYTES: 96,
  HASH: 0,
  LENGTH: 4,
  VALUE: 8,
  COUNT: 16,
  NAME: 24,
} as const;

/** Sizes, addresses and limits. */
export const Scan = {
  MEMORY_BYTES: 0x100000,
  STATE_PTR: 0x400,
  NAMES_PTR: 0x1000,
  NAMES_SLOTS: 2048,
  GFP_PTR: 0x38000,
  GFP_SLOTS: 64,
  HEADERS_PTR: 0x3a000,
  HEADER_SLOTS: 64,
  GFP_TEXTS_PTR: 0x3c000,
  GFP_TEXTS_SLOTS: 64,
  INPUT_PTR: 0x40000,
  INPUT_BYTES: 0x50000,
  OUTPUT_PTR: 0xa0000,
  OUTPUT_RECORDS: 8192,
  RECORD_WORDS: 12,
  LINE_MAX_BYTES: 65536,
  NAME_MAX_BYTES: 64,
  NAMES_MAX: 1000,
  PFN_BITS: 40,
  ORDER_MAX: 20,
  LRU_MAX: 4,
  MIGRATETYPE_MAX: 31,
  CPU_MAX: 8191,
  IN_INTERRUPT: 0x10000,
  PID_LIMIT: 4194304,
} as const;

/** Words of a record: the stride of every batch. */
export const RECORD_WORDS = Scan.RECORD_WORDS;

/** Bit of the cpu word: the event happened in an interrupt, so the task is there by chance. */
export const IN_INTERRUPT = Scan.IN_INTERRUPT;

/** The cpu itself. */
export const CPU_MASK = 0xffff;
