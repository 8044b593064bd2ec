/**
 * kernel-items: the kernel's own memcg counters, added up from its events.
 *
 * `mod_memcg_lruvec_state` and `mod_memcg_state` name a counter by its raw enum number.  The five LRU lists open the
 * enum on every kernel; what follows shifts with version and configuration, but keeps its order.  So one number is
 * learned from the trace (NR_FILE_PAGES, the counter that is bumped right before mm_filemap_add_to_page_cache fires)
 * and the others are taken at their distance from it.
 *
 * Source: `enum node_stat_item` and `enum memcg_stat_item` of Linux 6.18, as met in captures.
 */
import { MAX_CONTAINERS } from "./limits.js";

/** Enum numbers on the kernel of reference (Linux 6.18, 64-bit). */
const NR_FILE_PAGES_6_18 = 19;
const MEMCG_KMEM_6_18 = 55;

/** Counters of one container that are tracked by number; both enums end well below. */
export const ITEMS_MAX = 96;

/** How many more votes than the incumbent a candidate needs before the numbering is taken to have shifted. */
const VOTES_TO_SWITCH = 8;

/** A number learned by majority: starts from the kernel of reference, follows the trace where it says otherwise. */
class LearnedItem {
  readonly #votes = new Uint32Array(ITEMS_MAX);
  constructor(public item: number) {}

  vote(candidate: number): void {
    if (candidate >= ITEMS_MAX) return;
    const votes = ++this.#votes[candidate]!;
    if (candidate !== this.item && votes >= this.#votes[this.item]! + VOTES_TO_SWITCH) this.item = candidate;
  }
}

export class KernelItems {
  /** NR_FILE_PAGES: page cache and tmpfs. */
  readonly filePages = new LearnedItem(NR_FILE_PAGES_6_18);
  /** MEMCG_KMEM: all kernel memory, slab objects included, in pages. */
  readonly kmem = new LearnedItem(MEMCG_KMEM_6_18);

  /** Sums in pages, by container: lruvec items, and items of the group itself. */
  readonly #lruvec: (Int32Array | undefined)[] = [];
  readonly #state: (Int32Array | undefined)[] = [];

  get anonMapped(): number {
    return this.filePages.item - 2;
  }
  get fileMapped(): number {
    return this.filePages.item - 1;
  }
  get shmem(): number {
    return this.filePages.item + 3;
  }
  get kernelStack(): number {
    return this.filePages.item + 17;
  }

  addLruvec(container: number, item: number, deltaPages: number): void {
    add(this.#lruvec, container, item, deltaPages);
  }
  addState(container: number, item: number, deltaPages: number): void {
    add(this.#state, container, item, deltaPages);
  }
  lruvec(container: number, item: number): number {
    return this.#lruvec[container]?.[item] ?? 0;
  }
  state(container: number, item: number): number {
    return this.#state[container]?.[item] ?? 0;
  }
  /** Forgets a container whose id is about to be given to another one. */
  forget(container: number): void {
    this.#lruvec[container] = undefined;
    this.#state[container] = undefined;
  }

  /** The sums as they stand now, untouched by later events. */
  snapshot(): KernelItemsSnapshot {
    const copy = (sums: (Int32Array | undefined)[]) => sums.map((s) => s?.slice());
    const lruvec = copy(this.#lruvec);
    const state = copy(this.#state);
    return {
      lruvec: (container, item) => lruvec[container]?.[item] ?? 0,
      state: (container, item) => state[container]?.[item] ?? 0,
      anonMapped: this.anonMapped,
      fileMapped: this.fileMapped,
      filePages: this.filePages.item,
      shmem: this.shmem,
      kernelStack: this.kernelStack,
      kmem: this.kmem.item,
    };
  }
}

export interface KernelItemsSnapshot {
  lruvec(container: number, item: number): number;
  state(container: number, item: number): number;
  readonly anonMapped: number;
  readonly fileMapped: number;
  readonly filePages: number;
  readonly shmem: number;
  readonly kernelStack: number;
  readonly kmem: number;
}

function add(sums: (Int32Array | undefined)[], container: number, item: number, delta: number): void {
  if (item >= ITEMS_MAX || container >= MAX_CONTAINERS) return;
  let row = sums[container];
  if (row === undefined) {
    row = new Int32Array(ITEMS_MAX);
    sums[container] = row;
  }
  row[item]! += delta;
}
