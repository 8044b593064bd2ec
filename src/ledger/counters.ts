/**
 * counters: what a container counts, as a live view of linear memory or as a plain object.
 */
import { Container, PAGES_MAX } from "../abi.js";
import type { Core } from "../core/core.js";
import type { Pages } from "../units.js";

/** Pages on each LRU list of a container. */
export interface LruPages {
  inactiveAnon: Pages;
  activeAnon: Pages;
  inactiveFile: Pages;
  activeFile: Pages;
  unevictable: Pages;
}

/** Pages by heading.  chargedPages is the sum of the first five; `lru` and mappedPages count some of them again. */
export interface PageCounters {
  anonPages: Pages;
  /** In the page cache of a file; once out of it, a page counts as `other`. */
  filePages: Pages;
  shmemPages: Pages;
  kernelPages: Pages;
  otherPages: Pages;
  lru: LruPages;
  /** File and shmem pages of folios that have a mapping. */
  mappedPages: Pages;
  chargedPages: Pages;
}

/** All that one container counts; PageCounters are its own pages, without those of the containers below. */
export interface ContainerCounters extends PageCounters {
  /** Pages charged here and below, counted ones and stocks too: what the limit is held against. */
  usagePages: Pages;
  peakPages: Pages;
  /** The limit; Infinity where there is none. */
  maxPages: Pages;
  /** Charges that this container's limit refused. */
  failCount: number;
  /** Pages ever charged, and uncharged, exact up to 2^53; of those charged without the ledger lock the balance between two looks. */
  chargeEvents: number;
  unchargeEvents: number;
  nrTasks: number;
  /** Containers directly below, removed ones that still hold pages too. */
  nrChildren: number;
}

/**
 * A container's counters, read from linear memory at each access: no call, no copy, always the present value.
 *
 * It shows a record, not a life: once the container is removed and its last page gone, the record is all zero, and it
 * shows another container if the id is given out again.  `Container.counters()` checks that.
 */
export class ContainerView {
  readonly #core: Core;
  readonly #word: number;

  constructor(core: Core, id: number) {
    this.#core = core;
    this.#word = core.containerPtr(id) >>> 2;
  }

  #at(offset: number): Pages {
    return this.#core.u32[this.#word + (offset >>> 2)] as Pages;
  }
  #at64(offset: number): number {
    return this.#at(offset) + this.#at(offset + 4) * 2 ** 32;
  }

  get anonPages(): Pages {
    return this.#at(Container.anonPages);
  }
  get filePages(): Pages {
    return this.#at(Container.filePages);
  }
  get shmemPages(): Pages {
    return this.#at(Container.shmemPages);
  }
  get kernelPages(): Pages {
    return this.#at(Container.kernelPages);
  }
  get otherPages(): Pages {
    return this.#at(Container.otherPages);
  }
  get inactiveAnonPages(): Pages {
    return this.#at(Container.inactiveAnonPages);
  }
  get activeAnonPages(): Pages {
    return this.#at(Container.activeAnonPages);
  }
  get inactiveFilePages(): Pages {
    return this.#at(Container.inactiveFilePages);
  }
  get activeFilePages(): Pages {
    return this.#at(Container.activeFilePages);
  }
  get unevictablePages(): Pages {
    return this.#at(Container.unevictablePages);
  }
  get mappedPages(): Pages {
    return this.#at(Container.mappedPages);
  }
  get chargedPages(): Pages {
    return this.#at(Container.chargedPages);
  }
  get usagePages(): Pages {
    return this.#at(Container.usagePages);
  }
  get peakPages(): Pages {
    return this.#at(Container.peakPages);
  }
  get maxPages(): Pages {
    const maxPages = this.#at(Container.maxPages);
    return maxPages === PAGES_MAX ? (Number.POSITIVE_INFINITY as Pages) : maxPages;
  }
  get failCount(): number {
    return this.#at(Container.failCount);
  }
  get chargeEvents(): number {
    return this.#at64(Container.chargeEvents);
  }
  get unchargeEvents(): number {
    return this.#at64(Container.unchargeEvents);
  }
  get nrTasks(): number {
    return this.#at(Container.nrTasks);
  }
  get nrChildren(): number {
    return this.#at(Container.nrChildren);
  }
}

/** A copy of all counters of a view. */
export function countersOf(view: ContainerView): ContainerCounters {
  return {
    anonPages: view.anonPages,
    filePages: view.filePages,
    shmemPages: view.shmemPages,
    kernelPages: view.kernelPages,
    otherPages: view.otherPages,
    lru: {
      inactiveAnon: view.inactiveAnonPages,
      activeAnon: view.activeAnonPages,
      inactiveFile: view.inactiveFilePages,
      activeFile: view.activeFilePages,
      unevictable: view.unevictablePages,
    },
    mappedPages: view.mappedPages,
    chargedPages: view.chargedPages,
    usagePages: view.usagePages,
    peakPages: view.peakPages,
    maxPages: view.maxPages,
    failCount: view.failCount,
    chargeEvents: view.chargeEvents,
    unchargeEvents: view.unchargeEvents,
    nrTasks: view.nrTasks,
    nrChildren: view.nrChildren,
  };
}

/** Pages here and below, as the last `core.containerTotals()` left them. */
export function totalsOf(core: Core, id: number): PageCounters {
  const at = (offset: number) => core.containerWord(id, offset) as Pages;
  return {
    anonPages: at(Container.totalAnonPages),
    filePages: at(Container.totalFilePages),
    shmemPages: at(Container.totalShmemPages),
    kernelPages: at(Container.totalKernelPages),
    otherPages: at(Container.totalOtherPages),
    lru: {
      inactiveAnon: at(Container.totalInactiveAnonPages),
      activeAnon: at(Container.totalActiveAnonPages),
      inactiveFile: at(Container.totalInactiveFilePages),
      activeFile: at(Container.totalActiveFilePages),
      unevictable: at(Container.totalUnevictablePages),
    },
    mappedPages: at(Container.totalMappedPages),
    chargedPages: at(Container.totalChargedPages),
  };
}
