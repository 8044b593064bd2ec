// schema: every byte and every number that the core and its host share, as data.
//
// From here `generate.mjs` writes assembly/abi.ts (overlays), src/abi.ts (offsets for the host's views) and
// docs/layout.md.  Change a row, run the generator, rebuild: nothing else names an offset.
//
// A field is [name, type, letter, text].  Letters: (C) constant after init · (L) written by the agent that holds the
// ledger lock, read by anyone who tolerates a value in motion · (A) likewise, and atomic in shared memory: what readers
// follow without a lock.  What these three overwrite is noted there, for undo.  (S) written without a note: scratch, or
// right whatever becomes of the operation · (U) likewise, and atomic in shared memory: written without the lock too.
// `groups` name runs of equal fields, so that a counter can be picked by number.  `tails` are arrays behind the
// last field: [name, type or record, count, letter, text].

export { enums } from "./enums.mjs";

import { agentRecords, reservedWords } from "./agent-records.mjs";
import { ownerRecords } from "./owner-records.mjs";

/** Address of the Core record: below it lies null, and where a compiler would put static data lies nothing. */
export const CORE_PTR = 1024;
/** Address of the LedgerLock record: above what a walk from a null node reads, on lines of its own. */
export const LOCK_PTR = 768;
/** Address of the first Agent record. */
export const AGENTS_PTR = 2048;

export const constants = {
  CORE_MAGIC: [0x31474c50, "the letters PLG1, little endian: this memory holds an initialised ledger"],
  PAGE_BYTES: [4096, "bytes of one accounted page frame"],
  SLAB_BYTES: [4096, "bytes of one slab of the arena"],
  OP_BYTES: [16, "bytes of one operation in the op buffer"],
  NR_OPS_BUFFER: [65536, "operations that the op buffer holds"],
  TRANSFER_BYTES: [
    1048576,
    "bytes of the transfer buffer, for batches of pfns in and owners out, or more if init is told so",
  ],
  RECOUNT_BYTES: [262144, "what a recount writes: a u32 for every u16"],
  CONTAINERS_MAX: [65535, "container ids end below: owners are u16, and the highest value is no id"],
  NO_FRAME_RECORDS: [1, "flag of init: owner index and counters only, no PageFrame"],
  ORDER_MAX: [20, "largest folio order: 2^20 pages are 4 GiB"],
  PAGES_MAX: [0xffffffff, "a limit that never refuses"],
  NR_LRU_LISTS: [5, "LRU lists of a container"],
  NR_OWN_COUNTERS: [12, "counters in the groups `own` and `total` of a container"],
  NR_ERR_TALLIES: [64, "words of the error tally, by Err code"],
  NR_DIFFERENCES: [16, "differences that an audit records; it counts the rest"],
  NR_AGENTS: [64, "agents that a ledger can have"],
  AGENTS_SHIFT: [8, "flags of init: from this bit on the number of agents; 0 = one, without an undo journal"],
  AGENT_STOCK_PAGES: [1 << 19, "sum of the stock capacities of one agent at most: 2 GiB"],
  STOCK_MIN: [64, "stock capacity to begin with, and the kernel's"],
  STOCK_MAX: [4096, "stock capacity of one container at one agent at most"],
  COUNT_PAGES_MAX: [1 << 24, "pages that one counted charge or uncharge takes at most"],
  USAGE_MAX: [
    2 ** 31,
    "counted charges keep every usagePages up to here, so that no sum of 32 bits wraps around",
  ],
  NR_KINDS: [8, "kinds of counted pages, for statistics"],
  STATS_BEHIND: [64, "updates per agent that a lazy read of statistics may not have seen"],
  ANNOUNCE_AT: [64, "lookups after which an agent that stays online announces that it holds no address"],
  COUNT_UNCHARGE: [0x80000000, "bit of an entry of countBatch: uncharges"],
  KIND_SHIFT: [16, "bits of an entry of countBatch: the container below, the kind from here on"],
  AGENT_STATE_MASK: [3, "AgentState sits in these bits of Agent.life"],
  RECOVERER_SHIFT: [2, "bits of Agent.life from here up to GENERATION_SHIFT: the number of who recovers it"],
  GENERATION_SHIFT: [8, "bits of Agent.life from here on: how often the number was given up, modulo 2^24"],
  LOCK_WAITERS: [0x80000000, "bit of LedgerLock.holder: an agent may be asleep waiting for it"],
  PALETTE_SHARED_BYTES: [
    136,
    "palette in shared memory: an overflow block, and behind it the links of a retired one",
  ],
  PALETTE_RETIRED_AT: [120, "palette in shared memory: from the block's start to the record Retired"],
  XA_MARKS: [3, "xarray: marks that an entry can have, by number"],
  XA_RETRY: [
    0x402,
    "xarray: entry of a node that has gone, for who still reads it: start again from the head",
  ],
  PCG_BATCH: [16, "page-cgroup-rcu: records that are out of use before they are retired together"],
  TYPE_SHIFT: [8, "PageType sits in these bits of PageFrame.flags"],
  TYPE_MASK: [0x0700, "the three bits of PageType"],
};

