// container: the tree of containers and what each of them counts.
//
// INVARIANTS  C1  usagePages is charged and counted pages and stocks, of the container and of all below it, offline ones too.
//             C2  chargedPages = anon + file + shmem + kernel + other.
//             C3  depth is the parent's plus one; an online container's parent is online.
//             C4  A record without USED is all zero but for its generation.
//             C5  An offline container has pages, stocks or children: the last to go takes the record along.
// COST        A charge walks up the tree twice: an add and a compare per level, then a compare with the peak.
// AFTER       Linux mm/page_counter.c for the walk; css references for the life of a removed container.
import { CONTAINER_BYTES, Container, ContainerFlag, Err, NR_OWN_COUNTERS } from "../abi";
import { clearBytes, journalCommit } from "../prim/journal";
import { foldAll, foldPages } from "./page-stock";
import { containerAt, core } from "./region";
import { forgetStats } from "./stats";
import { drainLevel, hasDrainedOffline } from "./stock";
import { addUsage, raisePeaks } from "./usage";

/** Whether a container may have this id; 0 is the outside. */
function isId(id: u32): bool {
  return id != 0 && id < core().maxContainers;
}

export function isUsed(id: u32): bool {
  return isId(id) && (<u32>containerAt(id).flags & ContainerFlag.USED) != 0;
}

export function isOnline(id: u32): bool {
  return isId(id) && (<u32>containerAt(id).flags & ContainerFlag.ONLINE) != 0;
}

/** Whether new pages and tasks may enter `id`: OK, or why not. */
export function onlineErr(id: u32): u32 {
  if (isOnline(id)) return Err.OK;
  return isUsed(id) ? Err.OFFLINE : Err.NO_CONTAINER;
}

/** The nearest online container from `id` upwards, 0 = outside: what /proc/kpagecgroup shows. */
export function onlineAncestor(id: u32): u32 {
  while (id && !(<u32>containerAt(id).flags & ContainerFlag.ONLINE)) id = containerAt(id).parentId;
  return id;
}

/** The deepest container above both or equal to both, 0 = only the outside. */
export function commonAncestor(a: u32, b: u32): u32 {
  while (a != b) {
    const depthA = a ? <u32>containerAt(a).depth : 0;
    const depthB = b ? <u32>containerAt(b).depth : 0;
    if (depthA >= depthB) a = containerAt(a).parentId;
    if (depthB >= depthA) b = containerAt(b).parentId;
  }
  return a;
}

/** Counts `nrPages` as charged to `id`, whose levels have room taken for them (takeRoom, addUsage) up to `endId`. */
export function chargePages(id: u32, nrPages: u32, endId: u32): void {
  const c = containerAt(id);
  c.chargedPages += nrPages;
  c.chargeEvents += nrPages;
  raisePeaks(id, endId, true);
}

/** Takes `nrPages` off `id`.  The caller asks releaseIfUnheld once it is done with the record. */
export function unchargePages(id: u32, nrPages: u32, endId: u32): void {
  const c = containerAt(id);
  if (DEBUG) assert(c.chargedPages >= nrPages); // C1
  c.chargedPages -= nrPages;
  c.unchargeEvents += nrPages;
  addUsage(id, -nrPages, endId);
}

/** Holds the record of `id`, as one more child would, while its last page may go before the next comes. */
export function pinContainer(id: u32): void {
  containerAt(id).nrChildren += 1;
}

/** Ends a pin; by now something else holds the record, or it is online. */
export function unpinContainer(id: u32): void {
  containerAt(id).nrChildren -= 1;
}

/** Whether pages, counted ones and stocks, or children hold the record. */
export function isHeld(c: Container): bool {
  return c.usagePages != 0 || c.countedPages != 0 || c.nrChildren != 0;
}

/** Gives up the record of `id` if it is offline and nothing holds it, and likewise those above (C5). */
export function releaseIfUnheld(id: u32): void {
  while (id) {
    const c = containerAt(id);
    if (<u32>c.flags & ContainerFlag.ONLINE || isHeld(c)) return;
    const generation = c.generation + 1;
    const parentId: u32 = c.parentId;
    foldPages(id);
    forgetStats(id);
    // usagePages is 0, and may be 1 for a moment: whoever is just about to find that nobody is here (V1).
    const usage = offsetof<Container>("_usagePages");
    clearBytes(changetype<usize>(c), usage);
    clearBytes(changetype<usize>(c) + usage + 4, CONTAINER_BYTES - <u32>usage - 4);
    c.generation = generation; // C4
    core().nrContainers -= 1;
    core().releasedContainers += 1;
    if (parentId) containerAt(parentId).nrChildren -= 1;
    id = parentId;
  }
}

