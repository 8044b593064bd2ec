/**
 * attribution: from what a kernel traced to who owns which frame.
 *
 * Two witnesses name the owner of a folio.
 *
 *   task   the group of the task that allocated it (anonymous and kernel memory) or added it to the page cache
 *   memcg  the group whose counter the kernel bumped right before the event of the folio, on the same CPU (witness.ts)
 * RULES  A1  A movable allocation is charged at once, as anonymous memory of the task's group.  The page cache, tmpfs
 *            or an LRU insertion correct it when they claim the folio.
 *        A2  A kernel allocation is charged only if it says ACCOUNT: to the group of the KMEM event before it,
 *            else to the task's group.
 *        A3  mm_filemap_add_to_page_cache charges the folio to the group of the FILE_PAGES event before it.
 *        A4  mm_lru_insertion: the group of the LRU event before it owns the folio.  No such event, though the trace
 *            has them: the owner is outside the capture.
 *        A5  Where the trace has no memcg events at all, the task witness stands alone.
 *        A6  The memcg witness wins, since it is the kernel's own word; each disagreement is counted and listed.
 *        A7  The value of the memcg event is the folio's size: smaller than what is known, the folio was split.
 *        A8  mm_page_free ends ownership.  mm_page_free_batched repeats it and is skipped.
 *        A9  A task keeps its group after sched_process_exit, until its pid is given out again: it still allocates.
 *
 * Source: mm/{page_alloc,filemap,swap,memcontrol}.c of Linux 6.18, seen through their tracepoints.
 */
import { Op, ORDER_MAX, PageType } from "../abi.js";
import { CaptureError } from "./errors.js";
import { FrameClaims, FrameSet } from "./frame-claims.js";
import { type Group, GroupBook } from "./group-book.js";
import { KernelItems } from "./kernel-items.js";
import { MAX_CPUS, MAX_FRAMES } from "./limits.js";
import type { OpBatch } from "./op-batch.js";
import { CPU_MASK, type EventBatch, Gfp, IN_INTERRUPT, Kind, LruFlag, Word } from "./records.js";
import { TaskGroups } from "./task-groups.js";
import { Testimony } from "./testimony.js";
import { parseAttach, parseCgroup, parseMigrate } from "./text-events.js";
import { CpuWitness, WITNESS_LRUVEC, WITNESS_STATE } from "./witness.js";

export interface AttributionHooks {
  mark(text: string): void;
  reclaimIds(): readonly number[];
}

export class Attribution {
  readonly groups: GroupBook;
  readonly items = new KernelItems();
  readonly witnesses = new Testimony((container) => this.groups.byId(container)?.path ?? "");
  /** Pages that the kernel says it migrated: their moves have no event of their own. */
  migratedPages = 0;
  /** Events that the trace says are lost, so far; a place that tells no number counts 1. */
  lostEvents = 0;
  /** Folios that turned out smaller than they were allocated. */
  splitFolios = 0;
  /** CPUs that events came from. */
  cpus = 0;
  readonly #cpuSeen = new Uint8Array(MAX_CPUS);
  /** Events of reclaim (mm_vmscan_*): it moves pages between lists without naming them. */
  reclaimEvents = 0;
  /** Frames with an event while `watching`: in flux while the kernel's frames were read. */
  inFlux: FrameSet | undefined;
  /** Containers removed while `watching`. */
  readonly removedInFlux = new Set<number>();

  readonly #out: OpBatch;
  readonly #hooks: AttributionHooks;
  readonly #witness = new CpuWitness();
  readonly #frames = new FrameClaims();
  readonly #tasks: TaskGroups;
  readonly #file: string;
  readonly #decoder = new TextDecoder();
  #memcgEventsSeen = false;
  #watching = false;
  #lastMemcg = -1;
  #lastContainer = 0;

  constructor(out: OpBatch, listed: ReadonlyMap<number, string>, file: string, hooks: AttributionHooks) {
    this.#out = out;
    this.#file = file;
    this.#hooks = hooks;
    this.#tasks = new TaskGroups(out, (container) => this.groups.byId(container)?.online === true);
    this.groups = new GroupBook(listed, {
      create: (group) => this.#createContainer(group),
      remove: (group) => this.#removeContainer(group),
      reclaimIds: () => hooks.reclaimIds(),
      refuse: (reason) =>
        this.#refuse(reason, "check that the file is whole; docs/captures.md has the limits"),
    });
  }

  /** While true, frames that have an event are noted as in flux. */
  get watching(): boolean {
    return this.#watching;
  }
  set watching(on: boolean) {
    if (on) {
      this.inFlux = new FrameSet();
      this.removedInFlux.clear();
    }
    this.#watching = on;
  }

