/**
 * tenants: containers of three kinds that share a machine.
 *
 *   web       ▁█▁█▁█▁█▁   requests: some anon and kernel pages each, gone with the answer; files read again and again
 *   database  ▂▄▆███████   a buffer pool of shmem that fills once and is touched ever after; a log of file pages
 *   batch     ▁▃▅▇▁▃▅▇▁   anonymous memory that grows, in huge folios where it can, and is thrown away at the end
 *
 * PARAMETERS  web, database, batch  weight of each kind among the containers; 1, 1, 1
 *             huge  share of the batch's growth that asks for huge folios (order 9), by folios; 0.01
 *             containers  tenants; 12
 * COST        5.1 bytes a frame.
 */
import { PageType } from "../abi.js";
import { AliasTable } from "./alias-table.js";
import { FolioLists } from "./folio-lists.js";
import { FrameMap } from "./frame-map.js";
import { checkHistory, type HistoryWorkload } from "./history.js";
import { resolveOwn, WorkloadError } from "./parameters.js";
import { Random } from "./random.js";
import { inactiveListOf, SteppedHistory } from "./stepped-history.js";

const NAME = "tenants";
const CONTAINERS = 12;
const WEIGHT = { unit: "weight", fallback: 1, min: 0, max: 1000, fraction: true } as const;
const PARAMETERS = {
  web: { ...WEIGHT, text: "weight of web servers" },
  database: { ...WEIGHT, text: "weight of databases" },
  batch: { ...WEIGHT, text: "weight of batch jobs" },
  huge: {
    text: "share of the batch's folios that ask for order 9",
    unit: "share",
    fallback: 0.01,
    min: 0,
    max: 1,
    fraction: true,
  },
} as const;

const Role = { WEB: 0, DATABASE: 1, BATCH: 2 } as const;
/** Lists of a tenant: memory of its requests or jobs, kernel memory, page cache (or buffer pool). */
const LISTS = 3;
const ANON = 0;
const KERNEL = 1;
const CACHE = 2;

const HUGE_ORDER = 9;
const REQUEST_PAGES = 32;
const REQUESTS_KEPT = 4;
const TOUCHES_A_STEP = 8;
const GROWTH_A_STEP = 16;
const LOG_SHARE = 1 / 16;

type Own = { readonly [K in keyof typeof PARAMETERS]: number };

class Tenants extends SteppedHistory {
  readonly name = NAME;
  readonly maxContainers: number;
  readonly maxPids: number;
  readonly #containers: number;
  readonly #random: Random;
  readonly #frames: FrameMap;
  readonly #lists: FolioLists;
  readonly #role: Uint8Array;
  /** A batch job that is throwing its memory away. */
  readonly #ending: Uint8Array;
  readonly #huge: number;
  /** Pages that one tenant may hold. */
  readonly #share: number;
  #made = 0;
  #wrote = false;

  constructor({ nrFrames, nrEvents, seed, containers }: ReturnType<typeof checkHistory>, own: Own) {
    super(nrFrames, nrEvents);
    this.maxContainers = containers + 1;
    this.maxPids = 2 * containers + 1;
    this.#containers = containers;
    this.#random = new Random(seed);
    this.#frames = new FrameMap(nrFrames);
    this.#lists = new FolioLists(nrFrames, (containers + 1) * LISTS);
    this.#ending = new Uint8Array(containers + 1);
    this.#huge = own.huge;
    this.#share = Math.max(1, Math.floor((nrFrames * 0.75) / containers));
    const roles = new AliasTable([own.web, own.database, own.batch]);
    this.#role = new Uint8Array(containers + 1);
    for (let id = 1; id <= containers; id++) this.#role[id] = roles.draw(this.#random);
  }

