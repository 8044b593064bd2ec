/**
 * container-book: names and handles of a ledger's containers, and which ids are free.
 *
 * The core knows ids; paths are the host's.  An id is free again once the core has released the record: it counts
 * releases, and only removed containers can be released, so a look at those after each change of that count suffices.
 *
 * INVARIANTS  N1  Every used record of the core has one handle here, except for releases not looked at yet.
 *             N2  A path names at most one online container; removed ones have given theirs up.
 */
import { Core as CoreRecord } from "../abi.js";
import type { Core } from "../core/core.js";
import { LedgerError } from "../core/errors.js";
import { Container, type ContainerHost } from "./container.js";

const NAME_LENGTH_MAX = 255;

/** Whether a container can have this name: 1 to 255 characters, no slash, no control character, not a dot or two. */
export function isName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it refuses
  if (!name || name.length > NAME_LENGTH_MAX || /[/\u0000-\u001f\u007f]/.test(name)) return false;
  return name !== "." && name !== "..";
}

/** Leading slash, and none at the end. */
export function normalPath(path: string): string {
  const bare = path.replace(/^\/+|\/+$/g, "");
  return bare === "" ? "/" : `/${bare}`;
}

export class ContainerBook {
  readonly #core: Core;
  readonly #byId = new Map<number, Container>();
  readonly #byPath = new Map<string, Container>();
  readonly #offline = new Set<Container>();
  /** No id below this one is free. */
  #lowestFree = 1;
  #releases: number;

  constructor(core: Core) {
    this.#core = core;
    this.#releases = core.coreWord(CoreRecord.releasedContainers);
  }

  /** Forgets containers that the core has released since. */
  sweep(): void {
    const releases = this.#core.coreWord(CoreRecord.releasedContainers);
    if (releases === this.#releases) return;
    this.#releases = releases;
    for (const container of this.#offline) {
      if (this.#core.isUsed(container.id)) continue;
      this.#offline.delete(container);
      this.#byId.delete(container.id);
      this.#lowestFree = Math.min(this.#lowestFree, container.id);
    }
  }

  holds(container: Container): boolean {
    this.sweep();
    return this.#byId.get(container.id) === container;
  }

  byId(id: number): Container | undefined {
    this.sweep();
    return this.#byId.get(id);
  }

  /** The online container of that path. */
  byPath(path: string): Container | undefined {
    return this.#byPath.get(normalPath(path));
  }

  /** All of them, removed ones that are still held too, by id. */
  all(): Container[] {
    this.sweep();
    return [...this.#byId.values()].sort((a, b) => a.id - b.id);
  }

  /** Whether any container is removed but still held. */
  hasOffline(): boolean {
    this.sweep();
    return this.#offline.size > 0;
  }

  /** The lowest id not in use.  Throws LedgerError NO_MEMORY when all are. */
  freeId(what: string): number {
    this.sweep();
    while (this.#byId.has(this.#lowestFree)) this.#lowestFree++;
    if (this.#lowestFree >= this.#core.maxContainers)
      throw new LedgerError("NO_MEMORY", what, {
        remedy: `all ${this.#core.maxContainers - 1} container ids are taken: open the ledger with a larger maxContainers, or free the pages of removed ones`,
      });
    return this.#lowestFree;
  }

  add(host: ContainerHost, id: number, name: string, parent: Container | null, online: boolean): Container {
    const container = new Container(host, id, name, parent);
    this.#byId.set(id, container);
    if (online) this.#byPath.set(container.path, container);
    else this.#offline.add(container);
    return container;
  }

  /** `container` went offline; maybe it is released already. */
  removed(container: Container): void {
    this.#byPath.delete(container.path);
    this.#offline.add(container);
    this.sweep();
  }
}