  /** Events `first` up to `end` of a batch. */
  consumeRange(batch: EventBatch, first: number, end: number): void {
    const { words, stride } = batch;
    const witness = this.#witness;
    const out = this.#out;
    for (let at = first * stride; at < end * stride; at += stride) {
      out.event++;
      const kind = words[at]!;
      const cpuWord = words[at + Word.CPU]!;
      const cpu = cpuWord & CPU_MASK;
      const interrupt = (cpuWord & IN_INTERRUPT) !== 0;
      if (kind === Kind.MOD_MEMCG_LRUVEC_STATE || kind === Kind.MOD_MEMCG_STATE) {
        this.#memcgState(words, at, cpu, interrupt, kind === Kind.MOD_MEMCG_LRUVEC_STATE);
        continue; // stays the last event of this CPU
      }
      if (this.#cpuSeen[cpu] === 0) {
        this.#cpuSeen[cpu] = 1;
        this.cpus++;
      }
      if (IS_USED[kind] === 1) this.#event(kind, batch, words, at, cpu);
      if (!interrupt) witness.clear(cpu);
    }
  }

  #event(kind: number, batch: EventBatch, words: Uint32Array, at: number, cpu: number): void {
    switch (kind) {
      case Kind.MM_PAGE_ALLOC:
        this.#alloc(words, at, cpu);
        break;
      case Kind.MM_PAGE_FREE:
        this.#free(words, at);
        break;
      case Kind.MM_LRU_INSERTION:
        this.#lruInsertion(words, at, cpu);
        break;
      case Kind.MM_FILEMAP_ADD:
        this.#filemapAdd(words, at, cpu);
        break;
      case Kind.MM_FILEMAP_DELETE:
        this.#filemapDelete(words, at);
        break;
      case Kind.MM_LRU_ACTIVATE:
        this.#lruActivate(words, at);
        break;
      case Kind.SCHED_PROCESS_FORK:
        this.#tasks.fork(words[at + Word.TASK_PID]!, words[at + Word.CHILD_PID]!);
        break;
      case Kind.SCHED_PROCESS_EXIT:
        this.#tasks.exit(words[at + Word.TASK_PID]!);
        break;
      case Kind.MM_VMSCAN:
        if (this.#text(batch, at).includes(" nr_")) this.reclaimEvents++; // a scan, not a thread that wakes or sleeps
        break;
      case Kind.LOST:
        this.lostEvents += words[at + Word.LOST]! || 1;
        break;
      default:
        this.#textEvent(kind, batch, at);
    }
  }

