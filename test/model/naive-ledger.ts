/**
 * naive-ledger: what every ledger must answer.  Maps and lists; every figure is recomputed on each question: too slow
 * to ship, too simple to be wrong.
 *
 * It takes the same encoded operations as the core and answers the same codes.
 */
import { Err, LruList, Op, PageType, PAGES_MAX } from "../../src/abi.js";

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
const isCacheType = (type: number) => type === PageType.FILE || type === PageType.SHMEM;

export class NaiveLedger {
  /** By first pfn. */
  readonly folios = new Map<number, NaiveFolio>();
  readonly containers = new Map<number, NaiveContainer>();
  readonly tasks = new Map<number, number>();
  readonly tallies = { missedFrees: 0, unknownFrees: 0, strayLru: 0, strayCache: 0, missedExits: 0 };
  splits = 0;
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
    const sum: NaivePages = { anon: 0, file: 0, shmem: 0, kernel: 0, other: 0, lru: [0, 0, 0, 0, 0], mapped: 0, charged: 0 };
    for (const folio of this.folios.values()) {
      if (folio.owner === 0 || !(withBelow ? this.chain(folio.owner).includes(id) : folio.owner === id)) continue;
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

  run(word0: number, word1: number, word2: number): number {
    const order = (word0 >>> 8) & 0xff;
    const id = word0 >>> 16;
    switch (word0 & 0xff) {
      case Op.NOP:
        return Err.OK;
      case Op.ALLOC: {
        const err = this.#rangeErr(word1, order);
        if (err !== Err.OK) return err;
        for (let p = word1; p < word1 + 2 ** order; p++) if (this.headOf(p) !== undefined) return Err.NOT_FREE;
        this.#form(word1, order);
        return Err.OK;
      }
      case Op.ALLOC_CHARGE:
        return this.#chargeErr(word1, order, id, word2) || this.#allocAsTold(word1, order, id, word2);
      case Op.RELEASE: {
        const err = this.#rangeErr(word1, order);
        if (err === Err.OK && this.#releaseRange(word1, order) === 0) this.tallies.unknownFrees++;
        return err;
      }
      case Op.RECHARGE:
        return this.#chargeErr(word1, order, id, word2) || this.#recharge(word1, order, id, word2);
      case Op.LRU_PUT:
      case Op.REPLAY_ACTIVATE:
      case Op.REPLAY_LRU_DEL:
      case Op.REPLAY_CACHE_DEL:
        return this.#replayOnFolio(word0 & 0xff, word1, order, word2);
      case Op.CONTAINER_CREATE:
        return this.#create(word1, id, word2);
      case Op.CONTAINER_REMOVE:
        return this.#remove(word1, false);
      case Op.REPLAY_REMOVE:
        return this.#remove(word1, true);
      case Op.CONTAINER_SET_MAX: {
        const err = this.#onlineErr(word1);
        if (err === Err.OK) this.containers.get(word1)!.max = word2;
        return err;
      }
      case Op.TASK_ATTACH: {
        if (word1 >= this.maxPids) return Err.BAD_PID;
        const err = id === 0 ? Err.OK : this.#onlineErr(id);
        if (err === Err.OK) this.#moveTask(word1, id);
        return err;
      }
      case Op.TASK_FORK:
      case Op.REPLAY_FORK:
        return this.#fork(word1, word2, (word0 & 0xff) === Op.REPLAY_FORK);
      case Op.TASK_EXIT:
        if (word1 >= this.maxPids) return Err.BAD_PID;
        this.tasks.delete(word1);
        return Err.OK;
      default:
        return this.#onFolio(word0 & 0xff, order, id, word1, word2);
    }
  }

  /** Strict operations on the folio that begins at `pfn`. */
  #onFolio(code: number, order: number, id: number, pfn: number, word2: number): number {
    if (code > Op.SPLIT) return Err.BAD_OP;
    if (pfn >= this.nrFrames) return Err.BAD_PFN;
    const folio = this.folios.get(pfn);
    if (folio === undefined) return this.headOf(pfn) === undefined ? Err.NOT_ALLOCATED : Err.NOT_HEAD;
    const isCharged = folio.owner !== 0;
    switch (code) {
      case Op.FREE:
        if (folio.order !== order) return Err.BAD_ORDER;
        this.#free(pfn);
        return Err.OK;
      case Op.CHARGE: {
        if (isCharged) return Err.CHARGED;
        if (word2 > PageType.KERNEL) return Err.BAD_TYPE;
        const err = this.#chargeWithin(folio, id);
        if (err === Err.OK) folio.type = word2;
        return err;
      }
      case Op.UNCHARGE:
        if (!isCharged) return Err.NOT_CHARGED;
        if (folio.list >= 0 || folio.mapCount > 0 || folio.cached) return Err.BUSY;
        this.#uncharge(pfn, folio);
        folio.type = PageType.NONE;
        return Err.OK;
      case Op.LRU_ADD:
        if (word2 > LruList.UNEVICTABLE) return Err.BAD_LIST;
        if (!isCharged) return Err.NOT_CHARGED;
        this.#putOn(pfn, folio, word2);
        return Err.OK;
      case Op.LRU_ACTIVATE:
        return this.#activate(pfn, folio) ? Err.OK : Err.NOT_ON_LRU;
      case Op.LRU_DEL:
        if (folio.list < 0) return Err.NOT_ON_LRU;
        this.#takeOff(pfn, folio);
        return Err.OK;
      case Op.CACHE_ADD: {
        if (folio.cached) return Err.CACHED;
        if (isCharged && id !== 0 && id !== folio.owner) return Err.CHARGED;
        const err = isCharged || id === 0 ? Err.OK : this.#chargeWithin(folio, id);
        if (err !== Err.OK) return err;
        if (folio.type !== PageType.SHMEM) folio.type = PageType.FILE;
        folio.cached = true;
        return Err.OK;
      }
      case Op.CACHE_DEL:
        if (!folio.cached) return Err.NOT_CACHED;
        folio.cached = false;
        return Err.OK;
      case Op.MAP:
        if (folio.mapCount === 0xffff) return Err.OVERFLOW;
        folio.mapCount++;
        return Err.OK;
      case Op.UNMAP:
        if (folio.mapCount === 0) return Err.NOT_MAPPED;
        folio.mapCount--;
        return Err.OK;
      case Op.SET_TYPE:
        if (word2 > PageType.KERNEL) return Err.BAD_TYPE;
        this.#setKind(folio, word2);
        return Err.OK;
      case Op.MOVE_CHARGE: {
        if (!isCharged) return Err.NOT_CHARGED;
        const err = this.#onlineErr(id) || this.#limitErr(id, 2 ** folio.order, folio.owner);
        if (err === Err.OK && id !== folio.owner) this.#move(pfn, folio, id);
        return err;
      }
      default:
        if (order >= folio.order) return Err.BAD_ORDER;
        this.#split(pfn, order);
        return Err.OK;
    }
  }

  // Arguments

  #rangeErr(pfn: number, order: number): number {
    if (order > ORDER_MAX) return Err.BAD_ORDER;
    if (pfn + 2 ** order > this.nrFrames) return Err.BAD_PFN;
    return pfn % 2 ** order === 0 ? Err.OK : Err.MISALIGNED;
  }

