/**
 * fork-storm: servers that fork children by the thousand; each copies some of its parent's pages and ends.
 *
 *   server  ■■■■■■■■      pages of its own, shared with every child (MAP)
 *      fork ├─► child  □□■■■■     copies a page at a time (UNMAP the shared one, a new page of its own), then exits:
 *           ├─► child  □■■■■■     the copies, the kernel stack and the page table go, the shared ones are unmapped
 *           └─► …
 *
 * PARAMETERS  tasks   children of a server at a time; 16
 *             shared  pages that a server shares with each child; 64
 *             copied  pages that a child copies on average; 24
 *             containers  servers; 8
 * COST        5.1 bytes a frame, and 16 a child.
 */
import { LruList, PageType } from "../abi.js";
import { FolioLists } from "./folio-lists.js";
import { FrameMap } from "./frame-map.js";
import { checkHistory, type HistoryWorkload } from "./history.js";
import { resolveOwn, WorkloadError } from "./parameters.js";
import { Random } from "./random.js";
import { SteppedHistory } from "./stepped-history.js";

const NAME = "fork-storm";
const CONTAINERS = 8;
const PARAMETERS = {
  tasks: { text: "children of a server at a time", unit: "tasks", fallback: 16, min: 1, max: 4096 },
  shared: {
    text: "pages that a server shares with each child",
    unit: "pages",
    fallback: 64,
    min: 0,
    max: 256,
  },
  copied: { text: "pages that a child copies on average", unit: "pages", fallback: 24, min: 0, max: 256 },
} as const;

const PIDS_MAX = 4_000_000;
const STACK_ORDER = 2;
const COPIES_A_STEP = 16;
const FREES_A_STEP = 64;

const Phase = { NONE: 0, COPYING: 1, LEAVING: 2 } as const;
type Sizes = ReturnType<typeof checkHistory>;
type Own = { readonly [K in keyof typeof PARAMETERS]: number };

class ForkStorm extends SteppedHistory {
  readonly name = NAME;
  readonly maxContainers: number;
  readonly maxPids: number;
  readonly #own: Own;
  readonly #containers: number;
  readonly #random: Random;
  readonly #frames: FrameMap;
  /** A list for the user pages of each child, and one for its kernel pages. */
  readonly #lists: FolioLists;
  readonly #sharedPfns: Uint32Array;
  readonly #nrShared: Uint16Array;
  readonly #phase: Uint8Array;
  /** Pages copied, and to copy, by each child. */
  readonly #copied: Uint16Array;
  readonly #wanted: Uint16Array;
  #made = 0;

  constructor({ nrFrames, nrEvents, seed, containers }: Sizes, own: Own) {
    super(nrFrames, nrEvents);
    const children = containers * own.tasks;
    this.maxContainers = containers + 1;
    this.maxPids = 1 + containers + children;
    this.#own = own;
    this.#containers = containers;
    this.#random = new Random(seed);
    this.#frames = new FrameMap(nrFrames);
    this.#lists = new FolioLists(nrFrames, children * 2);
    this.#sharedPfns = new Uint32Array(containers * own.shared);
    this.#nrShared = new Uint16Array(containers + 1);
    this.#phase = new Uint8Array(children);
    this.#copied = new Uint16Array(children);
    this.#wanted = new Uint16Array(children);
  }

  protected step(): void {
    if (this.#made < this.#containers) {
      this.#makeServer(++this.#made);
      return;
    }
    const child = this.#random.below(this.#phase.length);
    const memcg = 1 + (child % this.#containers);
    switch (this.#phase[child]) {
      case Phase.NONE:
        this.#start(child, memcg);
        break;
      case Phase.COPYING:
        this.#copy(child, memcg);
        break;
      default:
        this.#leave(child, memcg);
    }
  }

  #makeServer(memcg: number): void {
    this.container(memcg, 0);
    this.attach(memcg, memcg);
    const first = (memcg - 1) * this.#own.shared;
    // Servers take half of memory at most, so that children find some.
    while (this.#nrShared[memcg]! < this.#own.shared && this.#frames.freePages > this.nrFrames / 2) {
      const pfn = this.#frames.take(0);
      this.#sharedPfns[first + this.#nrShared[memcg]!++] = pfn;
      this.#anon(pfn, memcg);
    }
  }

