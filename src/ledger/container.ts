/**
 * container: one container of a ledger, as its user holds it.
 */
import {
  ContainerFlag,
  Container as ContainerRecord,
  LruHead,
  type LruList,
  NR_LRU_LISTS,
  Op,
} from "../abi.js";
import type { Core } from "../core/core.js";
import { LedgerError } from "../core/errors.js";
import type { MemcgId, Pages } from "../units.js";
import { checkList, checkMaxPages } from "./args.js";
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

  #mustHold(verb: string): void {
    if (this.released)
      throw new LedgerError("NO_CONTAINER", `${verb}(${this.path})`, {
        remedy: "it was removed and released: let go of this handle",
      });
  }
}
