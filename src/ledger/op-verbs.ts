/**
 * op-verbs: the strict operations on frames, folios and tasks, once for a ledger and for a batch.
 *
 * A ledger runs each at once; a batch collects them.  Numbers are plain (a branded Pfn or MemcgId fits as well), and
 * are checked here to be whole and of the right width.
 *
 * A container is named by its handle or its id.  A folio is named by its first frame.
 */
import { type LruList, Op, type PageType } from "../abi.js";
import { LedgerError } from "../core/errors.js";
import { checkContainerId, checkList, checkOrder, checkPfn, checkPid, checkType } from "./args.js";
import type { Container } from "./container.js";

/** A container, by handle or by id. */
export type ContainerRef = Container | number;

export abstract class OpVerbs {
  /** Takes one encoded operation: words 0, 1 and 2; the third is always 0. */
  protected abstract emit(word0: number, word1: number, word2: number): void;
  /** Whether this handle names a container of the ledger that the operation goes to. */
  protected abstract knows(container: Container): boolean;

  /** Id of a container; throws LedgerError NO_CONTAINER for a handle of another ledger, or released. */
  protected idOf(verb: string, container: ContainerRef): number {
    if (typeof container === "number") return checkContainerId(verb, container);
    if (typeof container !== "object" || container === null || !this.knows(container))
      throw new LedgerError("NO_CONTAINER", `${verb}(${(container as Container | null)?.path ?? container})`);
    return container.id;
  }

  /** Makes 2^order free frames, `pfn` the first, one folio.  BAD_ORDER, BAD_PFN, MISALIGNED, NOT_FREE. */
  allocate(pfn: number, order = 0): this {
    this.emit(word0(Op.ALLOC, checkOrder("allocate", order), 0), checkPfn("allocate", pfn), 0);
    return this;
  }

  /** Frees a folio with its charge, its place on the LRU and in a cache.  BAD_PFN, NOT_ALLOCATED, NOT_HEAD, BAD_ORDER. */
  free(pfn: number, order = 0): this {
    this.emit(word0(Op.FREE, checkOrder("free", order), 0), checkPfn("free", pfn), 0);
    return this;
  }

  /** Charges a folio to a container, within its limit and those above.  CHARGED, BAD_TYPE, NO_CONTAINER, OFFLINE, LIMIT, NO_MEMORY. */
  charge(pfn: number, container: ContainerRef, type: PageType): this {
    const id = this.idOf("charge", container);
    this.emit(word0(Op.CHARGE, 0, id), checkPfn("charge", pfn), checkType("charge", type));
    return this;
  }

  /** Uncharges a folio that is off the LRU, out of the cache and unmapped.  NOT_CHARGED, BUSY. */
  uncharge(pfn: number): this {
    return this.#onFolio("uncharge", Op.UNCHARGE, pfn);
  }

  /** Puts a charged folio to the front of a list of its container, from wherever it is.  BAD_LIST, NOT_CHARGED. */
  lruAdd(pfn: number, list: LruList): this {
    this.emit(Op.LRU_ADD, checkPfn("lruAdd", pfn), checkList("lruAdd", list));
    return this;
  }

  /** From an inactive list to the active one of its kind.  NOT_ON_LRU, for unevictable folios too. */
  activate(pfn: number): this {
    return this.#onFolio("activate", Op.LRU_ACTIVATE, pfn);
  }

  /** Takes a folio off its list.  NOT_ON_LRU. */
  lruDel(pfn: number): this {
    return this.#onFolio("lruDel", Op.LRU_DEL, pfn);
  }

  /**
   * Puts a folio into a page cache: as SHMEM if it is that already, else as FILE.  With a container, one that is not
   * charged yet is charged.  CACHED, CHARGED (to another container), NO_CONTAINER, OFFLINE, LIMIT, NO_MEMORY.
   */
  cacheAdd(pfn: number, container?: ContainerRef): this {
    const id = container === undefined ? 0 : this.idOf("cacheAdd", container);
    this.emit(word0(Op.CACHE_ADD, 0, id), checkPfn("cacheAdd", pfn), 0);
    return this;
  }

  /** Takes a folio out of the cache; it stays charged, as `other`.  NOT_CACHED. */
  cacheDel(pfn: number): this {
    return this.#onFolio("cacheDel", Op.CACHE_DEL, pfn);
  }

  /** One more mapping.  OVERFLOW beyond 65535. */
  map(pfn: number): this {
    return this.#onFolio("map", Op.MAP, pfn);
  }

  /** One mapping less.  NOT_MAPPED. */
  unmap(pfn: number): this {
    return this.#onFolio("unmap", Op.UNMAP, pfn);
  }

