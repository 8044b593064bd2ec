/**
 * container-book: names and handles of a ledger's containers, and which ids are free.
 *
 * The core knows ids; paths are the host's.  An id is free again once the core has released the record: it counts
 * releases, and only removed containers can be released, so a look at those after each change of that count suffices.
 * In shared memory other agents make and remove containers too: then the records are looked at, and a container made
 * elsewhere since this agent joined is called "#" and its id.
 *
 * INVARIANTS  N1  Every used record of the core has one handle here, except for releases not looked at yet.
 *             N2  A path names at most one online container; removed ones have given theirs up.
 */
import { ContainerFlag, Container as ContainerRecord, Core as CoreRecord } from "../abi.js";
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
  readonly #host: ContainerHost;
  readonly #names: ReadonlyMap<number, string>;
  readonly #byId = new Map<number, Container>();
  readonly #byPath = new Map<string, Container>();
  readonly #offline = new Set<Container>();
  /** Generation of the record that each handle is for; other agents may release it and make it anew. */
  readonly #generations = new Map<Container, number>();
  /** No id below this one is free. */
  #lowestFree = 1;
  #releases: number;

  /** Makes the handles of the containers that `names` tells of, by id. */
  constructor(core: Core, host: ContainerHost, names: ReadonlyMap<number, string>) {
    this.#core = core;
    this.#host = host;
    this.#names = names;
    this.#releases = core.coreWord(CoreRecord.releasedContainers);
    for (const id of names.keys()) this.#adopt(id);
  }

  /** Forgets containers that the core has released since; with other agents, meets those that they have made. */
  sweep(): void {
    if (this.#core.agents !== undefined) {
      this.#follow();
      return;
    }
    const releases = this.#core.coreWord(CoreRecord.releasedContainers);
    if (releases === this.#releases) return;
    this.#releases = releases;
    for (const container of this.#offline) {
      if (this.#core.isUsed(container.id)) continue;
      this.#forget(container);
      this.#lowestFree = Math.min(this.#lowestFree, container.id);
    }
  }

  holds(container: Container): boolean {
    return this.byId(container.id) === container;
  }

  byId(id: number): Container | undefined {
    if (this.#core.agents !== undefined) return this.#lookAt(id);
    this.sweep();
    return this.#byId.get(id);
  }

  /** The online container of that path. */
  byPath(path: string): Container | undefined {
    if (this.#core.agents !== undefined) this.#follow();
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

  /**
   * Makes a container under the lowest id not in use; where another agent was quicker, under the next.  Throws LedgerError
   * NO_MEMORY when all are in use, and what `make` does.
   */
  create(what: string, name: string, parent: Container | null, make: (id: number) => void): Container {
    for (;;) {
      const id = this.#freeId(what);
      try {
        make(id);
        return this.#add(id, name, parent, true);
      } catch (error) {
        const overtaken = error instanceof LedgerError && error.code === "EXISTS";
        if (!overtaken || this.#core.agents === undefined) throw error;
      }
    }
  }

  /** `container` went offline; maybe it is released already. */
  removed(container: Container): void {
    this.#byPath.delete(container.path);
    this.#offline.add(container);
    this.sweep();
  }

  #freeId(what: string): number {
    this.sweep();
    while (this.#byId.has(this.#lowestFree)) this.#lowestFree++;
    if (this.#lowestFree >= this.#core.maxContainers)
      throw new LedgerError("NO_MEMORY", what, {
        remedy: `all ${this.#core.maxContainers - 1} container ids are taken: open the ledger with a larger maxContainers, or free the pages of removed ones`,
      });
    return this.#lowestFree;
  }

  #add(id: number, name: string, parent: Container | null, online: boolean): Container {
    const container = new Container(this.#host, id, name, parent);
    this.#byId.set(id, container);
    this.#generations.set(container, this.#generationOf(id));
    if (online) this.#byPath.set(container.path, container);
    else this.#offline.add(container);
    return container;
  }

  /** Makes the handle of a container that somebody else has made, its parent's before. */
  #adopt(id: number): Container {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const parentId = this.#core.u16[(this.#core.containerPtr(id) + ContainerRecord.parentId) >>> 1]!;
    const parent = parentId === 0 ? null : this.#adopt(parentId);
    return this.#add(id, this.#names.get(id) ?? `#${id}`, parent, this.#isOnline(id));
  }

  #isOnline(id: number): boolean {
    return (this.#core.containerFlags(id) & ContainerFlag.ONLINE) !== 0;
  }

  #generationOf(id: number): number {
    return this.#core.containerWord(id, ContainerRecord.generation);
  }

  /** The handle of an id as it is used now, whoever made the container. */
  #lookAt(id: number): Container | undefined {
    const known = this.#byId.get(id);
    if (id <= 0 || id >= this.#core.maxContainers) return undefined;
    const used = this.#core.isUsed(id);
    if (known === undefined && !used) return undefined;
    if (known !== undefined && used && this.#isStill(known)) return known;
    // Something has changed, or is just changing and may be undone yet.
    return this.#core.exclusively(() => {
      const usedNow = this.#core.isUsed(id);
      if (known !== undefined) {
        if (usedNow && this.#isStill(known)) return known;
        this.#forget(known);
      }
      return usedNow ? this.#adopt(id) : undefined;
    });
  }

  /** Whether the record is that of the container which the handle is for. */
  #isStill(container: Container): boolean {
    return this.#generations.get(container) === this.#generationOf(container.id);
  }

  /** Catches up with what other agents have done. */
  #follow(): void {
    const end = this.#core.coreWord(CoreRecord.containersEnd);
    for (let id = 1; id < end; id++) {
      const container = this.#lookAt(id);
      if (container === undefined || this.#isOnline(id)) continue;
      if (this.#byPath.get(container.path) === container) this.#byPath.delete(container.path);
      this.#offline.add(container);
    }
    this.#lowestFree = 1;
  }

  #forget(container: Container): void {
    this.#byId.delete(container.id);
    this.#offline.delete(container);
    this.#generations.delete(container);
    if (this.#byPath.get(container.path) === container) this.#byPath.delete(container.path);
  }

  /** Replaces each id by that of its nearest online ancestor. */
  toOnline(owners: Uint16Array): void {
    const onlineOf = new Map<number, number>([[0, 0]]);
    for (let i = 0; i < owners.length; i++) {
      const id = owners[i]!;
      let online = onlineOf.get(id);
      if (online === undefined) {
        let handle = this.byId(id) ?? null;
        while (handle !== null && !handle.online) handle = handle.parent;
        online = handle?.id ?? 0;
        onlineOf.set(id, online);
      }
      owners[i] = online;
    }
  }
}