const OWN_COUNTERS = [
  ["anonPages", "anonymous memory"],
  ["filePages", "page cache of files"],
  ["shmemPages", "page cache of tmpfs and shared memory"],
  ["kernelPages", "kernel memory"],
  ["otherPages", "charged, but none of these: file pages outside the cache, pages without a type"],
  ["inactiveAnonPages", "on LRU list 0"],
  ["activeAnonPages", "on LRU list 1"],
  ["inactiveFilePages", "on LRU list 2"],
  ["activeFilePages", "on LRU list 3"],
  ["unevictablePages", "on LRU list 4"],
  ["mappedPages", "file and shmem pages of folios with a mapping"],
  ["chargedPages", "anon + file + shmem + kernel + other"],
];

const totalName = (name) => `total${name[0].toUpperCase()}${name.slice(1)}`;

export const records = {
  PageFrame: {
    text: "one page frame; all zero = free",
    sizeBytes: 16,
    fields: [
      ["lruNext", "u32", "L", "pfn + 1 of the next folio on the LRU list, 0 at its end (head)"],
      ["lruPrev", "u32", "L", "pfn + 1 of the folio before, 0 at the front (head)"],
      ["flags", "u16", "L", "FrameFlag bits, PageType"],
      ["order", "u8", "L", "order of the folio, in the head and in each tail"],
      ["lru", "u8", "L", "LruList + 1, 0 = on no list (head)"],
      [
        "memcgId",
        "u16",
        "L",
        "in-page: the owner; overlay: likewise, where no link is free; object: the object's number; others: 0",
      ],
      ["mapCount", "u16", "L", "mappings of the folio (head)"],
    ],
  },
  LruHead: {
    text: "both ends of one LRU list",
    sizeBytes: 8,
    fields: [
      ["first", "u32", "L", "pfn + 1 of the most recently added folio, 0 = empty"],
      ["last", "u32", "L", "pfn + 1 of the oldest folio"],
    ],
  },
  Container: {
    text: "one container: a line for the charge path, one for its counters, one for totals, one for its lists",
    sizeBytes: 256,
    fields: [
      ["parentId", "u16", "L", "0 = directly below the outside"],
      ["flags", "u16", "L", "ContainerFlag bits"],
      ["depth", "u16", "L", "1 for a top container"],
      ["reserved6", "u16", "C", ""],
      ["usagePages", "u32", "U", "pages charged here and below, counted ones and stocks too"],
      ["peakPages", "u32", "U", "highest usagePages so far"],
      ["maxPages", "u32", "L", "limit of usagePages"],
      ["failCount", "u32", "U", "charges that this level refused"],
      ["nrChildren", "u32", "L", "containers that name this one as parent, offline ones too"],
      ["nrOnlineChildren", "u32", "L", "those of them that are online"],
      ["nrTasks", "u32", "L", "tasks attached here"],
      ["generation", "u32", "L", "how often this id was given up: outlives the container"],
      [
        "chargeEvents",
        "u64",
        "L",
        "pages ever charged here; of those charged without the lock the balance at each fold",
      ],
      ["unchargeEvents", "u64", "L", "pages ever uncharged here, likewise"],
      ["auditTasks", "u32", "S", "scratch of the audit"],
      ["auditChildren", "u32", "S", "scratch of the audit"],
      ...OWN_COUNTERS.map(([name, text]) => [name, "u32", "L", text]),
      ["auditOnlineChildren", "u32", "S", "scratch of the audit"],
      ["countedPages", "u32", "U", "counted pages charged here that are in no agent's ownedPages; signed"],
      ["openAnon", "u16", "L", "object: number of the object that new ANON pages join, 0 = none"],
      ["openFile", "u16", "L", "likewise for FILE"],
      ["openShmem", "u16", "L", "likewise for SHMEM"],
      ["reserved126", "u16", "C", ""],
      ...OWN_COUNTERS.map(([name]) => [
        totalName(name),
        "u32",
        "S",
        `${name} here and below, as of the last containerTotals`,
      ]),
      ["countedTakes", "u32", "U", "odd while an agent takes counted pages over; goes on by two"],
      ["reserved180", "u32", "C", ""],
      ["reserved184", "u64", "C", ""],
    ],
    groups: [
      ["own", "anonPages", OWN_COUNTERS.length],
      ["open", "openAnon", 3],
      ["total", totalName("anonPages"), OWN_COUNTERS.length],
    ],
    tails: [
      ["lists", "LruHead", 5, "L", "by LruList"],
      ["reserved232", "u64", 3, "C", ""],
    ],
  },
  SlabPool: {
    text: "objects of one size, cut from slabs of the arena",
    sizeBytes: 24,
    fields: [
      ["objectBytes", "u32", "C", "size of one object"],
      ["perSlab", "u32", "C", "objects in a slab"],
      ["partialSlab", "u32", "L", "slab number + 1: first slab with room, 0 = none"],
      ["nrSlabs", "u32", "L", "slabs held"],
      ["nrObjects", "u32", "L", "objects in use"],
      ["headBytes", "u32", "C", "bytes of a slab before its first object"],
    ],
  },
  SlabHead: {
    text: "head of a slab; its objects follow, behind one word per 32 of them where there are more than 32",
    sizeBytes: 16,
    fields: [
      ["next", "u32", "L", "slab number + 1: next with room, or next free in the arena"],
      ["prev", "u32", "L", "slab number + 1: the one before"],
      ["usedMask", "u32", "L", "one bit per object in use; beyond 32 objects one bit per full word"],
      ["nrUsed", "u32", "L", "beyond 32 objects: how many are in use; else 0"],
    ],
  },
  Retired: {
    text: "what a retired object begins with",
    sizeBytes: 16,
    fields: [
      ["own0", "u32", "C", "the object's own, left as readers may still find it"],
      ["own1", "u32", "C", "likewise"],
      ["next", "u32", "L", "byte in the arena of the one retired next, 0 = none"],
      ["epoch", "u32", "L", "grace-period epoch in which it was retired"],
    ],
  },
  ...ownerRecords,
  Difference: {
    text: "one finding of an audit",
    sizeBytes: 16,
    fields: [
      ["check", "u16", "S", "Check code"],
      ["containerId", "u16", "S", "the container meant, or 0"],
      ["pfn", "u32", "S", "the frame meant, or the number that the Check code names"],
      ["expected", "u32", "S", "what counting anew gave"],
      ["found", "u32", "S", "what the ledger says"],
    ],
  },
  LedgerLock: {
    text: "who may write in shared memory, what of it can be undone, and whether readers may enter; at LOCK_PTR",
    sizeBytes: 256,
    fields: [
      ["holder", "u32", "U", "agent + 1 that holds the ledger, 0 = nobody; LOCK_WAITERS"],
      ["torn", "u32", "U", "1 while growth moves regions, which nothing can undo"],
      ...reservedWords(8, 64),
      ["journalTop", "u32", "S", "address behind the last note"],
      ["journalEnd", "u32", "S", "end of the journal; 0 = nothing is noted"],
      ["journalFull", "u32", "S", "1 once a note found no room, which stops the call"],
      ["reserved76", "u32", "C", ""],
      ...reservedWords(80, 128),
      ["readersClosed", "u32", "U", "1 while a dead agent's operation is undone: readers wait outside"],
      ["reserved132", "u32", "C", ""],
      ...reservedWords(136, 192),
      ["sequence", "u32", "U", "odd while somebody has the lock; only where lookups ask (SEQUENCED)"],
      ["locklessEver", "u32", "U", "1 once any agent has done so: containers may have pages to be folded in"],
      ["locklessAgents", "u64", "U", "a bit per agent that writes owners without the lock"],
      ...reservedWords(208, 256),
    ],
  },
  ...agentRecords,
  Core: {
    text: "the region table and the ledger's own figures, at CORE_PTR",
    sizeBytes: 792,
    fields: [
      ["magic", "u32", "C", "CORE_MAGIC once init is done"],
      ["abiHash", "u32", "C", "hash of this schema"],
      ["designId", "u32", "C", "Design in the lower half, FrameLayout in the upper one"],
      ["nrFrames", "u32", "L", "page frames: pfn 0 up to here"],
      ["maxContainers", "u32", "C", "container ids 1 up to here"],
      ["maxPids", "u32", "C", "pids 0 up to here"],
      ["containersPtr", "u32", "C", "Container[maxContainers]"],
      ["tasksPtr", "u32", "C", "u16[maxPids]: the container of a task"],
      ["opsPtr", "u32", "C", "op buffer"],
      ["transferPtr", "u32", "C", "transfer buffer"],
      ["framesPtr", "u32", "C", "PageFrame[nrFrames]"],
      ["indexPtr", "u32", "L", "the owner design's flat part; moves when frames are added"],
      ["indexBytes", "u32", "L", "its size"],
      ["arenaPtr", "u32", "L", "slabs; moves when frames are added"],
      ["arenaNext", "u32", "L", "first byte of the arena never used so far"],
      ["arenaEnd", "u32", "S", "end of linear memory, one wasm page short of 4 GiB at most"],
      ["arenaFreeSlab", "u32", "L", "slab number + 1: first free slab, 0 = none"],
      ["arenaFreeSlabs", "u32", "L", "how many are free"],
      ["containersEnd", "u32", "L", "highest container id ever used, plus 1"],
      ["pidsEnd", "u32", "L", "highest pid ever used, plus 1"],
      ["nrContainers", "u32", "L", "containers in use, offline ones too"],
      ["releasedContainers", "u32", "L", "containers whose record was given up so far"],
      ["allocatedPages", "u32", "L", "pages in folios, charged or not"],
      ["chargedPages", "u32", "L", "pages charged to any container"],
      ["missedFrees", "u32", "L", "replay: folios that an allocation found in its place"],
      ["unknownFrees", "u32", "L", "replay: releases that found nothing"],
      ["strayLru", "u32", "L", "replay: LRU operations on folios uncharged, unknown or on no list"],
      ["strayCache", "u32", "L", "replay: cache removals of folios that were in none"],
      ["missedExits", "u32", "L", "replay: tasks that were still attached when pid or container came anew"],
      ["firstError", "u32", "L", "Err code of the first operation that failed"],
      ["opsExecuted", "u64", "L", "operations so far, failed ones too"],
      ["firstErrorOp", "u64", "L", "how many operations came before the first that failed"],
      ["nrDifferences", "u32", "S", "findings of the last audit, beyond those recorded too"],
      ["radixHeight", "u32", "L", "radix: levels below the root pointer"],
      ["radixRoot", "u32", "L", "radix: a node's address, or at height 0 the owner of pfn 0"],
      ["splitFolios", "u32", "L", "folios split so far"],
      [
        "arenaPromised",
        "u32",
        "L",
        "slabs that the design may take without asking: kept when frames are added",
      ],
      ["hashShift", "u16", "L", "hash: 32 less the bits of a bucket's number"],
      ["xarrayMarks", "u16", "L", "xarray: bit m while an entry has mark m"],
      ["xarrayHead", "u32", "A", "xarray: entry at the top: a node, or alone the owner of pfn 0"],
      ["xarrayPromised", "u32", "L", "xarray: nodes that breaking up every multi-index entry would take"],
      ["nrRecords", "u32", "L", "page frame records: nrFrames, or 0 in a ledger without them"],
      ["transferBytes", "u32", "C", "size of the transfer buffer"],
      ["batchAt", "u32", "L", "place of the page that the last refused batch of pages stopped at"],
      ["gpEpoch", "u32", "U", "grace-period epoch, from 1 on; 0 in designs that retire nothing"],
      ["nrRetired", "u32", "L", "objects that wait for a grace period"],
      ["retiredFirst", "u32", "L", "byte in the arena of the one that waits longest, 0 = none"],
      ["retiredLast", "u32", "L", "of the one retired last"],
      ["radixRcuRoot", "u32", "A", "radix-rcu: a node's address, or owner of pfn 0 << 1 | 1, or 0"],
      [
        "obsoleteFirst",
        "u32",
        "L",
        "page-cgroup-rcu: byte in the arena of the first record out of use, 0 = none",
      ],
      ["nrObsolete", "u32", "L", "page-cgroup-rcu: how many, below PCG_BATCH"],
      ["objectsMax", "u32", "L", "object: records in the table, that of number 0 included"],
      ["objectsEnd", "u32", "L", "object: highest number ever used, plus 1"],
      ["nrAgents", "u32", "C", "Agent records at AGENTS_PTR"],
      ["agentBytes", "u32", "C", "from one agent's op and transfer buffers to the next one's"],
      ["journalPtr", "u32", "C", "undo journal, behind the last agent's buffers"],
      ["journalBytes", "u32", "C", "its size; 0 in a ledger for one agent"],
      ["statsPtr", "u32", "C", "ContainerStats[maxContainers]"],
      ["seenPtr", "u32", "C", "AgentSeen[nrAgents][maxContainers]"],
      ["countersPtr", "u32", "C", "AgentCounter[nrAgents][maxContainers]"],
      [
        "updatedPtr",
        "u32",
        "C",
        "u32[nrAgents][updatedWords]: a bit per container with counts that were not seen",
      ],
      ["updatedWords", "u32", "C", "words of one agent's set"],
      ["stockPolicy", "u32", "U", "StockPolicy of all agents"],
    ],
    tails: [
      ["nodePool", "SlabPool", 1, "L", "the design's nodes, chunks or overflow blocks"],
      ["errorCounts", "u32", 64, "L", "failed operations by Err code"],
      ["differences", "Difference", 16, "S", "findings of the last audit"],
    ],
  },
};