  #onlineErr(id: number): number {
    const container = this.containers.get(id);
    if (container === undefined) return Err.NO_CONTAINER;
    return container.online ? Err.OK : Err.OFFLINE;
  }

  /** Levels from `id` up that do not hold the pages of `sharedWith` already must have room. */
  #limitErr(id: number, nrPages: number, sharedWith: number): number {
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

  #chargeErr(pfn: number, order: number, id: number, type: number): number {
    const err = this.#rangeErr(pfn, order);
    if (err !== Err.OK) return err;
    if (type > PageType.KERNEL) return Err.BAD_TYPE;
    return id === 0 || this.containers.has(id) ? Err.OK : Err.NO_CONTAINER;
  }

  // Changes

  #form(pfn: number, order: number): NaiveFolio {
    const folio = { order, type: 0, cached: false, mapCount: 0, owner: 0, list: -1, wasSplit: false };
    this.folios.set(pfn, folio);
    return folio;
  }

  #free(pfn: number): void {
    const folio = this.folios.get(pfn)!;
    if (folio.owner !== 0) this.#uncharge(pfn, folio);
    this.folios.delete(pfn);
  }

  #chargeWithin(folio: NaiveFolio, id: number): number {
    const err = this.#onlineErr(id) || this.#limitErr(id, 2 ** folio.order, 0);
    if (err === Err.OK) this.#charge(folio, id);
    return err;
  }

  #charge(folio: NaiveFolio, id: number): void {
    folio.owner = id;
    this.containers.get(id)!.chargeEvents += 2 ** folio.order;
    this.#notePeaks(id);
  }

  #notePeaks(id: number): void {
    for (const level of this.chain(id)) {
      const container = this.containers.get(level)!;
      container.peak = Math.max(container.peak, this.usage(level));
    }
  }

  #uncharge(pfn: number, folio: NaiveFolio): void {
    const id = folio.owner;
    if (folio.list >= 0) this.#takeOff(pfn, folio);
    folio.owner = 0;
    this.containers.get(id)!.unchargeEvents += 2 ** folio.order;
    this.#letGo(id);
  }

  #move(pfn: number, folio: NaiveFolio, id: number): void {
    const { owner: from, list } = folio;
    if (list >= 0) this.#takeOff(pfn, folio);
    this.containers.get(from)!.unchargeEvents += 2 ** folio.order;
    this.#charge(folio, id);
    if (list >= 0) this.#putOn(pfn, folio, list);
    this.#letGo(from);
  }

  /** Forgets removed containers that hold nothing, from `id` upwards. */
  #letGo(id: number): void {
    for (let at = id; at !== 0; ) {
      const container = this.containers.get(at)!;
      const isHeld = [...this.folios.values()].some((f) => f.owner === at) || this.children(at).length > 0;
      if (container.online || isHeld) return;
      this.containers.delete(at);
      this.released++;
      at = container.parent;
    }
  }

  #setKind(folio: NaiveFolio, type: number): void {
    folio.type = type;
    folio.cached = isCacheType(type);
  }

  #putOn(pfn: number, folio: NaiveFolio, list: number): void {
    if (folio.list >= 0) this.#takeOff(pfn, folio);
    this.containers.get(folio.owner)!.lists[list]!.unshift(pfn);
    folio.list = list;
  }

  #takeOff(pfn: number, folio: NaiveFolio): void {
    const list = this.containers.get(folio.owner)!.lists[folio.list]!;
    list.splice(list.indexOf(pfn), 1);
    folio.list = -1;
  }

  #activate(pfn: number, folio: NaiveFolio): boolean {
    if (folio.list < 0 || folio.list === LruList.UNEVICTABLE) return false;
    if (folio.list === LruList.INACTIVE_ANON) this.#putOn(pfn, folio, LruList.ACTIVE_ANON);
    if (folio.list === LruList.INACTIVE_FILE) this.#putOn(pfn, folio, LruList.ACTIVE_FILE);
    return true;
  }

  #split(pfn: number, newOrder: number): void {
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

  #create(id: number, parent: number, max: number): number {
    if (id === 0 || id >= this.maxContainers) return Err.BAD_ARG;
    if (this.containers.has(id)) return Err.EXISTS;
    const err = parent === 0 ? Err.OK : this.#onlineErr(parent);
    if (err !== Err.OK) return err;
    const lists: number[][] = [[], [], [], [], []];
    this.containers.set(id, { parent, online: true, max, peak: 0, failCount: 0, chargeEvents: 0, unchargeEvents: 0, lists });
    return Err.OK;
  }

  #remove(id: number, replay: boolean): number {
    const err = this.#onlineErr(id);
    if (err !== Err.OK) return err;
    if (this.children(id).some((c) => c.online) || (!replay && this.nrTasks(id) > 0)) return Err.BUSY;
    for (const [pid, container] of [...this.tasks]) {
      if (container !== id) continue;
      this.tasks.delete(pid);
      this.tallies.missedExits++;
    }
    this.containers.get(id)!.online = false;
    this.#letGo(id);
    return Err.OK;
  }

  #moveTask(pid: number, id: number): void {
    if (id === 0) this.tasks.delete(pid);
    else this.tasks.set(pid, id);
  }

  #fork(parent: number, child: number, replay: boolean): number {
    if (parent >= this.maxPids || child >= this.maxPids) return Err.BAD_PID;
    if (this.tasks.has(child)) {
      if (!replay) return Err.EXISTS;
      if (parent === child) return Err.OK;
      this.tallies.missedExits++;
    }
    this.#moveTask(child, this.tasks.get(parent) ?? 0);
    return Err.OK;
  }

  // Replay

  #carve(pfn: number, order: number): void {
    for (let head = this.headOf(pfn); head !== undefined; head = this.headOf(pfn)) {
      const now = this.folios.get(head)!.order;
      if (now <= order) return;
      this.#split(head, now - 1);
    }
  }

  #releaseRange(pfn: number, order: number): number {
    this.#carve(pfn, order);
    let folios = 0;
    for (let p = pfn; p < pfn + 2 ** order; p++) {
      if (!this.folios.has(p)) continue;
      this.#free(p);
      folios++;
    }
    return folios;
  }

  #allocAsTold(pfn: number, order: number, id: number, type: number): number {
    this.tallies.missedFrees += this.#releaseRange(pfn, order);
    const folio = this.#form(pfn, order);
    this.#setKind(folio, type);
    if (id !== 0) this.#charge(folio, id);
    return Err.OK;
  }

  #recharge(pfn: number, order: number, id: number, type: number): number {
    this.#carve(pfn, order);
    const folio = this.folios.get(pfn);
    if (folio === undefined || folio.order !== order) return this.#allocAsTold(pfn, order, id, type);
    if (folio.owner !== id) {
      if (folio.owner === 0) this.#charge(folio, id);
      else if (id === 0) this.#uncharge(pfn, folio);
      else this.#move(pfn, folio, id);
    }
    if (type !== PageType.NONE) this.#setKind(folio, type);
    return Err.OK;
  }

  #replayOnFolio(code: number, pfn: number, order: number, list: number): number {
    const err = this.#rangeErr(pfn, order);
    if (err !== Err.OK) return err;
    if (code === Op.LRU_PUT && list > LruList.UNEVICTABLE) return Err.BAD_LIST;
    if (!this.folios.has(pfn)) this.#carve(pfn, order);
    const folio = this.folios.get(pfn);
    if (code === Op.REPLAY_CACHE_DEL) {
      if (folio?.cached) folio.cached = false;
      else this.tallies.strayCache++;
    } else if (folio === undefined || !this.#replayLru(code, pfn, folio, list)) this.tallies.strayLru++;
    return Err.OK;
  }

  /** False where the event makes no sense for the folio. */
  #replayLru(code: number, pfn: number, folio: NaiveFolio, list: number): boolean {
    if (code === Op.REPLAY_ACTIVATE) return this.#activate(pfn, folio);
    if (code === Op.LRU_PUT ? folio.owner === 0 : folio.list < 0) return false;
    if (code === Op.LRU_PUT) this.#putOn(pfn, folio, list);
    else this.#takeOff(pfn, folio);
    return true;
  }
}
