/**
 * naive-ledger: what every ledger must answer.  It takes the same encoded operations as the core, and answers the same
 * codes.
 */
import { Err, LruList, Op, PageType } from "../../src/abi.js";
import { NaiveBooks, type NaiveFolio } from "./naive-books.js";

/** Strict operations and those of replay, over the naive books. */
export class NaiveLedger extends NaiveBooks {
  run(word0: number, word1: number, word2: number): number {
    const order = (word0 >>> 8) & 0xff;
    const id = word0 >>> 16;
    switch (word0 & 0xff) {
      case Op.NOP:
        return Err.OK;
      case Op.ALLOC: {
        const err = this.rangeErr(word1, order);
        if (err !== Err.OK) return err;
        const isTaken = [...this.folios].some(([p, f]) => p < word1 + 2 ** order && word1 < p + 2 ** f.order);
        if (isTaken) return Err.NOT_FREE;
        this.form(word1, order);
        return Err.OK;
      }
      case Op.ALLOC_CHARGE:
        return this.chargeErr(word1, order, id, word2) || this.allocAsTold(word1, order, id, word2);
      case Op.RELEASE: {
        const err = this.rangeErr(word1, order);
        if (err === Err.OK && this.releaseRange(word1, order) === 0) this.tallies.unknownFrees++;
        return err;
      }
      case Op.RECHARGE:
        return this.chargeErr(word1, order, id, word2) || this.recharge(word1, order, id, word2);
      case Op.LRU_PUT:
      case Op.REPLAY_ACTIVATE:
      case Op.REPLAY_LRU_DEL:
      case Op.REPLAY_CACHE_DEL:
        return this.replayOnFolio(word0 & 0xff, word1, order, word2);
      case Op.CONTAINER_CREATE:
        return this.create(word1, id, word2);
      case Op.CONTAINER_REMOVE:
        return this.remove(word1, false);
      case Op.REPLAY_REMOVE:
        return this.remove(word1, true);
      case Op.CONTAINER_SET_MAX: {
        const err = this.onlineErr(word1);
        if (err === Err.OK) this.containers.get(word1)!.max = word2;
        return err;
      }
      case Op.TASK_ATTACH: {
        if (word1 >= this.maxPids) return Err.BAD_PID;
        const err = id === 0 ? Err.OK : this.onlineErr(id);
        if (err === Err.OK) this.moveTask(word1, id);
        return err;
      }
      case Op.TASK_FORK:
      case Op.REPLAY_FORK:
        return this.fork(word1, word2, (word0 & 0xff) === Op.REPLAY_FORK);
      case Op.TASK_EXIT:
        if (word1 >= this.maxPids) return Err.BAD_PID;
        this.tasks.delete(word1);
        return Err.OK;
      default:
        return this.onFolio(word0 & 0xff, order, id, word1, word2);
    }
  }