  /** Changes what a folio is; FILE and SHMEM are then in a cache, others are not.  BAD_TYPE. */
  setType(pfn: number, type: PageType): this {
    this.emit(Op.SET_TYPE, checkPfn("setType", pfn), checkType("setType", type));
    return this;
  }

  /** Moves a charge, and the place on the LRU with it, within the target's limits.  NOT_CHARGED, NO_CONTAINER, OFFLINE, LIMIT. */
  moveCharge(pfn: number, container: ContainerRef): this {
    const id = this.idOf("moveCharge", container);
    this.emit(word0(Op.MOVE_CHARGE, 0, id), checkPfn("moveCharge", pfn), 0);
    return this;
  }

  /** Splits a folio into equal ones of `newOrder`, below its own; each keeps all but the size.  BAD_ORDER. */
  split(pfn: number, newOrder: number): this {
    this.emit(word0(Op.SPLIT, checkOrder("split", newOrder), 0), checkPfn("split", pfn), 0);
    return this;
  }

  /** Puts a task into a container, or outside of all with null; its pages stay.  BAD_PID, NO_CONTAINER, OFFLINE. */
  attachTask(pid: number, container: ContainerRef | null): this {
    const id = container === null ? 0 : this.idOf("attachTask", container);
    this.emit(word0(Op.TASK_ATTACH, 0, id), checkPid("attachTask", pid), 0);
    return this;
  }

  /** The child starts in its parent's container.  BAD_PID, EXISTS. */
  forkTask(parentPid: number, childPid: number): this {
    this.emit(Op.TASK_FORK, checkPid("forkTask", parentPid), checkPid("forkTask", childPid));
    return this;
  }

  /** Ends a task; one outside every container ends without a trace.  BAD_PID. */
  exitTask(pid: number): this {
    this.emit(Op.TASK_EXIT, checkPid("exitTask", pid), 0);
    return this;
  }

  #onFolio(verb: string, code: Op, pfn: number): this {
    this.emit(code, checkPfn(verb, pfn), 0);
    return this;
  }
}

/** Word 0 of an operation. */
export function word0(code: Op, order: number, memcgId: number): number {
  return (code | (order << 8) | (memcgId << 16)) >>> 0;
}

/** An encoded operation in words, for messages. */
export function opText(word0: number, word1: number, word2: number): string {
  const code = word0 & 0xff;
  const id = word0 >>> 16;
  const name = OP_NAME.get(code) ?? `op ${code}`;
  const order = ` order ${(word0 >>> 8) & 0xff}`;
  switch (code) {
    case Op.ALLOC:
    case Op.FREE:
    case Op.SPLIT:
      return `${name}(pfn ${word1},${order})`;
    case Op.CHARGE:
      return `${name}(pfn ${word1}, container ${id}, type ${word2})`;
    case Op.MOVE_CHARGE:
    case Op.CACHE_ADD:
      return `${name}(pfn ${word1}${id ? `, container ${id}` : ""})`;
    case Op.LRU_ADD:
      return `${name}(pfn ${word1}, list ${word2})`;
    case Op.SET_TYPE:
      return `${name}(pfn ${word1}, type ${word2})`;
    case Op.CONTAINER_CREATE:
    case Op.CONTAINER_SET_MAX:
      return `${name}(container ${word1}, maxPages ${word2})`;
    case Op.CONTAINER_REMOVE:
      return `${name}(container ${word1})`;
    case Op.TASK_ATTACH:
      return `${name}(pid ${word1}, container ${id})`;
    case Op.TASK_FORK:
      return `${name}(pid ${word1}, child ${word2})`;
    case Op.TASK_EXIT:
      return `${name}(pid ${word1})`;
    default:
      return `${name}(pfn ${word1})`;
  }
}

const OP_NAME = new Map<number, string>([
  [Op.ALLOC, "allocate"],
  [Op.CHARGE, "charge"],
  [Op.UNCHARGE, "uncharge"],
  [Op.FREE, "free"],
  [Op.LRU_ADD, "lruAdd"],
  [Op.LRU_ACTIVATE, "activate"],
  [Op.LRU_DEL, "lruDel"],
  [Op.CACHE_ADD, "cacheAdd"],
  [Op.CACHE_DEL, "cacheDel"],
  [Op.MAP, "map"],
  [Op.UNMAP, "unmap"],
  [Op.SET_TYPE, "setType"],
  [Op.MOVE_CHARGE, "moveCharge"],
  [Op.SPLIT, "split"],
  [Op.CONTAINER_CREATE, "createContainer"],
  [Op.CONTAINER_REMOVE, "remove"],
  [Op.CONTAINER_SET_MAX, "setMax"],
  [Op.TASK_ATTACH, "attachTask"],
  [Op.TASK_FORK, "forkTask"],
  [Op.TASK_EXIT, "exitTask"],
]);
