// records: what the scanner and its host agree on: addresses, record words, kinds, reasons.
//
// The host's twin is src/capture/records.ts; test/capture/scan.test.ts compares the two, name by name.
//
// LAYOUT      linear memory, all of it at fixed addresses (the module has no globals and no data):
//
//     0x000000  unused: address 0 is "nothing"
//     0x000400  state words (STATE_*)
//     0x001000  event names    2048 slots × 96 bytes   names.ts
//     0x038000  gfp flag names   64 slots × 96 bytes
//     0x03a000  headers          64 slots × 96 bytes   header-cache.ts
//     0x03c000  gfp texts        64 slots × 80 bytes   gfp.ts
//     0x040000  input          320 KiB text, then 64 bytes that may be read but mean nothing
//     0x0A0000  output        8192 records × 48 bytes = 384 KiB, up to 0x100000
//
//             A record is 12 words of 32 bits:
//
//     0 kind │ 1 cpu, interrupt bit │ 2 pid │ 3 line │ 4 time hi │ 5 time lo │ 6..11 arguments, by kind

export const MEMORY_BYTES: u32 = 0x100000;
export const STATE_PTR: u32 = 0x400;
export const NAMES_PTR: u32 = 0x1000;
export const NAMES_SLOTS: u32 = 2048;
export const GFP_PTR: u32 = 0x38000;
export const GFP_SLOTS: u32 = 64;
export const HEADERS_PTR: u32 = 0x3a000;
export const HEADER_SLOTS: u32 = 64;
export const GFP_TEXTS_PTR: u32 = 0x3c000;
export const GFP_TEXTS_SLOTS: u32 = 64;
export const INPUT_PTR: u32 = 0x40000;
export const INPUT_BYTES: u32 = 0x50000;
export const OUTPUT_PTR: u32 = 0xa0000;
export const OUTPUT_RECORDS: u32 = 8192;

export const LINE_MAX_BYTES: u32 = 65536;
export const NAME_MAX_BYTES: u32 = 64;
/** Unknown event names that get a slot of their own. */
export const NAMES_MAX: u32 = 1000;

// State words, as byte offsets from STATE_PTR.
export const STATE_STATUS: u32 = 0;
export const STATE_CONSUMED: u32 = 4;
export const STATE_LINES: u32 = 8;
export const STATE_NOT_EVENTS: u32 = 12;
export const STATE_NOTES: u32 = 16;
export const STATE_OTHER_NAMES: u32 = 20;
export const STATE_NR_NAMES: u32 = 24;
export const STATE_CLOCKS: u32 = 28;
export const STATE_REASON: u32 = 32;
export const STATE_FIELD: u32 = 36;
export const STATE_BAD_OFFSET: u32 = 40;
export const STATE_BAD_BYTES: u32 = 44;

export const STATUS_DONE: u32 = 0;
export const STATUS_OUTPUT_FULL: u32 = 1;
export const STATUS_REFUSED: u32 = 2;

export const REASON_NONE: u32 = 0;
export const REASON_MISSING: u32 = 1;
export const REASON_NOT_A_NUMBER: u32 = 2;
export const REASON_OUT_OF_RANGE: u32 = 3;
export const REASON_TWICE: u32 = 4;
export const REASON_LINE_TOO_LONG: u32 = 5;
export const REASON_UNKNOWN_FLAG: u32 = 6;

export const CLOCK_SECONDS: u32 = 1;
export const CLOCK_TICKS: u32 = 2;

// Slots of the name tables, as byte offsets.
export const SLOT_BYTES: u32 = 96;
export const SLOT_HASH: u32 = 0;
export const SLOT_LENGTH: u32 = 4;
export const SLOT_VALUE: u32 = 8;
export const SLOT_COUNT: u32 = 16;
export const SLOT_NAME: u32 = 24;

// Words of a record.
export const RECORD_WORDS: u32 = 12;
export const WORD_KIND: u32 = 0;
export const WORD_CPU: u32 = 1;
export const WORD_PID: u32 = 2;
export const WORD_LINE: u32 = 3;
export const WORD_TIME_HI: u32 = 4;
export const WORD_TIME_LO: u32 = 5;
export const WORD_PFN_LO: u32 = 6;
export const WORD_PFN_HI: u32 = 7;
export const WORD_ORDER: u32 = 8;
export const WORD_GFP: u32 = 9;
export const WORD_MIGRATETYPE: u32 = 10;
export const WORD_LRU_FLAGS: u32 = 9;
export const WORD_LRU: u32 = 10;
export const WORD_DEV: u32 = 9;
export const WORD_INO_LO: u32 = 10;
export const WORD_INO_HI: u32 = 11;
export const WORD_MEMCG_LO: u32 = 6;
export const WORD_MEMCG_HI: u32 = 7;
export const WORD_ITEM: u32 = 8;
export const WORD_VAL: u32 = 9;
export const WORD_TASK_PID: u32 = 6;
export const WORD_CHILD_PID: u32 = 7;
export const WORD_MM_ID: u32 = 6;
export const WORD_CURR: u32 = 7;
export const WORD_TEXT_OFFSET: u32 = 6;
export const WORD_TEXT_BYTES: u32 = 7;
export const WORD_LOST: u32 = 8;

