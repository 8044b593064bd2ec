/**
 * container: one container of a ledger, as its user holds it.
 */
import {
  ContainerFlag,
  Container as ContainerRecord,
  Err,
  LruHead,
  type LruList,
  NR_LRU_LISTS,
  Op,
} from "../abi.js";
import type { Core } from "../core/core.js";
import { errorName, LedgerError, type LedgerErrorCode } from "../core/errors.js";
import type { MemcgId, Pages } from "../units.js";
import { checkKind, checkList, checkMaxPages, checkPages } from "./args.js";
import {
  type ContainerCounters,
  ContainerView,
  countersOf,
  type PageCounters,
  totalsOf,
} from "./counters.js";

/** What a container asks of its ledger. */
export interface ContainerHost {
  readonly core: Core;
  /** Whether the record of this handle is still its own. */
  holds(container: Container): boolean;
  /** Runs one operation; throws LedgerError. */
  run(word0: number, word1: number, word2: number): void;
  /** Called after `container` went offline. */
  removed(container: Container): void;
}

/** Counted pages of a container. */
export interface CountedPages {
  /** Charged here itself and not uncharged. */
  readonly pages: Pages;
  /** The same by kind, as of the last flush of statistics. */
  readonly own: readonly Pages[];
  /** Likewise, of this container and all below it. */
  readonly total: readonly Pages[];
}

export interface ExactOption {
  /** Default false. */
  readonly exact?: boolean;
}

const REMEDY: Partial<Record<LedgerErrorCode, { remedy: string }>> = {
  NOT_CHARGED: { remedy: "uncharge no more pages than were charged to this container" },
  LIMIT: { remedy: "uncharge pages of this container or of one above it, or raise the limit" },
};

/**
 * A container.  Ledgers make them: `ledger.createContainer()`.
 *
 * After `remove()` it is offline: it takes no new tasks and charges, and its record stays while pages or containers
 * below hold it.  With the last of them it is released: `released` is true from then on, its id may be given out again,
 * and every call but the names throws LedgerError NO_CONTAINER.
 */
export class Container {
  readonly id: MemcgId;
  /** Last part of the path. */
  readonly name: string;
  /** Names from the top, each after a slash. */
  readonly path: string;
  /** null directly below the outside. */
  readonly parent: Container | null;
  /** Counters read in place; see ContainerView for how long they are this container's. */
  readonly view: ContainerView;
  readonly #host: ContainerHost;

  /** @internal */
  constructor(host: ContainerHost, id: number, name: string, parent: Container | null) {
    this.#host = host;
    this.id = id as MemcgId;
    this.name = name;
    this.parent = parent;
    this.path = `${parent?.path ?? ""}/${name}`;
    this.view = new ContainerView(host.core, id);
  }

  /** Removed, and held by nothing any more. */
  get released(): boolean {
    return !this.#host.holds(this);
  }

