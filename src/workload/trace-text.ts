/**
 * trace-text: a history as the text of a kernel trace, so that a replay of the text is a run of the history.
 *
 *   operations                      lines
 *   CONTAINER_CREATE                cgroup_mkdir; a task is attached and ends: it will run what the container's do
 *   ALLOC, CHARGE ANON              mm_page_alloc … GFP_HIGHUSER_MOVABLE
 *   ALLOC, CHARGE KERNEL            mm_page_alloc … GFP_KERNEL_ACCOUNT
 *   ALLOC, CACHE_ADD                mm_page_alloc, mod_memcg_lruvec_state FILE_PAGES, mm_filemap_add_to_page_cache
 *   ALLOC, CHARGE SHMEM, CACHE_ADD  mm_page_alloc, mod_memcg_lruvec_state FILE_PAGES and SHMEM
 *   ALLOC alone, or then refused    mm_page_alloc … GFP_KERNEL, which nobody pays for
 *   LRU_ADD                         mod_memcg_lruvec_state, mm_lru_insertion
 *   LRU_ACTIVATE, CACHE_DEL, FREE   mm_lru_activate, mm_filemap_delete_from_page_cache, mm_page_free
 *   TASK_*                          sched_process_fork, sched_process_exit, cgroup_attach_task
 *   MAP, UNMAP, SPLIT, SET_MAX      nothing: a trace has no events of them, and no page counter hears of them
 *
 * CONTEXT     Takes histories as history.ts describes them (H1 to H3); a stray operation is a RangeError.
 * COST        One encoding per 64 KiB of text; memory does not grow with the history.
 */
import { Err, Op, PageType } from "../abi.js";
import { type History, OP_WORDS } from "./history.js";

const BATCH_OPS = 4096;
const CHUNK_CHARS = 1 << 16;
const NR_CPUS = 4;
/** The tasks that run a container's events count down from the last pid that Linux gives out. */
const LAST_PID = 4194303;
/** Directories of containers have these inodes and up, a new one for each container made. */
const FIRST_INODE = 1000;
const HIERARCHY = 4;

/** Numbers of memcg counters on Linux 6.18. */
const NR_FILE_PAGES = 19;
const NR_SHMEM = 22;

/** Not zero: frame 0 behind a null pointer would be an allocation that failed. */
const POINTER = "0000000000000001";

const HEADER = `# tracer: nop
#
#                                _-----=> irqs-off/BH-disabled
#                               / _----=> need-resched
#                              | / _---=> hardirq/softirq
#                              || / _--=> preempt-depth
#                              ||| / _-=> migrate-disable
#                              |||| /     delay
#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
#              | |         |   |||||     |         |
`;

const GFP_BY_TYPE: Readonly<Record<number, string>> = {
  [PageType.NONE]: "migratetype=0 gfp_flags=GFP_KERNEL|__GFP_ZERO",
  [PageType.ANON]: "migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE|__GFP_COMP",
  [PageType.FILE]: "migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE|__GFP_COMP",
  [PageType.SHMEM]: "migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE|__GFP_COMP",
  [PageType.KERNEL]: "migratetype=0 gfp_flags=GFP_KERNEL_ACCOUNT|__GFP_ZERO|__GFP_COMP",
};
const LRU_FLAGS: Readonly<Record<number, string>> = {
  [PageType.ANON]: "Ma bd ",
  [PageType.FILE]: " f   B",
  [PageType.SHMEM]: " f b  ",
};

/** Writes operations as lines; `take` answers text. */
export class TraceText {
  readonly #inodes: Uint32Array;
  readonly #paths: string[] = [""];
  #nextInode = FIRST_INODE;
  #micros = 1_000_000;
  #task = "";
  #text = "";
  /** An allocation whose line waits for what it is used for. */
  #pending = false;
  #pfn = 0;
  #order = 0;
  #shmem = false;

  constructor(maxContainers: number) {
    this.#inodes = new Uint32Array(maxContainers);
  }

