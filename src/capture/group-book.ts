/**
 * group-book: which control groups a trace speaks of, and which container of the ledger stands for each.
 *
 * A group is known by the inode of its directory: the `id` of cgroup events, the `memcg_id` of memcg events, the
 * number in /proc/kpagecgroup.  Groups come from cgroup_mkdir, or existed before the trace began: then they are in
 * groups.tsv, or an event names them by id and path.  A machine with cgroup v1 has several hierarchies whose ids
 * overlap; only the hierarchy of the memory controller counts.
 */
import { MAX_CONTAINERS } from "./limits.js";

export interface Group {
  /** Container id in the ledger. */
  readonly id: number;
  readonly inode: number;
  readonly path: string;
  /** Container id of the parent, 0 where the parent is outside the capture. */
  readonly parent: number;
  online: boolean;
  /** False where the group was there before the trace: its counts do not start at zero. */
  readonly madeInTrace: boolean;
}

export interface GroupSink {
  create(group: Group): void;
  remove(group: Group): void;
  /** Ids of containers that hold nothing any more and may be given out again. */
  reclaimIds(): readonly number[];
  /** Makes the error that refuses the present line. */
  refuse(reason: string): Error;
}

/** Deepest tree that is taken: every charge walks it up, and a trace is untrusted. */
export const DEPTH_MAX = 128;

/** `hierarchy` is the `root=` number of cgroup events; undefined in formats that do not print it. */
export interface GroupEvent {
  readonly hierarchy: number | undefined;
  readonly inode: number;
  readonly path: string;
}

export class GroupBook {
  readonly #byInode = new Map<number, Group>();
  readonly #byPath = new Map<string, Group>();
  readonly #byId: (Group | undefined)[] = [];
  readonly #listed: ReadonlyMap<number, string>;
  readonly #listedByPath = new Map<string, number>();
  readonly #sink: GroupSink;
  /** Online children of each container. */
  readonly #children = new Uint32Array(MAX_CONTAINERS);
  #hierarchy: number | undefined;
  #nextId = 1;
  #freeIds: number[] = [];
  /** cgroup events of other hierarchies, left aside. */
  foreignEvents = 0;

  /** `listed`: inode → path, as groups.tsv gives them; empty where only a trace is at hand. */
  constructor(listed: ReadonlyMap<number, string>, sink: GroupSink) {
    this.#listed = listed;
    this.#sink = sink;
    for (const [inode, path] of listed) this.#listedByPath.set(path, inode);
  }

  /** Container id of a memcg, 0 where it is outside the capture. */
  idOf(inode: number): number {
    const group = this.#byInode.get(inode);
    if (group !== undefined) return group.id;
    const path = this.#listed.get(inode);
    return path === undefined ? 0 : this.#add(inode, path, false).id;
  }

  byInode(inode: number): Group | undefined {
    return this.#byInode.get(inode);
  }
  byId(id: number): Group | undefined {
    return this.#byId[id];
  }
  /** Every group met so far, removed ones included, in order of creation. */
  all(): Group[] {
    return this.#byId.filter((g): g is Group => g !== undefined);
  }
  /** The latest group of that path. */
  byPath(path: string): Group | undefined {
    return this.#byPath.get(path);
  }

  mkdir(event: GroupEvent): void {
    if (!this.#isMemory(event)) return;
    // The inode may have named a group before: that one is gone, its frames stay with its container.
    this.#add(event.inode, event.path, true);
  }

  rmdir(event: GroupEvent): void {
    if (!this.#isMemory(event)) return;
    const id = this.idOf(event.inode);
    const group = this.#byId[id];
    if (group !== undefined) this.#remove(group);
  }

  /** Container id that a task enters; a group not met before is taken to be older than the trace. */
  attach(event: GroupEvent): number | undefined {
    if (!this.#isMemory(event)) return undefined;
    const id = this.idOf(event.inode);
    if (id !== 0 || this.#listed.size > 0) return id;
    return event.path === "/" ? 0 : this.#add(event.inode, event.path, false).id;
  }

  /** Adds the groups of groups.tsv that no event named, so that a report shows them (empty). */
  addRemaining(): void {
    for (const inode of this.#listed.keys()) this.idOf(inode);
  }

  #isMemory(event: GroupEvent): boolean {
    if (event.hierarchy === undefined) return true;
    if (this.#hierarchy === undefined && this.#belongs(event)) this.#hierarchy = event.hierarchy;
    if (this.#hierarchy === event.hierarchy) return true;
    this.foreignEvents++;
    return false;
  }

  /** Does this event's hierarchy look like the one the capture was made in? */
  #belongs(event: GroupEvent): boolean {
    if (this.#listed.size === 0 || this.#listed.get(event.inode) === event.path) return true;
    for (let path = parentPath(event.path); path !== ""; path = parentPath(path))
      if (this.#listedByPath.has(path)) return true;
    return false;
  }

  #add(inode: number, path: string, madeInTrace: boolean): Group {
    if (path.split("/", DEPTH_MAX + 2).length > DEPTH_MAX + 1)
      throw this.#sink.refuse(`a group deeper than ${DEPTH_MAX} levels`);
    const above = parentPath(path);
    let parent = this.#byPath.get(above);
    if (parent === undefined || !parent.online) {
      const listed = this.#listedByPath.get(above);
      const known = listed === undefined ? undefined : this.#byInode.get(listed);
      if (known !== undefined) parent = known;
      else if (listed !== undefined) parent = this.#add(listed, above, false);
    }
    // A parent that is gone was made again, and the event of that was lost: the nearest one left stands for it.
    while (parent !== undefined && !parent.online) parent = this.#byId[parent.parent];
    const group: Group = {
      id: this.#takeId(),
      inode,
      path,
      parent: parent?.id ?? 0,
      online: true,
      madeInTrace,
    };
    this.#byInode.set(inode, group);
    this.#byPath.set(path, group);
    this.#byId[group.id] = group;
    this.#children[group.id] = 0;
    this.#children[group.parent]!++;
    this.#sink.create(group);
    return group;
  }

  #remove(group: Group): void {
    if (!group.online) return;
    // rmdir takes empty directories only: a child still here means that its own event was lost.
    if (this.#children[group.id]! > 0)
      for (const child of this.#byId) if (child?.parent === group.id && child.online) this.#remove(child);
    this.#sink.remove(group);
    group.online = false;
    this.#children[group.parent]!--;
  }

  #takeId(): number {
    if (this.#nextId < MAX_CONTAINERS) return this.#nextId++;
    if (this.#freeIds.length === 0) this.#freeIds = [...this.#sink.reclaimIds()];
    const id = this.#freeIds.pop();
    if (id === undefined)
      throw this.#sink.refuse(`more than ${MAX_CONTAINERS - 1} groups hold memory at once`);
    const old = this.#byId[id];
    if (old !== undefined) {
      if (this.#byInode.get(old.inode) === old) this.#byInode.delete(old.inode);
      if (this.#byPath.get(old.path) === old) this.#byPath.delete(old.path);
    }
    return id;
  }
}

/** "/a/b" → "/a"; "/a" → "". */
function parentPath(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "" : path.slice(0, slash);
}