  /** Not removed. */
  get online(): boolean {
    return !this.released && (this.#host.core.containerFlags(this.id) & ContainerFlag.ONLINE) !== 0;
  }

  /** Limit of usagePages, Infinity for none. */
  get maxPages(): Pages {
    this.#mustHold("maxPages");
    return this.view.maxPages;
  }
  set maxPages(maxPages: number) {
    this.setMax(maxPages);
  }

  /**
   * Sets the limit in pages, Infinity for none.  One below the usage is taken: it refuses what comes next.
   * BAD_ARG, OFFLINE, NO_CONTAINER.
   */
  setMax(maxPages: number): void {
    this.#mustHold("setMax");
    this.#host.run(Op.CONTAINER_SET_MAX, this.id, checkMaxPages("setMax", maxPages));
  }

  /** Takes it offline.  BUSY while tasks or online containers are in it; OFFLINE, NO_CONTAINER. */
  remove(): void {
    this.#mustHold("remove");
    this.#host.run(Op.CONTAINER_REMOVE, this.id, 0);
    this.#host.removed(this);
  }

  /** A copy of the counters: own pages, usage, limit, events. */
  counters(): ContainerCounters {
    this.#mustHold("counters");
    this.#host.core.lockless.fold(this.id);
    return countersOf(this.view);
  }

  /** Pages by heading, here and in all containers below.  Costs a walk over all containers. */
  totals(): PageCounters {
    this.#mustHold("totals");
    const { core } = this.#host;
    return core.exclusively(() => {
      core.containerTotals();
      return totalsOf(core, this.id);
    });
  }

  /**
   * Charges pages by their number alone, without frames, here and above within the limits: a few nanoseconds at any
   * depth, from any agent's thread.  `kind`, 0 to 7, is a heading of the caller's own for `counted`.
   * BAD_ARG (kind; more than 2^24 pages), OFFLINE, LIMIT, NO_CONTAINER.
   */
  charge(pages: number, kind = 0): void {
    this.#mustHold("charge");
    const { core } = this.#host;
    const err = core.counting.charge(this.id, checkPages("charge", pages), checkKind("charge", kind));
    if (err !== Err.OK) this.#refuse("charge", pages, err);
  }

  /**
   * Uncharges pages that `charge` has charged here, whichever agent called it.  NOT_CHARGED (fewer are counted here),
   * BAD_ARG, NO_CONTAINER.
   */
  uncharge(pages: number, kind = 0): void {
    this.#mustHold("uncharge");
    const { core } = this.#host;
    const err = core.counting.uncharge(this.id, checkPages("uncharge", pages), checkKind("uncharge", kind));
    if (err !== Err.OK) this.#refuse("uncharge", pages, err);
  }

  /**
   * Counted pages by kind, here and in all containers below.  Lazily: it may have missed the last 64 updates of each
   * agent; `exact` misses only what agents do meanwhile, and visits every container of every agent.
   */
  counted(options: ExactOption = {}): CountedPages {
    this.#mustHold("counted");
    const { counting } = this.#host.core;
    counting.flush(options.exact ?? false);
    return { pages: counting.pages(this.id), ...counting.stats(this.id) } as unknown as CountedPages;
  }

  /**
   * Pages that count against the limits, here and below: what agents keep in stock is in it, up to the smaller of 4096
   * pages per container and 2^19 pages for each agent.  `exact` takes stocks off, by a walk over all of them; what agents
   * do meanwhile it may miss.
   */
  usage(options: ExactOption = {}): Pages {
    this.#mustHold("usage");
    const stocked = options.exact === true ? this.#host.core.counting.stocked(this.id) : 0;
    return (this.view.usagePages - stocked) as Pages;
  }

  /** Folios on an LRU list by their first pfn, the one added last first.  BAD_LIST, NO_CONTAINER. */
  lruFolios(list: LruList): number[] {
    this.#mustHold("lruFolios");
    if (checkList("lruFolios", list) >= NR_LRU_LISTS)
      throw new LedgerError("BAD_LIST", `lruFolios(list ${list})`);
    const { core } = this.#host;
    return core.exclusively(() => this.#walk(core, list));
  }

  #walk(core: Core, list: LruList): number[] {
    const words = core.u32;
    const headPtr = core.containerPtr(this.id) + ContainerRecord.lists + list * LruHead.sizeBytes;
    const pfns: number[] = [];
    let link = words[(headPtr + LruHead.first) >>> 2]!;
    while (link !== 0) {
      pfns.push(link - 1);
      link = words[(core.framePtr(link - 1) + core.frame.lruNext) >>> 2]!;
    }
    return pfns;
  }

  #refuse(verb: string, pages: number, err: number): never {
    const code = errorName(err);
    throw new LedgerError(code, `${verb}(${this.path}, ${pages} pages)`, REMEDY[code]);
  }

  #mustHold(verb: string): void {
    if (this.released)
      throw new LedgerError("NO_CONTAINER", `${verb}(${this.path})`, {
        remedy: "it was removed and released: let go of this handle",
      });
  }
}