  #anon(pfn: number, memcg: number): void {
    this.charged(pfn, 0, memcg, PageType.ANON);
    this.lruAdd(pfn, 0, memcg, PageType.ANON, LruList.INACTIVE_ANON);
    this.map(pfn, 0, memcg);
  }

  #pidOf(child: number): number {
    return 1 + this.#containers + child;
  }

  #shared(memcg: number, i: number): number {
    return this.#sharedPfns[(memcg - 1) * this.#own.shared + i]!;
  }

  #start(child: number, memcg: number): void {
    this.fork(memcg, this.#pidOf(child));
    this.#kernel(child, memcg, STACK_ORDER);
    this.#kernel(child, memcg, 0);
    for (let i = 0; i < this.#nrShared[memcg]!; i++) this.map(this.#shared(memcg, i), 0, memcg);
    this.#copied[child] = 0;
    const most = Math.min(this.#own.copied * 2, this.#nrShared[memcg]!);
    this.#wanted[child] = this.#random.between(0, most);
    this.#phase[child] = Phase.COPYING;
  }

  #kernel(child: number, memcg: number, order: number): void {
    const pfn = this.#frames.take(order);
    if (pfn < 0) return;
    this.charged(pfn, order, memcg, PageType.KERNEL);
    this.#lists.push(child * 2 + 1, pfn, order);
  }

  #copy(child: number, memcg: number): void {
    const end = Math.min(this.#wanted[child]!, this.#copied[child]! + COPIES_A_STEP);
    while (this.#copied[child]! < end) {
      const pfn = this.#frames.take(0);
      if (pfn < 0) {
        this.#wanted[child] = this.#copied[child]!;
        break;
      }
      this.#anon(pfn, memcg);
      this.unmap(this.#shared(memcg, this.#copied[child]!++), 0, memcg);
      this.#lists.push(child * 2, pfn, 0);
    }
    if (this.#copied[child] !== this.#wanted[child]) return;
    this.#phase[child] = Phase.LEAVING;
    for (let i = this.#copied[child]!; i < this.#nrShared[memcg]!; i++)
      this.unmap(this.#shared(memcg, i), 0, memcg);
    this.exit(this.#pidOf(child));
  }

  #leave(child: number, memcg: number): void {
    for (let i = 0; i < FREES_A_STEP; i++) {
      let type: number = PageType.ANON;
      let pfn = this.#lists.shift(child * 2);
      if (pfn < 0) {
        type = PageType.KERNEL;
        pfn = this.#lists.shift(child * 2 + 1);
      }
      if (pfn < 0) break;
      const order = this.#lists.orderOf(pfn);
      if (type === PageType.ANON) this.unmap(pfn, order, memcg);
      this.free(pfn, order, memcg, type);
      this.#frames.give(pfn, order);
    }
    if (this.#lists.pages(child * 2) > 0 || this.#lists.pages(child * 2 + 1) > 0) return;
    this.#phase[child] = Phase.NONE;
  }
}

export const FORK_STORM: HistoryWorkload = {
  name: NAME,
  text: "servers fork children that copy pages and end",
  parameters: PARAMETERS,
  containers: CONTAINERS,
  create(parameters) {
    const sizes = checkHistory(FORK_STORM, parameters);
    const own = resolveOwn(NAME, PARAMETERS, parameters);
    if (sizes.containers * (own.tasks + 1) >= PIDS_MAX)
      throw new WorkloadError(
        NAME,
        `${sizes.containers} containers of ${own.tasks} tasks are too many`,
        `keep their product below ${PIDS_MAX}`,
      );
    return new ForkStorm(sizes, own);
  },
};
