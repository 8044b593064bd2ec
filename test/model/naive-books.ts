/**
 * naive-books: the state of the naive ledger, the questions to it, and the changes that operations are made of.
 *
 * Maps and lists; every figure is recomputed on each question: too slow to ship, too simple to be wrong.
 */
import { Err, LruList, PAGES_MAX, PageType } from "../../src/abi.js";

export interface NaiveFolio {
  order: number;
  type: number;
  cached: boolean;
  mapCount: number;
  /** Container, 0 = uncharged. */
  owner: number;
  /** LRU list, -1 = none. */
  list: number;
  wasSplit: boolean;
}

export interface NaiveContainer {
  parent: number;
  online: boolean;
  max: number;
  peak: number;
  failCount: number;
  chargeEvents: number;
  unchargeEvents: number;
  /** First pfns by list, newest first. */
  lists: number[][];
}

/** Pages by heading, in the order of the core's own counters. */
export interface NaivePages {
  anon: number;
  file: number;
  shmem: number;
  kernel: number;
  other: number;
  lru: number[];
  mapped: number;
  charged: number;
}

const ORDER_MAX = 20;
export const isCacheType = (type: number) => type === PageType.FILE || type === PageType.SHMEM;

export class NaiveBooks {
  /** By first pfn. */
  readonly folios = new Map<number, NaiveFolio>();
  readonly containers = new Map<number, NaiveContainer>();
  readonly tasks = new Map<number, number>();
  readonly tallies = { missedFrees: 0, unknownFrees: 0, strayLru: 0, strayCache: 0, missedExits: 0 };
  splits = 0;
  protected pinned = 0;
  released = 0;

  constructor(
    public nrFrames: number,
    readonly maxContainers: number,
    readonly maxPids: number,
  ) {}

  /** First pfn of the folio that holds `pfn`, or undefined. */
  headOf(pfn: number): number | undefined {
    for (let order = 0; order <= ORDER_MAX; order++) {
      const head = pfn - (pfn % 2 ** order);
      const folio = this.folios.get(head);
      if (folio !== undefined && pfn < head + 2 ** folio.order) return head;
    }
    return undefined;
  }

  ownerOf(pfn: number): number {
    const head = this.headOf(pfn);
    return head === undefined ? 0 : this.folios.get(head)!.owner;
  }

  onlineOwnerOf(pfn: number): number {
    let id = this.ownerOf(pfn);
    while (id !== 0 && !this.containers.get(id)!.online) id = this.containers.get(id)!.parent;
    return id;
  }

  /** From `id` to the top. */
  chain(id: number): number[] {
    const ids: number[] = [];
    for (let at = id; at !== 0; at = this.containers.get(at)!.parent) ids.push(at);
    return ids;
  }

  /** Pages charged to `id` and below. */
  usage(id: number): number {
    let pages = 0;
    for (const folio of this.folios.values())
      if (folio.owner !== 0 && this.chain(folio.owner).includes(id)) pages += 2 ** folio.order;
    return pages;
  }

  pages(id: number, withBelow: boolean): NaivePages {
    const sum: NaivePages = {
      anon: 0,
      file: 0,
      shmem: 0,
      kernel: 0,
      other: 0,
      lru: [0, 0, 0, 0, 0],
      mapped: 0,
      charged: 0,
    };
    for (const folio of this.folios.values()) {
      if (folio.owner === 0 || !(withBelow ? this.chain(folio.owner).includes(id) : folio.owner === id))
        continue;
      const n = 2 ** folio.order;
      const inCache = !isCacheType(folio.type) || folio.cached;
      const names = ["other", "anon", "file", "shmem", "kernel"] as const;
      sum[inCache ? names[folio.type]! : "other"] += n;
      if (folio.list >= 0) sum.lru[folio.list]! += n;
      if (isCacheType(folio.type) && folio.mapCount > 0) sum.mapped += n;
      sum.charged += n;
    }
    return sum;
  }

  nrTasks(id: number): number {
    return [...this.tasks.values()].filter((c) => c === id).length;
  }

  children(id: number): NaiveContainer[] {
    return [...this.containers.values()].filter((c) => c.parent === id);
  }

  // Arguments

  protected rangeErr(pfn: number, order: number): number {
    if (order > ORDER_MAX) return Err.BAD_ORDER;
    if (pfn + 2 ** order > this.nrFrames) return Err.BAD_PFN;
    return pfn % 2 ** order === 0 ? Err.OK : Err.MISALIGNED;
  }

  protected onlineErr(id: number): number {
    const container = this.containers.get(id);
    if (container === undefined) return Err.NO_CONTAINER;
    return container.online ? Err.OK : Err.OFFLINE;
  }

  /** Levels from `id` up that do not hold the pages of `sharedWith` already must have room. */
  protected limitErr(id: number, nrPages: number, sharedWith: number): number {
    const shared = this.chain(sharedWith);
    for (const level of this.chain(id)) {
      const container = this.containers.get(level)!;
      if (shared.includes(level)) return Err.OK;
      if (container.max === PAGES_MAX || this.usage(level) + nrPages <= container.max) continue;
      container.failCount++;
      return Err.LIMIT;
    }
    return Err.OK;
  }

  protected chargeErr(pfn: number, order: number, id: number, type: number): number {
    const err = this.rangeErr(pfn, order);
    if (err !== Err.OK) return err;
    if (type > PageType.KERNEL) return Err.BAD_TYPE;
    return id === 0 || this.containers.has(id) ? Err.OK : Err.NO_CONTAINER;
  }

