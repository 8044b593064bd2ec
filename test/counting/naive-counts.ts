/**
 * naive-counts: what counted charges must answer: one number per container and kind, and a walk over all for each question.
 */
import { Err, NR_KINDS, PAGES_MAX } from "../../src/abi.js";

interface NaiveContainer {
  readonly parent: number;
  max: number;
  online: boolean;
  failCount: number;
  pages: number;
  /** By kind, released containers below included in `total`. */
  readonly own: number[];
  readonly total: number[];
}

const zeros = () => new Array<number>(NR_KINDS).fill(0);

export class NaiveCounts {
  readonly containers = new Map<number, NaiveContainer>();

  #levels(id: number): NaiveContainer[] {
    const levels: NaiveContainer[] = [];
    for (let c = this.containers.get(id); c !== undefined; c = this.containers.get(c.parent)) levels.push(c);
    return levels;
  }

  #onlineErr(id: number): number {
    const c = this.containers.get(id);
    return c === undefined ? Err.NO_CONTAINER : c.online ? Err.OK : Err.OFFLINE;
  }

  #childrenOf(id: number): NaiveContainer[] {
    return [...this.containers.values()].filter((c) => c.parent === id);
  }

  /** Pages here and below. */
  usage(id: number): number {
    let usage = 0;
    for (const [other, c] of this.containers) if (c.pages > 0 && this.#isBelow(other, id)) usage += c.pages;
    return usage;
  }

  #isBelow(id: number, level: number): boolean {
    let at = id;
    while (at !== 0 && at !== level) at = this.containers.get(at)!.parent;
    return at === level;
  }

  create(id: number, parent: number, max: number): number {
    if (this.containers.has(id)) return Err.EXISTS;
    const err = parent === 0 ? Err.OK : this.#onlineErr(parent);
    if (err !== Err.OK) return err;
    this.containers.set(id, {
      parent,
      max,
      online: true,
      failCount: 0,
      pages: 0,
      own: zeros(),
      total: zeros(),
    });
    return Err.OK;
  }

  remove(id: number): number {
    const err = this.#onlineErr(id);
    if (err !== Err.OK) return err;
    if (this.#childrenOf(id).some((c) => c.online)) return Err.BUSY;
    this.containers.get(id)!.online = false;
    this.#release(id);
    return Err.OK;
  }

  #release(id: number): void {
    const c = this.containers.get(id);
    if (c === undefined || c.online || c.pages !== 0 || this.#childrenOf(id).length > 0) return;
    this.containers.delete(id);
    this.#release(c.parent);
  }

  setMax(id: number, max: number): number {
    const err = this.#onlineErr(id);
    if (err === Err.OK) this.containers.get(id)!.max = max;
    return err;
  }

  charge(id: number, pages: number, kind: number): number {
    const err = this.#onlineErr(id);
    if (err !== Err.OK) return err;
    for (let level = id; level !== 0; level = this.containers.get(level)!.parent) {
      const c = this.containers.get(level)!;
      if (pages === 0 || c.max === PAGES_MAX || this.usage(level) + pages <= c.max) continue;
      c.failCount++;
      return Err.LIMIT;
    }
    this.#add(id, pages, kind);
    return Err.OK;
  }

  uncharge(id: number, pages: number, kind: number): number {
    const c = this.containers.get(id);
    if (c === undefined) return Err.NO_CONTAINER;
    if (c.pages < pages) return Err.NOT_CHARGED;
    this.#add(id, -pages, kind);
    this.#release(id);
    return Err.OK;
  }

  #add(id: number, pages: number, kind: number): void {
    const c = this.containers.get(id)!;
    c.pages += pages;
    c.own[kind]! += pages;
    for (const level of this.#levels(id)) level.total[kind]! += pages;
  }
}
