/**
 * stepped-history: a history made of steps: each writes some operations through the verbs, `fill` hands them on in any portions.
 *
 * The verbs keep to what history.ts says of the words of an operation.
 */
import { Err, LruList, Op, PAGES_MAX, PageType } from "../abi.js";
import { type History, OP_WORDS } from "./history.js";

/** Operations that one step of a history may write. */
export const STEP_OPS_MAX = 2048;
const STAGE_OPS = 8 * STEP_OPS_MAX;

export abstract class SteppedHistory implements History {
  abstract readonly name: string;
  readonly nrFrames: number;
  abstract readonly maxContainers: number;
  abstract readonly maxPids: number;
  readonly #stage = new Uint32Array(STAGE_OPS * OP_WORDS);
  /** Words written to the stage, and those of them that were handed on. */
  #end = 0;
  #start = 0;
  #left: number;
  #refusals = 0;

  constructor(nrFrames: number, nrEvents: number) {
    this.nrFrames = nrFrames;
    this.#left = nrEvents;
  }

  get refusals(): number {
    return this.#refusals;
  }

  /** Operations that the stage can still take. */
  get #room(): number {
    return (this.#stage.length - this.#end) / OP_WORDS;
  }

  /** Writes at least one operation and at most STEP_OPS_MAX. */
  protected abstract step(): void;

  fill(words: Uint32Array): number {
    let at = 0;
    const wanted = Math.min(Math.floor(words.length / OP_WORDS), this.#left) * OP_WORDS;
    while (at < wanted) {
      if (this.#start === this.#end) {
        this.#start = 0;
        this.#end = 0;
        while (this.#room >= STEP_OPS_MAX) this.step();
      }
      const length = Math.min(wanted - at, this.#end - this.#start);
      words.set(this.#stage.subarray(this.#start, this.#start + length), at);
      this.#start += length;
      at += length;
    }
    for (let i = 3; i < at; i += OP_WORDS) if ((words[i]! & 0xff) !== Err.OK) this.#refusals++;
    this.#left -= at / OP_WORDS;
    return at / OP_WORDS;
  }

  #push(word0: number, word1: number, word2: number, word3: number): void {
    const stage = this.#stage;
    const at = this.#end;
    stage[at] = word0;
    stage[at + 1] = word1;
    stage[at + 2] = word2;
    stage[at + 3] = word3;
    this.#end = at + OP_WORDS;
  }

  protected container(id: number, parent: number, maxPages: number = PAGES_MAX): void {
    this.#push(Op.CONTAINER_CREATE | (parent << 16), id, maxPages, 0);
  }
  protected setMax(id: number, maxPages: number): void {
    this.#push(Op.CONTAINER_SET_MAX, id, maxPages, 0);
  }
  protected attach(pid: number, memcg: number): void {
    this.#push(Op.TASK_ATTACH | (memcg << 16), pid, 0, 0);
  }
  protected fork(parent: number, child: number): void {
    this.#push(Op.TASK_FORK, parent, child, 0);
  }
  protected exit(pid: number): void {
    this.#push(Op.TASK_EXIT, pid, 0, 0);
  }

  /** Frames that nobody pays for. */
  protected outside(pfn: number, order: number): void {
    this.#push(Op.ALLOC | (order << 8), pfn, 0, 0);
  }
  /** A folio of anonymous or kernel memory, charged. */
  protected charged(pfn: number, order: number, memcg: number, type: number): void {
    const word3 = type << 8;
    this.#push(Op.ALLOC | (order << 8), pfn, 0, word3);
    this.#push(Op.CHARGE | (order << 8) | (memcg << 16), pfn, type, word3);
  }
  /** A folio of a file or of tmpfs, charged and in its cache. */
  protected cached(pfn: number, order: number, memcg: number, type: number): void {
    const word3 = type << 8;
    const where = (order << 8) | (memcg << 16);
    this.#push(Op.ALLOC | (order << 8), pfn, 0, word3);
    if (type === PageType.SHMEM) this.#push(Op.CHARGE | where, pfn, type, word3);
    this.#push(Op.CACHE_ADD | where, pfn, 0, word3);
  }
  /** A folio as `charged` or `cached` would make it, or a single ALLOC where nobody pays. */
  protected folio(pfn: number, order: number, memcg: number, type: number): void {
    if (type === PageType.NONE) this.outside(pfn, order);
    else if (type === PageType.FILE || type === PageType.SHMEM) this.cached(pfn, order, memcg, type);
    else this.charged(pfn, order, memcg, type);
  }
  /** A charge that a limit refuses; the folio is freed again. */
  protected refused(pfn: number, order: number, memcg: number, type: number): void {
    const word3 = type << 8;
    const where = (order << 8) | (memcg << 16);
    this.#push(Op.ALLOC | (order << 8), pfn, 0, word3);
    if (type === PageType.FILE) this.#push(Op.CACHE_ADD | where, pfn, 0, word3 | Err.LIMIT);
    else this.#push(Op.CHARGE | where, pfn, type, word3 | Err.LIMIT);
    this.#push(Op.FREE | (order << 8), pfn, 0, word3);
  }
  protected lruAdd(pfn: number, order: number, memcg: number, type: number, list: number): void {
    this.#push(Op.LRU_ADD | (order << 8) | (memcg << 16), pfn, list, type << 8);
  }
  protected activate(pfn: number, order: number, memcg: number, type: number): void {
    this.#push(Op.LRU_ACTIVATE | (order << 8) | (memcg << 16), pfn, 0, type << 8);
  }
  protected cacheDel(pfn: number, order: number, memcg: number, type: number): void {
    this.#push(Op.CACHE_DEL | (order << 8) | (memcg << 16), pfn, 0, type << 8);
  }
  protected map(pfn: number, order: number, memcg: number): void {
    this.#push(Op.MAP | (order << 8) | (memcg << 16), pfn, 0, PageType.ANON << 8);
  }
  protected unmap(pfn: number, order: number, memcg: number): void {
    this.#push(Op.UNMAP | (order << 8) | (memcg << 16), pfn, 0, PageType.ANON << 8);
  }
  protected free(pfn: number, order: number, memcg: number, type: number): void {
    this.#push(Op.FREE | (order << 8) | (memcg << 16), pfn, 0, type << 8);
  }
}

/** Inactive list that a folio of this type enters. */
export function inactiveListOf(type: number): number {
  return type === PageType.FILE ? LruList.INACTIVE_FILE : LruList.INACTIVE_ANON;
}