  // Changes

  protected form(pfn: number, order: number): NaiveFolio {
    const folio = { order, type: 0, cached: false, mapCount: 0, owner: 0, list: -1, wasSplit: false };
    this.folios.set(pfn, folio);
    return folio;
  }

  protected free(pfn: number): void {
    const folio = this.folios.get(pfn)!;
    if (folio.owner !== 0) this.uncharge(pfn, folio);
    this.folios.delete(pfn);
  }

  protected chargeWithin(folio: NaiveFolio, id: number): number {
    const err = this.onlineErr(id) || this.limitErr(id, 2 ** folio.order, 0);
    if (err === Err.OK) this.charge(folio, id);
    return err;
  }

  protected charge(folio: NaiveFolio, id: number): void {
    folio.owner = id;
    this.containers.get(id)!.chargeEvents += 2 ** folio.order;
    this.notePeaks(id);
  }

  protected notePeaks(id: number): void {
    for (const level of this.chain(id)) {
      const container = this.containers.get(level)!;
      container.peak = Math.max(container.peak, this.usage(level));
    }
  }

  protected uncharge(pfn: number, folio: NaiveFolio): void {
    const id = folio.owner;
    if (folio.list >= 0) this.takeOff(pfn, folio);
    folio.owner = 0;
    this.containers.get(id)!.unchargeEvents += 2 ** folio.order;
    this.letGo(id);
  }

  protected move(pfn: number, folio: NaiveFolio, id: number): void {
    const { owner: from, list } = folio;
    if (list >= 0) this.takeOff(pfn, folio);
    this.containers.get(from)!.unchargeEvents += 2 ** folio.order;
    this.charge(folio, id);
    if (list >= 0) this.putOn(pfn, folio, list);
    this.letGo(from);
  }

  /** Forgets removed containers that hold nothing, from `id` upwards. */
  protected letGo(id: number): void {
    for (let at = id; at !== 0; ) {
      const container = this.containers.get(at)!;
      const isHeld = [...this.folios.values()].some((f) => f.owner === at) || this.children(at).length > 0;
      if (container.online || isHeld || at === this.pinned) return;
      this.containers.delete(at);
      this.released++;
      at = container.parent;
    }
  }

  protected setKind(folio: NaiveFolio, type: number): void {
    folio.type = type;
    folio.cached = isCacheType(type);
  }

  protected putOn(pfn: number, folio: NaiveFolio, list: number): void {
    if (folio.list >= 0) this.takeOff(pfn, folio);
    this.containers.get(folio.owner)!.lists[list]!.unshift(pfn);
    folio.list = list;
  }

  protected takeOff(pfn: number, folio: NaiveFolio): void {
    const list = this.containers.get(folio.owner)!.lists[folio.list]!;
    list.splice(list.indexOf(pfn), 1);
    folio.list = -1;
  }

  protected activate(pfn: number, folio: NaiveFolio): boolean {
    if (folio.list < 0 || folio.list === LruList.UNEVICTABLE) return false;
    if (folio.list === LruList.INACTIVE_ANON) this.putOn(pfn, folio, LruList.ACTIVE_ANON);
    if (folio.list === LruList.INACTIVE_FILE) this.putOn(pfn, folio, LruList.ACTIVE_FILE);
    return true;
  }

  protected split(pfn: number, newOrder: number): void {
    const folio = this.folios.get(pfn)!;
    const pfns: number[] = [];
    for (let p = pfn; p < pfn + 2 ** folio.order; p += 2 ** newOrder) pfns.push(p);
    for (const p of pfns) this.folios.set(p, { ...folio, order: newOrder, wasSplit: true });
    if (folio.list >= 0) {
      const list = this.containers.get(folio.owner)!.lists[folio.list]!;
      list.splice(list.indexOf(pfn), 1, ...pfns);
    }
    this.splits++;
  }

  protected create(id: number, parent: number, max: number): number {
    if (id === 0 || id >= this.maxContainers) return Err.BAD_ARG;
    if (this.containers.has(id)) return Err.EXISTS;
    const err = parent === 0 ? Err.OK : this.onlineErr(parent);
    if (err !== Err.OK) return err;
    const lists: number[][] = [[], [], [], [], []];
    this.containers.set(id, {
      parent,
      online: true,
      max,
      peak: 0,
      failCount: 0,
      chargeEvents: 0,
      unchargeEvents: 0,
      lists,
    });
    return Err.OK;
  }

  protected remove(id: number, replay: boolean): number {
    const err = this.onlineErr(id);
    if (err !== Err.OK) return err;
    if (this.children(id).some((c) => c.online) || (!replay && this.nrTasks(id) > 0)) return Err.BUSY;
    for (const [pid, container] of [...this.tasks]) {
      if (container !== id) continue;
      this.tasks.delete(pid);
      this.tallies.missedExits++;
    }
    this.containers.get(id)!.online = false;
    this.letGo(id);
    return Err.OK;
  }

  protected moveTask(pid: number, id: number): void {
    if (id === 0) this.tasks.delete(pid);
    else this.tasks.set(pid, id);
  }

  protected fork(parent: number, child: number, replay: boolean): number {
    if (parent >= this.maxPids || child >= this.maxPids) return Err.BAD_PID;
    if (this.tasks.has(child)) {
      if (!replay) return Err.EXISTS;
      if (parent === child) return Err.OK;
      this.tallies.missedExits++;
    }
    this.moveTask(child, this.tasks.get(parent) ?? 0);
    return Err.OK;
  }
}
