// trace-builder: ftrace text, event by event, and captures in memory.
//
//     new TraceBuilder().mkdir(11, "/a").attach(7, 11, "/a").as(7).alloc(0x100).lruAdd(11, 0x100, 2)
//
// Every method appends lines and returns the builder.  `as` says which task runs from here on, on which CPU.
import type { CaptureFile, CaptureFiles } from "../../src/capture/oracle.js";

/** Numbers of memcg counters on the kernel of reference. */
export const Item = {
  ANON_MAPPED: 17,
  FILE_MAPPED: 18,
  FILE_PAGES: 19,
  SHMEM: 22,
  STACK: 36,
  KMEM: 55,
} as const;

export const USER_PAGE = "GFP_HIGHUSER_MOVABLE|__GFP_COMP";
export const HUGE_PAGE = "GFP_TRANSHUGE|__GFP_NORETRY|__GFP_THISNODE";
export const KERNEL_PAGE = "GFP_KERNEL_ACCOUNT|__GFP_ZERO|__GFP_COMP";
export const UNACCOUNTED_PAGE = "GFP_KERNEL|__GFP_ZERO";

export const ANON_FLAGS = "Ma bd ";
export const TMPFS_FLAGS = " f b  ";
export const FILE_FLAGS = " f   B";

const TASK_FLAGS = ".....";

export class TraceBuilder {
  readonly #lines: string[] = [];
  #pid = 1;
  #cpu = 0;
  #micros = 5_000_000;
  #root = "root=4";

  /** The task that runs from here on. */
  as(pid: number, cpu = 0): this {
    this.#pid = pid;
    this.#cpu = cpu;
    return this;
  }

  /** Number of the hierarchy that cgroup events name from here on. */
  hierarchy(root: number): this {
    this.#root = `root=${root}`;
    return this;
  }

  /** A line as it stands. */
  raw(line: string): this {
    this.#lines.push(line);
    return this;
  }

  event(text: string, flags = TASK_FLAGS): this {
    this.#micros += 3;
    const time = `${Math.floor(this.#micros / 1e6)}.${String(this.#micros % 1e6).padStart(6, "0")}`;
    const task = `task-${this.#pid}`.padStart(16);
    return this.raw(
      `${task}   [${String(this.#cpu).padStart(3, "0")}] ${flags} ${time.padStart(12)}: ${text}`,
    );
  }

  mkdir(inode: number, path: string): this {
    return this.event(`cgroup_mkdir: ${this.#root} id=${inode} level=${levelOf(path)} path=${path}`, "d..1.");
  }

  rmdir(inode: number, path: string): this {
    return this.event(`cgroup_rmdir: ${this.#root} id=${inode} level=${levelOf(path)} path=${path}`, "d..1.");
  }

  attach(pid: number, inode: number, path: string): this {
    const to = `dst_${this.#root} dst_id=${inode} dst_level=${levelOf(path)} dst_path=${path}`;
    return this.event(`cgroup_attach_task: ${to} pid=${pid} comm=task`, "d..1.");
  }

  fork(parentPid: number, childPid: number): this {
    return this.event(`sched_process_fork: comm=task pid=${parentPid} child_comm=task child_pid=${childPid}`);
  }

  exit(pid: number): this {
    return this.event(`sched_process_exit: comm=task pid=${pid} prio=120 group_dead=true`);
  }

  lruvec(inode: number, item: number, value: number, flags = "d..2."): this {
    return this.event(`mod_memcg_lruvec_state: memcg_id=${inode} item=${item} val=${value}`, flags);
  }

  state(inode: number, item: number, value: number, flags = "...1."): this {
    return this.event(`mod_memcg_state: memcg_id=${inode} item=${item} val=${value}`, flags);
  }

  alloc(pfn: number, order = 0, gfp = order === 0 ? USER_PAGE : HUGE_PAGE): this {
    const movable = gfp.includes("MOVABLE") || gfp.includes("TRANSHUGE");
    return this.event(
      `mm_page_alloc: page=00000000deadbeef pfn=${hex(pfn)} order=${order} migratetype=${movable ? 1 : 0} gfp_flags=${gfp}`,
    );
  }