  #memcgState(words: Uint32Array, at: number, cpu: number, interrupt: boolean, lruvec: boolean): void {
    const container = this.#containerOf(words[at + Word.MEMCG_LO]! + words[at + Word.MEMCG_HI]! * 2 ** 32);
    const item = words[at + Word.ITEM]!;
    const value = words[at + Word.VAL]! | 0;
    if (container !== 0) {
      if (lruvec) this.items.addLruvec(container, item, value);
      else this.items.addState(container, item, value);
    }
    if (interrupt) return;
    const witness = this.#witness;
    if (lruvec && value > 0 && item === this.items.shmem && container !== 0)
      this.#shmemAdded(words, at, cpu, container, value);
    witness.set(cpu, lruvec ? WITNESS_LRUVEC : WITNESS_STATE, container, item, value);
  }

  /** tmpfs: NR_FILE_PAGES then NR_SHMEM are bumped for the folio that this task has just allocated. */
  #shmemAdded(words: Uint32Array, at: number, cpu: number, container: number, nrPages: number): void {
    const w = this.#witness;
    if (w.kind[cpu] !== WITNESS_LRUVEC || w.item[cpu] !== this.items.filePages.item) return;
    if (w.value[cpu] !== nrPages || w.container[cpu] !== container) return;
    if (w.allocPages[cpu] !== nrPages || w.allocPid[cpu] !== words[at + Word.PID]) return;
    const pfn = w.allocPfn[cpu]!;
    const order = this.#frames.orderOf(pfn);
    w.allocPages[cpu] = 0; // claimed, or not to be
    // The task may have come from another CPU since, and the folio be something else's by now.
    if (order < 0 || this.#frames.isSettled(pfn)) return;
    this.#out.line = words[at + Word.LINE]!;
    this.#frames.set(pfn, order, this.#frames.claimOf(pfn), container);
    this.#frames.settle(pfn);
    this.#out.pushFolio(Op.RECHARGE, order, container, pfn, PageType.SHMEM);
  }

  #alloc(words: Uint32Array, at: number, cpu: number): void {
    const pfn = this.#pfn(words, at);
    const order = this.#order(words, at, pfn);
    const pid = words[at + Word.PID]!;
    const gfp = words[at + Word.GFP]!;
    const task = this.#tasks.groupOf(pid);
    let owner = 0;
    let type: number = PageType.NONE;
    if ((gfp & Gfp.ACCOUNT) !== 0) {
      const witness = this.#kmemWitness(cpu, order);
      owner = witness < 0 ? task : witness; // A2
      type = PageType.KERNEL;
    } else if ((gfp & Gfp.MOVABLE) !== 0) {
      owner = task; // A1
      type = PageType.ANON;
      this.#witness.setAlloc(cpu, pfn, 1 << order, pid);
    }
    this.#frames.set(pfn, order, owner, owner);
    if (this.#watching) this.inFlux!.addFolio(pfn, order);
    this.#out.pushFolio(Op.ALLOC_CHARGE, order, owner, pfn, type);
  }

  /** Container of the KMEM event right before an allocation, 0 = outside the capture; -1 where there is none. */
  #kmemWitness(cpu: number, order: number): number {
    const w = this.#witness;
    if (w.kind[cpu] !== WITNESS_STATE || w.value[cpu] !== 1 << order) return -1;
    this.items.kmem.vote(w.item[cpu]!);
    return w.item[cpu] === this.items.kmem.item ? w.container[cpu]! : -1;
  }

  #free(words: Uint32Array, at: number): void {
    const pfn = this.#pfn(words, at);
    const order = this.#order(words, at, pfn);
    this.#frames.clear(pfn);
    if (this.#watching) this.inFlux!.addFolio(pfn, order);
    this.#out.pushFolio(Op.RELEASE, order, 0, pfn, 0);
  }

  #filemapAdd(words: Uint32Array, at: number, cpu: number): void {
    const pfn = this.#pfn(words, at);
    const order = this.#order(words, at, pfn);
    const task = this.#tasks.groupOf(words[at + Word.PID]!);
    const w = this.#witness;
    let owner = this.#memcgEventsSeen ? 0 : task; // A5
    if (w.kind[cpu] === WITNESS_LRUVEC && w.value[cpu] === 1 << order) {
      this.items.filePages.vote(w.item[cpu]!);
      if (w.item[cpu] === this.items.filePages.item) owner = w.container[cpu]!; // A3
    }
    this.#frames.set(pfn, order, task, owner);
    this.#frames.settle(pfn);
    if (this.#watching) this.inFlux!.addFolio(pfn, order);
    this.#out.pushFolio(Op.RECHARGE, order, owner, pfn, PageType.FILE);
  }

  #filemapDelete(words: Uint32Array, at: number): void {
    const pfn = this.#pfn(words, at);
    const order = Math.max(0, this.#frames.orderOf(pfn));
    if (this.#watching) this.inFlux!.addFolio(pfn, order);
    this.#out.pushFolio(Op.REPLAY_CACHE_DEL, order, 0, pfn, 0);
  }

  #lruInsertion(words: Uint32Array, at: number, cpu: number): void {
    const pfn = this.#pfn(words, at);
    const lru = words[at + Word.LRU]!;
    const w = this.#witness;
    let order = this.#frames.orderOf(pfn);
    const claim = this.#frames.claimOf(pfn);
    let owner = claim;
    const value = w.value[cpu]!;
    if (w.kind[cpu] === WITNESS_LRUVEC && w.item[cpu] === lru && value > 0 && (value & (value - 1)) === 0) {
      this.#memcgEventsSeen = true;
      owner = w.container[cpu]!;
      const size = 31 - Math.clz32(value);
      if (size < order) this.splitFolios++; // A7
      if (size <= ORDER_MAX && (pfn & (value - 1)) === 0) order = size;
      this.witnesses.compare(words[at + Word.LINE]!, pfn, claim, owner);
    } else if (this.#memcgEventsSeen) {
      owner = 0; // A4
      if (claim !== 0) this.witnesses.compare(words[at + Word.LINE]!, pfn, claim, 0);
    } else if (claim !== 0) this.witnesses.taskOnly++;
    if (order < 0) order = 0;
    if (this.#watching) this.inFlux!.addFolio(pfn, order);
    // A folio that the page cache or tmpfs has claimed keeps its type: it may have left the cache meanwhile.
    const type = this.#frames.isSettled(pfn) ? PageType.NONE : lruType(lru, words[at + Word.LRU_FLAGS]!);
    const known = owner === claim && this.#frames.isInStep(pfn, order);
    this.#frames.set(pfn, order, claim, owner);
    this.#frames.settle(pfn);
    if (!known || (type !== PageType.NONE && type !== PageType.ANON))
      this.#out.pushFolio(Op.RECHARGE, order, owner, pfn, type);
    if (owner !== 0) this.#out.pushFolio(Op.LRU_PUT, order, 0, pfn, lru);
  }

  #lruActivate(words: Uint32Array, at: number): void {
    const pfn = this.#pfn(words, at);
    const order = Math.max(0, this.#frames.orderOf(pfn));
    if (this.#watching) this.inFlux!.addFolio(pfn, order);
    this.#out.pushFolio(Op.REPLAY_ACTIVATE, order, 0, pfn, 0);
  }

  #text(batch: EventBatch, at: number): string {
    const offset = batch.words[at + Word.TEXT_OFFSET]!;
    return this.#decoder.decode(batch.text.subarray(offset, offset + batch.words[at + Word.TEXT_BYTES]!));
  }

  #textEvent(kind: number, batch: EventBatch, at: number): void {
    const line = batch.words[at + Word.LINE]!;
    const text = this.#text(batch, at);
    this.#out.line = line;
    switch (kind) {
      case Kind.CGROUP_MKDIR:
        this.groups.mkdir(parseCgroup(text, this.#file, line));
        break;
      case Kind.CGROUP_RMDIR:
        this.groups.rmdir(parseCgroup(text, this.#file, line));
        break;
      case Kind.CGROUP_ATTACH_TASK: {
        const event = parseAttach(text, this.#file, line);
        const group = this.groups.attach(event);
        if (group !== undefined) this.#tasks.attach(event.pid, group);
        break;
      }
      case Kind.MM_MIGRATE_PAGES:
        this.migratedPages += parseMigrate(text);
        break;
      case Kind.TRACING_MARK:
        this.#hooks.mark(text);
        break;
    }
  }

  #createContainer(group: Group): void {
    this.items.forget(group.id);
    this.#lastMemcg = -1;
    this.#out.push(Op.CONTAINER_CREATE, 0, group.parent, group.id, 0xffffffff, 0);
  }

  #removeContainer(group: Group): void {
    this.#tasks.leave(group.id);
    if (this.#watching) this.removedInFlux.add(group.id);
    this.#out.push(Op.REPLAY_REMOVE, 0, 0, group.id, 0, 0);
  }

  /** Container of a memcg id.  Events of one group come in runs, so the last answer is kept. */
  #containerOf(inode: number): number {
    if (inode === this.#lastMemcg) return this.#lastContainer;
    this.#lastContainer = this.groups.idOf(inode);
    this.#lastMemcg = inode;
    return this.#lastContainer;
  }

  #pfn(words: Uint32Array, at: number): number {
    const pfn = words[at + Word.PFN_LO]!;
    this.#out.line = words[at + Word.LINE]!;
    if (words[at + Word.PFN_HI] !== 0 || pfn >= MAX_FRAMES)
      throw this.#refuse(
        `pfn 0x${(pfn + words[at + Word.PFN_HI]! * 2 ** 32).toString(16)} is out of range`,
        RANGE_REMEDY,
      );
    return pfn;
  }

  /** Order of a folio, checked: the buddy allocator hands out naturally aligned blocks only. */
  #order(words: Uint32Array, at: number, pfn: number): number {
    const order = words[at + Word.ORDER]!;
    const nrPages = 1 << order;
    if ((pfn & (nrPages - 1)) !== 0)
      throw this.#refuse(`pfn 0x${pfn.toString(16)} is not aligned to order ${order}`, RANGE_REMEDY);
    if (pfn + nrPages > MAX_FRAMES)
      throw this.#refuse(`pfn 0x${pfn.toString(16)} is out of range`, RANGE_REMEDY);
    return order;
  }

  #refuse(reason: string, remedy: string): CaptureError {
    return new CaptureError({ file: this.#file, line: this.#out.line, reason, remedy });
  }
}

const RANGE_REMEDY = `a ledger holds frames below 0x${MAX_FRAMES.toString(16)}; check that the file is whole`;

/** Kinds that `#event` handles; the others only end a witness. */
const IS_USED = new Uint8Array(32);
for (const kind of [
  Kind.MM_PAGE_ALLOC,
  Kind.MM_PAGE_FREE,
  Kind.MM_LRU_INSERTION,
  Kind.MM_LRU_ACTIVATE,
  Kind.MM_FILEMAP_ADD,
  Kind.MM_FILEMAP_DELETE,
  Kind.SCHED_PROCESS_FORK,
  Kind.SCHED_PROCESS_EXIT,
  Kind.MM_VMSCAN,
  Kind.LOST,
  Kind.CGROUP_MKDIR,
  Kind.CGROUP_RMDIR,
  Kind.CGROUP_ATTACH_TASK,
  Kind.TRACING_MARK,
  Kind.MM_MIGRATE_PAGES,
])
  IS_USED[kind] = 1;

/** Page type that an insertion proves.  On an anon list, a folio without PG_anon is tmpfs. */
function lruType(lru: number, flags: number): number {
  if ((flags & LruFlag.ANON) !== 0) return PageType.ANON;
  if ((flags & LruFlag.SWAPBACKED) !== 0 || lru < 2) return PageType.SHMEM;
  return PageType.FILE;
}