export const KIND_UNKNOWN: u32 = 0;
export const KIND_MM_PAGE_ALLOC: u32 = 1;
export const KIND_MM_PAGE_FREE: u32 = 2;
export const KIND_MM_PAGE_FREE_BATCHED: u32 = 3;
export const KIND_MM_LRU_INSERTION: u32 = 4;
export const KIND_MM_LRU_ACTIVATE: u32 = 5;
export const KIND_MM_FILEMAP_ADD: u32 = 6;
export const KIND_MM_FILEMAP_DELETE: u32 = 7;
export const KIND_MOD_MEMCG_LRUVEC_STATE: u32 = 8;
export const KIND_MOD_MEMCG_STATE: u32 = 9;
export const KIND_COUNT_MEMCG_EVENTS: u32 = 10;
export const KIND_SCHED_PROCESS_FORK: u32 = 11;
export const KIND_SCHED_PROCESS_EXIT: u32 = 12;
export const KIND_RSS_STAT: u32 = 13;
export const KIND_CGROUP_MKDIR: u32 = 14;
export const KIND_CGROUP_RMDIR: u32 = 15;
export const KIND_CGROUP_RELEASE: u32 = 16;
export const KIND_CGROUP_ATTACH_TASK: u32 = 17;
export const KIND_CGROUP_RENAME: u32 = 18;
export const KIND_CGROUP_TRANSFER_TASKS: u32 = 19;
export const KIND_TRACING_MARK: u32 = 20;
export const KIND_MM_MIGRATE_PAGES: u32 = 21;
export const KIND_MARK_VICTIM: u32 = 22;
export const KIND_MM_VMSCAN: u32 = 23;
export const KIND_MM_PAGE_ALLOC_FAILED: u32 = 24;
export const KIND_LOST: u32 = 25;
export const KIND_BUFFER_HEADER: u32 = 26;

export const FIELD_NONE: u32 = 0;
export const FIELD_PFN: u32 = 1;
export const FIELD_ORDER: u32 = 2;
export const FIELD_GFP_FLAGS: u32 = 3;
export const FIELD_MIGRATETYPE: u32 = 4;
export const FIELD_LRU: u32 = 5;
export const FIELD_FLAGS: u32 = 6;
export const FIELD_DEV: u32 = 7;
export const FIELD_INO: u32 = 8;
export const FIELD_MEMCG_ID: u32 = 9;
export const FIELD_ITEM: u32 = 10;
export const FIELD_VAL: u32 = 11;
export const FIELD_PID: u32 = 12;
export const FIELD_CHILD_PID: u32 = 13;
export const FIELD_MM_ID: u32 = 14;
export const FIELD_CURR: u32 = 15;

export const PFN_BITS: u32 = 40;
export const ORDER_MAX: u32 = 20;
export const LRU_MAX: u32 = 4;
export const MIGRATETYPE_MAX: u32 = 31;
export const CPU_MAX: u32 = 8191;
/** Bit of the cpu word: the event happened in an interrupt, so the task is there by chance. */
export const IN_INTERRUPT: u32 = 0x10000;
/** PID_MAX_LIMIT of 64-bit kernels: no pid reaches it. */
export const PID_LIMIT: u32 = 4194304;

export const GFP_ACCOUNT: u32 = 1;
export const GFP_COMP: u32 = 2;
export const GFP_MOVABLE: u32 = 4;
export const GFP_HIGHMEM: u32 = 8;
export const GFP_ZERO: u32 = 16;
export const GFP_RECLAIMABLE: u32 = 32;
export const GFP_WRITE: u32 = 64;
/** Some bits were printed as a number and read by the layout of Linux 5.1 and later. */
export const GFP_NUMERIC: u32 = 128;

export const LRU_FLAG_MAPPED: u32 = 1;
export const LRU_FLAG_ANON: u32 = 2;
export const LRU_FLAG_FILE: u32 = 4;
export const LRU_FLAG_SWAPCACHE: u32 = 8;
export const LRU_FLAG_SWAPBACKED: u32 = 16;
export const LRU_FLAG_MAPPEDTODISK: u32 = 32;
export const LRU_FLAG_PRIVATE: u32 = 64;