  free(pfn: number, order = 0): this {
    return this.event(`mm_page_free: page=00000000deadbeef pfn=${hex(pfn)} order=${order}`);
  }

  /** mm_filemap_add_to_page_cache alone, without a memcg event. */
  cacheOnly(pfn: number, order = 0): this {
    return this.event(
      `mm_filemap_add_to_page_cache: dev 254:0 ino 38a4c pfn=${hex(pfn)} ofs=4096 order=${order}`,
    );
  }

  /** The memcg event and the addition that it belongs to. */
  cache(inode: number, pfn: number, order = 0): this {
    return this.lruvec(inode, Item.FILE_PAGES, 1 << order).cacheOnly(pfn, order);
  }

  uncache(pfn: number): this {
    return this.event(
      `mm_filemap_delete_from_page_cache: dev 254:0 ino 38a4c pfn=${hex(pfn)} ofs=4096 order=0`,
      "d..2.",
    );
  }

  /** mm_lru_insertion alone, without a memcg event. */
  lruOnly(pfn: number, lru: number, flags = lru === 2 || lru === 3 ? FILE_FLAGS : ANON_FLAGS): this {
    return this.event(
      `mm_lru_insertion: folio=00000000deadbeef pfn=${hex(pfn)} lru=${lru} flags=${flags}`,
      "d..3.",
    );
  }

  /** The memcg event and the insertion that it belongs to. */
  lruAdd(inode: number, pfn: number, lru: number, nrPages = 1, flags?: string): this {
    return this.lruvec(inode, lru, nrPages).lruOnly(pfn, lru, flags);
  }

  activate(pfn: number): this {
    return this.event(`mm_lru_activate: folio=00000000deadbeef pfn=${hex(pfn)}`, "d..3.");
  }

  mark(text: string): this {
    return this.event(`tracing_mark_write: ${text}`, "...1.");
  }

  /** A page of anonymous memory of the task that runs, as the kernel traces it. */
  anonPage(inode: number, pfn: number): this {
    return this.alloc(pfn).lruvec(inode, Item.ANON_MAPPED, 1).lruAdd(inode, pfn, 0);
  }

  /** A page of a file, as the kernel traces it. */
  filePage(inode: number, pfn: number, lru = 2): this {
    return this.alloc(pfn).cache(inode, pfn).lruAdd(inode, pfn, lru);
  }

  text(): string {
    return `${this.#lines.join("\n")}\n`;
  }
}

/** A file of a capture from its text. */
export function fileOf(name: string, text: string): CaptureFile {
  return {
    name,
    async *open() {
      yield new TextEncoder().encode(text);
    },
  };
}

export interface CaptureTexts {
  trace: string;
  groups?: string;
  stat?: string;
  frames?: string;
}

/** A capture in memory; a table that is left out is missing. */
export function captureOf({ trace, groups, stat, frames }: CaptureTexts, name = "built"): CaptureFiles {
  return {
    name,
    trace: fileOf("trace.txt", trace),
    ...(groups === undefined ? {} : { groups: fileOf("groups.tsv", groups) }),
    ...(stat === undefined ? {} : { stat: fileOf("memory.stat.tsv", stat) }),
    ...(frames === undefined ? {} : { frames: fileOf("frames.tsv", frames) }),
  };
}

/** A table with its header, from rows of cells. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return `${[header, ...rows].map((row) => row.join("\t")).join("\n")}\n`;
}

export const groupsTable = (rows: readonly (readonly [string, number])[]) => table(["group", "inode"], rows);
export const statTable = (rows: readonly (readonly [string, string, number])[]) =>
  table(["group", "item", "value"], rows);
export const framesTable = (rows: readonly (readonly [number, number, string?])[]) =>
  table(
    ["pfn", "cgroup_inode", "kpageflags", "kpagecount"],
    rows.map(([pfn, inode, flags]) => [pfn, inode, flags ?? "0x800000060", 1]),
  );

function hex(pfn: number): string {
  return `0x${pfn.toString(16)}`;
}

function levelOf(path: string): number {
  return path.split("/").length - 1;
}