  /** Strict operations on the folio that begins at `pfn`. */
  private onFolio(code: number, order: number, id: number, pfn: number, word2: number): number {
    if (code > Op.SPLIT) return Err.BAD_OP;
    if (pfn >= this.nrFrames) return Err.BAD_PFN;
    const folio = this.folios.get(pfn);
    if (folio === undefined) return this.headOf(pfn) === undefined ? Err.NOT_ALLOCATED : Err.NOT_HEAD;
    const isCharged = folio.owner !== 0;
    switch (code) {
      case Op.FREE:
        if (folio.order !== order) return Err.BAD_ORDER;
        this.free(pfn);
        return Err.OK;
      case Op.CHARGE: {
        if (isCharged) return Err.CHARGED;
        if (word2 > PageType.KERNEL) return Err.BAD_TYPE;
        const err = this.chargeWithin(folio, id);
        if (err === Err.OK) folio.type = word2;
        return err;
      }
      case Op.UNCHARGE:
        if (!isCharged) return Err.NOT_CHARGED;
        if (folio.list >= 0 || folio.mapCount > 0 || folio.cached) return Err.BUSY;
        this.uncharge(pfn, folio);
        folio.type = PageType.NONE;
        return Err.OK;
      case Op.LRU_ADD:
        if (word2 > LruList.UNEVICTABLE) return Err.BAD_LIST;
        if (!isCharged) return Err.NOT_CHARGED;
        this.putOn(pfn, folio, word2);
        return Err.OK;
      case Op.LRU_ACTIVATE:
        return this.activate(pfn, folio) ? Err.OK : Err.NOT_ON_LRU;
      case Op.LRU_DEL:
        if (folio.list < 0) return Err.NOT_ON_LRU;
        this.takeOff(pfn, folio);
        return Err.OK;
      case Op.CACHE_ADD: {
        if (folio.cached) return Err.CACHED;
        if (isCharged && id !== 0 && id !== folio.owner) return Err.CHARGED;
        const err = isCharged || id === 0 ? Err.OK : this.chargeWithin(folio, id);
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
        this.setKind(folio, word2);
        return Err.OK;
      case Op.MOVE_CHARGE: {
        if (!isCharged) return Err.NOT_CHARGED;
        const err = this.onlineErr(id) || this.limitErr(id, 2 ** folio.order, folio.owner);
        if (err === Err.OK && id !== folio.owner) this.move(pfn, folio, id);
        return err;
      }
      default:
        if (order >= folio.order) return Err.BAD_ORDER;
        this.split(pfn, order);
        return Err.OK;
    }
  }

  // Replay

  private carve(pfn: number, order: number): void {
    for (let head = this.headOf(pfn); head !== undefined; head = this.headOf(pfn)) {
      const now = this.folios.get(head)!.order;
      if (now <= order) return;
      this.split(head, now - 1);
    }
  }

  private releaseRange(pfn: number, order: number): number {
    this.carve(pfn, order);
    const pfns = [...this.folios.keys()].filter((p) => p >= pfn && p < pfn + 2 ** order);
    for (const p of pfns.sort((a, b) => a - b)) this.free(p);
    return pfns.length;
  }

  private allocAsTold(pfn: number, order: number, id: number, type: number): number {
    // A removed container may lose its last page here and get this one: it lives on.
    this.pinned = id;
    this.tallies.missedFrees += this.releaseRange(pfn, order);
    this.pinned = 0;
    const folio = this.form(pfn, order);
    this.setKind(folio, type);
    if (id !== 0) this.charge(folio, id);
    return Err.OK;
  }

  private recharge(pfn: number, order: number, id: number, type: number): number {
    this.carve(pfn, order);
    const folio = this.folios.get(pfn);
    if (folio === undefined || folio.order !== order) return this.allocAsTold(pfn, order, id, type);
    if (folio.owner !== id) {
      if (folio.owner === 0) this.charge(folio, id);
      else if (id === 0) this.uncharge(pfn, folio);
      else this.move(pfn, folio, id);
    }
    if (type !== PageType.NONE) this.setKind(folio, type);
    return Err.OK;
  }

  private replayOnFolio(code: number, pfn: number, order: number, list: number): number {
    const err = this.rangeErr(pfn, order);
    if (err !== Err.OK) return err;
    if (code === Op.LRU_PUT && list > LruList.UNEVICTABLE) return Err.BAD_LIST;
    if (!this.folios.has(pfn)) this.carve(pfn, order);
    const folio = this.folios.get(pfn);
    if (code === Op.REPLAY_CACHE_DEL) {
      if (folio?.cached) folio.cached = false;
      else this.tallies.strayCache++;
    } else if (folio === undefined || !this.replayLru(code, pfn, folio, list)) this.tallies.strayLru++;
    return Err.OK;
  }

  /** False where the event makes no sense for the folio. */
  private replayLru(code: number, pfn: number, folio: NaiveFolio, list: number): boolean {
    if (code === Op.REPLAY_ACTIVATE) return this.activate(pfn, folio);
    if (code === Op.LRU_PUT ? folio.owner === 0 : folio.list < 0) return false;
    if (code === Op.LRU_PUT) this.putOn(pfn, folio, list);
    else this.takeOff(pfn, folio);
    return true;
  }
}