  protected step(): void {
    if (this.#made < this.#containers) {
      const memcg = ++this.#made;
      this.container(memcg, 0);
      this.attach(memcg, memcg);
      return;
    }
    const memcg = 1 + this.#random.below(this.#containers);
    this.#wrote = false;
    if (this.#role[memcg] === Role.WEB) this.#serve(memcg);
    else if (this.#role[memcg] === Role.DATABASE) this.#query(memcg);
    else this.#work(memcg);
    if (this.#wrote) return;
    // Nothing to do and no room: a task comes and goes.
    this.fork(memcg, this.#containers + memcg);
    this.exit(this.#containers + memcg);
  }

  #pages(memcg: number): number {
    const first = memcg * LISTS;
    return this.#lists.pages(first) + this.#lists.pages(first + 1) + this.#lists.pages(first + 2);
  }

  #add(memcg: number, list: number, order: number, type: number): boolean {
    if (this.#pages(memcg) + (1 << order) > this.#share) return false;
    const pfn = this.#frames.take(order);
    if (pfn < 0) return false;
    this.folio(pfn, order, memcg, type);
    if (type !== PageType.KERNEL) this.lruAdd(pfn, order, memcg, type, inactiveListOf(type));
    this.#lists.push(memcg * LISTS + list, pfn, order);
    this.#wrote = true;
    return true;
  }

  /** Frees the oldest folio of a list. */
  #drop(memcg: number, list: number, type: number): boolean {
    const pfn = this.#lists.shift(memcg * LISTS + list);
    if (pfn < 0) return false;
    const order = this.#lists.orderOf(pfn);
    if (type === PageType.FILE || type === PageType.SHMEM) this.cacheDel(pfn, order, memcg, type);
    this.free(pfn, order, memcg, type);
    this.#frames.give(pfn, order);
    this.#wrote = true;
    return true;
  }

  #touch(memcg: number, list: number, type: number): void {
    for (let i = 0; i < TOUCHES_A_STEP; i++) {
      const pfn = this.#lists.rotate(memcg * LISTS + list);
      if (pfn < 0) return;
      this.activate(pfn, this.#lists.orderOf(pfn), memcg, type);
      this.#wrote = true;
    }
  }

  /** A request comes, one that is answered goes. */
  #serve(memcg: number): void {
    const kept = Math.min(REQUEST_PAGES * REQUESTS_KEPT, this.#share >>> 1);
    while (this.#lists.pages(memcg * LISTS + ANON) > kept && this.#drop(memcg, ANON, PageType.ANON));
    while (
      this.#lists.pages(memcg * LISTS + KERNEL) > kept >>> 3 &&
      this.#drop(memcg, KERNEL, PageType.KERNEL)
    );
    const nrPages = this.#random.between(1, REQUEST_PAGES);
    for (let i = 0; i < nrPages && this.#add(memcg, ANON, 0, PageType.ANON); i++);
    for (let i = 0; i < nrPages; i += 16) this.#add(memcg, KERNEL, 0, PageType.KERNEL);
    if (this.#lists.pages(memcg * LISTS + CACHE) < this.#share >>> 2)
      this.#add(memcg, CACHE, 0, PageType.FILE);
    this.#touch(memcg, CACHE, PageType.FILE);
  }

  /** The pool fills, then is touched; the log grows and its oldest pages go. */
  #query(memcg: number): void {
    const pool = Math.floor(this.#share * (1 - 2 * LOG_SHARE));
    for (let i = 0; i < GROWTH_A_STEP && this.#lists.pages(memcg * LISTS + CACHE) < pool; i++)
      if (!this.#add(memcg, CACHE, 0, PageType.SHMEM)) break;
    this.#touch(memcg, CACHE, PageType.SHMEM);
    if (this.#lists.pages(memcg * LISTS + ANON) >= this.#share * LOG_SHARE)
      this.#drop(memcg, ANON, PageType.FILE);
    this.#add(memcg, ANON, 0, PageType.FILE);
  }

  #work(memcg: number): void {
    if (this.#ending[memcg] === 1) {
      for (let i = 0; i < 4 * GROWTH_A_STEP; i++)
        if (!this.#drop(memcg, ANON, PageType.ANON)) {
          this.#ending[memcg] = 0;
          break;
        }
      if (this.#wrote) return;
    }
    for (let i = 0; i < GROWTH_A_STEP; i++) {
      const order = this.#random.chance(this.#huge) ? HUGE_ORDER : 0;
      if (this.#add(memcg, ANON, order, PageType.ANON)) continue;
      if (order > 0 && this.#add(memcg, ANON, 0, PageType.ANON)) continue;
      this.#ending[memcg] = 1;
      break;
    }
  }
}

export const TENANTS: HistoryWorkload = {
  name: NAME,
  text: "web servers, databases and batch jobs side by side",
  parameters: PARAMETERS,
  containers: CONTAINERS,
  create(parameters) {
    const sizes = checkHistory(TENANTS, parameters);
    const own = resolveOwn(NAME, PARAMETERS, parameters);
    if (own.web + own.database + own.batch <= 0)
      throw new WorkloadError(NAME, "all weights are 0", "give web, database or batch one above 0");
    return new Tenants(sizes, own);
  },
};