/** Gives up the records of offline containers that nothing holds, if this agent has drained any.  The caller holds the lock. */
export function releaseIfDrained(): void {
  if (!hasDrainedOffline()) return;
  const end = core().containersEnd;
  for (let id: u32 = 1; id < end; id++) if (isUsed(id)) releaseIfUnheld(id);
}

/** The same between operations, one by one: however many they are, the journal has room.  The caller holds the lock. */
export function releaseLeft(): void {
  if (!hasDrainedOffline()) return;
  const end = core().containersEnd;
  for (let id: u32 = 1; id < end; id++) {
    if (!isUsed(id)) continue;
    releaseIfUnheld(id);
    journalCommit(core().journalPtr);
  }
}

export function containerCreate(id: u32, parentId: u32, maxPages: u32): u32 {
  const c = core();
  if (!isId(id)) return Err.BAD_ARG;
  if (isUsed(id)) return Err.EXISTS;
  const err = parentId ? onlineErr(parentId) : <u32>Err.OK;
  if (err) return err;
  const child = containerAt(id);
  child.parentId = <u16>parentId;
  child.maxPages = maxPages;
  child.depth = 1;
  if (parentId) {
    const parent = containerAt(parentId);
    child.depth = parent.depth + 1; // C3
    parent.nrChildren += 1;
    parent.nrOnlineChildren += 1;
  }
  c.nrContainers += 1;
  if (id >= c.containersEnd) c.containersEnd = id + 1;
  // Last, for hosts that look at records without the lock.
  child.flags = <u16>(ContainerFlag.USED | ContainerFlag.ONLINE);
  return Err.OK;
}

/** Takes `id` offline.  Pages still charged keep the record, and their owner, until they are gone. */
export function containerRemove(id: u32): u32 {
  const err = onlineErr(id);
  if (err) return err;
  const c = containerAt(id);
  if (c.nrOnlineChildren || c.nrTasks) return Err.BUSY; // C3
  c.flags = <u16>ContainerFlag.USED;
  if (c.parentId) containerAt(c.parentId).nrOnlineChildren -= 1;
  // Whoever is asked and drains later releases what it finds unheld.
  if (c.usagePages | c.countedPages) drainLevel(id);
  releaseIfUnheld(id);
  releaseIfDrained();
  return Err.OK;
}

/**
 * A limit below the usage is taken as it is and refuses what comes next, as cgroup v2's memory.max does: stocks below it
 * come back, those of agents that are counting as soon as they call.
 */
export function containerSetMax(id: u32, maxPages: u32): u32 {
  const err = onlineErr(id);
  if (err) return err;
  containerAt(id).maxPages = maxPages;
  if (containerAt(id).usagePages > maxPages) drainLevel(id);
  releaseIfDrained();
  return Err.OK;
}

/** Fills every container's totals: its own counters and those of all below it. */
export function containerTotals(): void {
  foldAll();
  const end = core().containersEnd;
  for (let id: u32 = 1; id < end; id++) {
    const totals = totalsOf(containerAt(id));
    for (let at: usize = 0; at < COUNTERS_BYTES; at += 16) v128.store(totals + at, i64x2(0, 0));
  }
  for (let id: u32 = 1; id < end; id++) {
    const own = containerAt(id);
    if (!own.flags) continue;
    for (let level = id; level; level = containerAt(level).parentId) addTo(containerAt(level), own);
  }
}

/** Bytes of a group of counters: whole vectors of four. */
const COUNTERS_BYTES: usize = NR_OWN_COUNTERS * 4;

function totalsOf(c: Container): usize {
  return changetype<usize>(c) + offsetof<Container>("_totalAnonPages");
}

function addTo(level: Container, own: Container): void {
  const totals = totalsOf(level);
  const owns = changetype<usize>(own) + offsetof<Container>("_anonPages");
  for (let at: usize = 0; at < COUNTERS_BYTES; at += 16) {
    v128.store(totals + at, i32x4.add(v128.load(totals + at), v128.load(owns + at)));
  }
}