  /** Path of a container in the trace, for the latest one with this id. */
  pathOf(id: number): string {
    return this.#paths[id] ?? "";
  }

  head(): string {
    return HEADER;
  }

  /** The lines of `count` operations from `first` on. */
  take(words: Uint32Array, first: number, count: number): string {
    this.#text = "";
    for (let at = first * OP_WORDS; at < (first + count) * OP_WORDS; at += OP_WORDS)
      this.#op(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!);
    return this.#text;
  }

  /** What is left when the history has ended. */
  tail(): string {
    this.#text = "";
    this.#flush(0, PageType.NONE);
    return this.#text;
  }

  #op(word0: number, word1: number, word2: number, word3: number): void {
    const code = word0 & 0xff;
    const order = (word0 >>> 8) & 0xff;
    const memcg = word0 >>> 16;
    const refused = (word3 & 0xff) !== Err.OK;
    switch (code) {
      case Op.ALLOC:
        this.#flush(0, PageType.NONE);
        this.#pending = true;
        this.#pfn = word1;
        this.#order = order;
        this.#shmem = false;
        break;
      case Op.CHARGE:
        if (!refused) this.#charge(word1, memcg, word2);
        break;
      case Op.CACHE_ADD:
        if (!refused) this.#cacheAdd(word1, order, memcg);
        break;
      default:
        this.#flush(0, PageType.NONE);
        this.#other(code, order, memcg, word1, word2, (word3 >>> 8) & 0xff);
    }
  }

  #other(code: number, order: number, memcg: number, word1: number, word2: number, type: number): void {
    switch (code) {
      case Op.LRU_ADD:
        this.#as(memcg);
        this.#lruvec(memcg, word2, 1 << order);
        this.#event(
          `mm_lru_insertion: folio=${POINTER} pfn=${hex(word1)} lru=${word2} flags=${LRU_FLAGS[type] ?? LRU_FLAGS[PageType.ANON]}`,
        );
        break;
      case Op.LRU_ACTIVATE:
        this.#as(memcg);
        this.#event(`mm_lru_activate: folio=${POINTER} pfn=${hex(word1)}`);
        break;
      case Op.CACHE_DEL:
        this.#as(memcg);
        this.#event(
          `mm_filemap_delete_from_page_cache: dev 254:0 ino 2a pfn=${hex(word1)} ofs=0 order=${order}`,
        );
        break;
      case Op.FREE:
        this.#as(memcg);
        this.#event(`mm_page_free: page=${POINTER} pfn=${hex(word1)} order=${order}`);
        break;
      case Op.CONTAINER_CREATE:
        this.#create(word1, memcg);
        break;
      case Op.CONTAINER_REMOVE:
        this.#as(0);
        this.#event(`cgroup_rmdir: ${this.#where("", word1)}`);
        break;
      case Op.TASK_ATTACH:
        this.#attach(word1, memcg);
        break;
      case Op.TASK_FORK:
        this.#task = taskOf(word1);
        this.#event(`sched_process_fork: comm=task pid=${word1} child_comm=task child_pid=${word2}`);
        break;
      case Op.TASK_EXIT:
        this.#task = taskOf(word1);
        this.#event(`sched_process_exit: comm=task pid=${word1} prio=120 group_dead=true`);
        break;
      case Op.NOP:
      case Op.MAP:
      case Op.UNMAP:
      case Op.SPLIT:
      case Op.CONTAINER_SET_MAX:
        break;
      default:
        throw new RangeError(`operation ${code} has no event in a trace`);
    }
  }

  #charge(pfn: number, memcg: number, type: number): void {
    if (!this.#pending || this.#pfn !== pfn)
      throw new RangeError(`a charge of pfn ${pfn} that does not follow its allocation`);
    if (type === PageType.SHMEM) this.#shmem = true;
    else this.#flush(memcg, type);
  }

  #cacheAdd(pfn: number, order: number, memcg: number): void {
    if (!this.#pending || this.#pfn !== pfn)
      throw new RangeError(`a page cache addition of pfn ${pfn} that does not follow its allocation`);
    const shmem = this.#shmem;
    this.#flush(memcg, shmem ? PageType.SHMEM : PageType.FILE);
    this.#lruvec(memcg, NR_FILE_PAGES, 1 << order);
    if (shmem) this.#lruvec(memcg, NR_SHMEM, 1 << order);
    else this.#event(`mm_filemap_add_to_page_cache: dev 254:0 ino 2a pfn=${hex(pfn)} ofs=0 order=${order}`);
  }

  /** Writes the allocation that waits, if one does, as memory of this type. */
  #flush(memcg: number, type: number): void {
    if (!this.#pending) return;
    this.#pending = false;
    this.#as(memcg);
    this.#event(
      `mm_page_alloc: page=${POINTER} pfn=${hex(this.#pfn)} order=${this.#order} ${GFP_BY_TYPE[type]}`,
    );
  }

  #create(id: number, parent: number): void {
    this.#inodes[id] = this.#nextInode++;
    this.#paths[id] = `${this.#paths[parent] ?? ""}/c${id}`;
    this.#as(0);
    this.#event(`cgroup_mkdir: ${this.#where("", id)}`);
    // A task that has ended keeps its group for the events that name it, and counts nowhere.
    this.#attach(LAST_PID - id, id);
    this.#event(`sched_process_exit: comm=task pid=${LAST_PID - id} prio=120 group_dead=true`);
  }

  #attach(pid: number, id: number): void {
    this.#as(0);
    this.#event(`cgroup_attach_task: ${this.#where("dst_", id)} pid=${pid} comm=task`);
  }

  #where(prefix: string, id: number): string {
    const path = id === 0 ? "/" : this.pathOf(id);
    const level = id === 0 ? 0 : path.split("/").length - 1;
    const inode = id === 0 ? 1 : this.#inodes[id];
    return `${prefix}root=${HIERARCHY} ${prefix}id=${inode} ${prefix}level=${level} ${prefix}path=${path}`;
  }

  #lruvec(memcg: number, item: number, nrPages: number): void {
    this.#event(`mod_memcg_lruvec_state: memcg_id=${this.#inodes[memcg]} item=${item} val=${nrPages}`);
  }

  /** The events from here on are run by the container's task; 0 = by one outside. */
  #as(memcg: number): void {
    this.#task = memcg === 0 ? taskOf(0) : taskOf(LAST_PID - memcg);
  }

  #event(text: string): void {
    this.#micros++;
    const micros = String(this.#micros % 1_000_000).padStart(6, "0");
    this.#text += `${this.#task}${Math.floor(this.#micros / 1_000_000)}.${micros}: ${text}\n`;
  }
}

/** What stands before the time: task, CPU, flags. */
function taskOf(pid: number): string {
  return `            task-${pid}   [${String(pid % NR_CPUS).padStart(3, "0")}] .....  `;
}

function hex(pfn: number): string {
  return `0x${pfn.toString(16)}`;
}

export interface TraceTextOptions {
  /** Called after each batch with the operations written so far. */
  readonly onProgress?: (operations: number) => void;
  readonly signal?: AbortSignal;
}

/** The text of a whole history, in chunks of about 64 KiB; as fast as they are asked for, and no faster. */
export async function* traceText(
  history: History,
  options: TraceTextOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  const writer = new TraceText(history.maxContainers);
  const words = new Uint32Array(BATCH_OPS * OP_WORDS);
  let text = writer.head();
  let done = 0;
  for (let count = history.fill(words); count > 0; count = history.fill(words)) {
    options.signal?.throwIfAborted();
    for (let first = 0; first < count; first += 256) {
      text += writer.take(words, first, Math.min(256, count - first));
      if (text.length < CHUNK_CHARS) continue;
      yield encoder.encode(text);
      text = "";
    }
    done += count;
    options.onProgress?.(done);
  }
  yield encoder.encode(text + writer.tail());
}
