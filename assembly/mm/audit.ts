// audit: counts everything anew from the frames and compares it with what the ledger says.
//
// The recount goes by the owner design's answers, page by page, and lands in the totals of each container; own
// counters are held against it, then the totals are made again from the own counters, and usage is held against those.
// So an audit leaves totals as containerTotals does.
//
// INVARIANTS  those of frame (F), lru-list (L), container (C), task (T), charge (H), alloc (A) and of the design.
// CONTEXT     No operation is running, and no agent counts.  A list with a cycle ends the walk: prev of each folio must be the one before.
// COST        Reads every frame record and every pid word ever used, and each list twice.
import {
  Check,
  Container,
  ContainerFlag,
  Difference,
  FrameFlag,
  NR_DIFFERENCES,
  NR_LRU_LISTS,
  NR_OWN_COUNTERS,
  PAGE_FRAME_BYTES,
  PageFrame,
} from "../abi";
import { containerTotals, isHeld, isUsed } from "../core/container";
import { folioPages, frameHas, frameType, isBlank, isPageType } from "../core/frame";
import { foldAll, OTHER } from "../core/page-stock";
import { containerAt, core, counterAt, frameAt } from "../core/region";
import { countedPages } from "../core/take-over";
import { containerOfTask } from "../core/task";
import { isAligned } from "../prim/bits";
import { countsAsMapped, headingOf } from "./charge";

/** Numbers of own counters. */
const FIRST_LIST: u32 = 5;
const MAPPED: u32 = 10;
const CHARGED: u32 = 11;

const HEAD_BITS: u32 = FrameFlag.ALLOCATED | FrameFlag.HEAD;
const TAIL_BITS: u32 = FrameFlag.ALLOCATED | FrameFlag.TAIL;

function report(check: u32, containerId: u32, pfn: u32, expected: u32, found: u32): void {
  const c = core();
  const at = c.nrDifferences;
  c.nrDifferences = at + 1;
  if (at >= NR_DIFFERENCES) return;
  const difference: Difference = c.differencesAt(at);
  difference.check = <u16>check;
  difference.containerId = <u16>containerId;
  difference.pfn = pfn;
  difference.expected = expected;
  difference.found = found;
}

function expect(check: u32, containerId: u32, number: u32, expected: u32, found: u32): void {
  if (expected != found) report(check, containerId, number, expected, found);
}

function addTo(owner: Container, counter: u32, nrPages: u32): void {
  owner.totalSet(counter, owner.totalAt(counter) + nrPages);
}

/** A tail holds its flags and order, and what the design keeps there (F3), which the design checks itself. */
function isProperTail(frame: PageFrame, order: u32): bool {
  if ((OwnerLookup.OVERLAYS ? 0 : frame.lruNext) | frame.lruPrev | frame.lru | frame.mapCount) return false;
  return (<u32>frame.flags & ~FrameFlag.WAS_SPLIT) == TAIL_BITS && <u32>frame.order == order;
}

/** Checks the folio at `pfn`, adds it to its owner's recount, and says how many pages to go on by. */
function recountFolio(pfn: u32): u32 {
  const c = core();
  const head = frameAt(pfn);
  const order: u32 = head.order;
  const nrPages = folioPages(head);
  const ownerId = OwnerLookup.ownerOf(pfn);
  const sound = (<u32>head.flags & (HEAD_BITS | TAIL_BITS)) == HEAD_BITS && isPageType(frameType(head));
  if (!sound || !isAligned(pfn, order) || nrPages > c.nrFrames - pfn) {
    report(Check.FRAME, ownerId, pfn, HEAD_BITS, head.flags); // F2
    return 1;
  }
  for (let i: u32 = 1; i < nrPages; i++) {
    if (!isProperTail(frameAt(pfn + i), order))
      report(Check.TAIL, ownerId, pfn + i, order, frameAt(pfn + i).order);
    expect(Check.OWNER, ownerId, pfn + i, ownerId, OwnerLookup.ownerOf(pfn + i)); // H1
  }
  if (frameHas(head, FrameFlag.CHARGED) != (ownerId != 0))
    report(Check.OWNER, ownerId, pfn, head.flags, ownerId); // H1
  if (ownerId == 0) {
    if (head.lru) report(Check.LRU_LINK, 0, pfn, 0, head.lru);
    return nrPages;
  }
  if (!isUsed(ownerId)) {
    report(Check.OWNER_UNUSED, ownerId, pfn, 0, ownerId);
    return nrPages;
  }
  const owner = containerAt(ownerId);
  addTo(owner, headingOf(head), nrPages);
  addTo(owner, CHARGED, nrPages);
  if (countsAsMapped(head)) addTo(owner, MAPPED, nrPages); // H2
  if (<u32>head.lru > NR_LRU_LISTS)
    report(Check.LRU_LINK, ownerId, pfn, NR_LRU_LISTS, head.lru); // L1
  else if (head.lru) addTo(owner, FIRST_LIST + head.lru - 1, nrPages);
  return nrPages;
}

function recountFrames(): void {
  const c = core();
  const nrFrames = c.nrFrames;
  let allocated: u32 = 0;
  for (let pfn: u32 = 0; pfn < nrFrames; ) {
    const frame = changetype<PageFrame>(<usize>(c.framesPtr + pfn * PAGE_FRAME_BYTES));
    if (frame.flags) {
      const nrPages = recountFolio(pfn);
      allocated += nrPages;
      pfn += nrPages;
      continue;
    }
    const ownerId = OwnerLookup.ownerOf(pfn);
    if (ownerId || !isBlank(frame)) report(Check.FREE_FRAME, ownerId, pfn, 0, ownerId); // F1
    pfn++;
  }
  expect(Check.FRAME, 0, nrFrames, allocated, c.allocatedPages); // A1
}

/** Without frame records: pages by their owner, all under the heading of pages without a type. */
function recountPages(): void {
  const nrFrames = core().nrFrames;
  for (let pfn: u32 = 0; pfn < nrFrames; pfn++) {
    const ownerId = OwnerLookup.ownerOf(pfn);
    if (!ownerId) continue;
    if (!isUsed(ownerId)) {
      report(Check.OWNER_UNUSED, ownerId, pfn, 0, ownerId);
      continue;
    }
    addTo(containerAt(ownerId), OTHER, 1);
    addTo(containerAt(ownerId), CHARGED, 1);
  }
}

/** Walks one list; its pages must be those that its container counts, each folio linked both ways (L1 to L4). */
function walkList(id: u32, list: u32): void {
  const ends = containerAt(id).listsAt(list);
  const nrFrames = core().nrFrames;
  let before: u32 = 0;
  let nrPages: u32 = 0;
  for (let link = ends.first; link; ) {
    if (link > nrFrames) {
      report(Check.LRU_LINK, id, link - 1, nrFrames, link);
      return;
    }
    const frame = frameAt(link - 1);
    const ours = <u32>frame.lru == list + 1 && OwnerLookup.ownerOf(link - 1) == id;
    if (!ours || frame.lruPrev != before || !frameHas(frame, FrameFlag.HEAD)) {
      report(Check.LRU_LINK, id, link - 1, before, frame.lruPrev);
      return;
    }
    nrPages += folioPages(frame);
    before = link;
    link = frame.lruNext;
  }
  expect(Check.LRU_LINK, id, list, before, ends.last); // L4
  expect(Check.LRU_PAGES, id, list, nrPages, containerAt(id).ownAt(FIRST_LIST + list)); // L3
}

function checkContainer(id: u32): void {
  const c = containerAt(id);
  const parentId: u32 = c.parentId;
  if (parentId && !isUsed(parentId)) {
    report(Check.TREE, id, 0, 0, parentId);
  } else {
    const parentDepth: u32 = parentId ? containerAt(parentId).depth : 0;
    expect(Check.TREE, id, 1, parentDepth + 1, c.depth); // C3
  }
  const online = (<u32>c.flags & ContainerFlag.ONLINE) != 0;
  if (!online && !isHeld(c)) report(Check.ZOMBIE, id, 0, 1, 0); // C5
  if (!online && c.nrTasks) report(Check.TASKS, id, 0, 0, c.nrTasks); // T2
  for (let i: u32 = 0; i < NR_OWN_COUNTERS; i++) expect(Check.COUNTER, id, i, c.totalAt(i), c.ownAt(i)); // C2
  for (let list: u32 = 0; list < NR_LRU_LISTS; list++) walkList(id, list);
  expect(Check.TASKS, id, 0, c.auditTasks, c.nrTasks); // T1
  expect(Check.CHILDREN, id, 0, c.auditChildren, c.nrChildren);
  expect(Check.ONLINE_CHILDREN, id, 0, c.auditOnlineChildren, c.nrOnlineChildren);
  c.auditTasks = 0;
  c.auditChildren = 0;
  c.auditOnlineChildren = 0;
}

/** Recounts tasks and children into the scratch words. */
function recountTree(): void {
  const c = core();
  for (let pid: u32 = 0; pid < c.pidsEnd; pid++) {
    const id = containerOfTask(pid);
    if (!id) continue;
    if (isUsed(id)) containerAt(id).auditTasks += 1;
    else report(Check.TASKS, id, pid, 0, id);
  }
  for (let id: u32 = 1; id < c.containersEnd; id++) {
    if (!isUsed(id)) continue;
    const child = containerAt(id);
    if (!child.parentId) continue;
    const parent = containerAt(child.parentId);
    parent.auditChildren += 1;
    if (<u32>child.flags & ContainerFlag.ONLINE) parent.auditOnlineChildren += 1;
  }
}

/** Whether each container lies one below its parent, so that no walk up the tree can go on for ever (C3). */
function isTree(): bool {
  const end = core().containersEnd;
  for (let id: u32 = 1; id < end; id++) {
    if (!isUsed(id)) continue;
    const parentId: u32 = containerAt(id).parentId;
    const depth: u32 = parentId && isUsed(parentId) ? containerAt(parentId).depth : 0;
    if (<u32>containerAt(id).depth != depth + 1) return false;
  }
  return true;
}

/** Adds a container's counted pages and stocks to each level, in a scratch word that is 0 by now. */
function addCounted(id: u32): void {
  let nrPages: u32 = containerAt(id).countedPages;
  for (let number: u32 = 0; number < core().nrAgents; number++) {
    const counter = counterAt(number, id);
    nrPages += counter.ownedPages + counter.pageStock;
    if (counter.pageStock > counter.capacity)
      report(Check.COUNTED, id, number, counter.capacity, counter.pageStock); // X5
    if (counter.stock > counter.capacity || counter.stock > counter.ownedPages)
      report(Check.COUNTED, id, number, counter.capacity, counter.stock); // X2
  }
  if (<i32>countedPages(id) < 0) report(Check.COUNTED, id, core().nrAgents, 0, countedPages(id));
  for (let level = id; nrPages && level; level = containerAt(level).parentId)
    containerAt(level).auditTasks += nrPages;
}

function compareUsage(): void {
  containerTotals();
  const end = core().containersEnd;
  for (let id: u32 = 1; id < end; id++) if (containerAt(id).flags) addCounted(id);
  for (let id: u32 = 1; id < end; id++) {
    const container = containerAt(id);
    if (!container.flags) continue;
    expect(Check.USAGE, id, 0, container.totalChargedPages + container.auditTasks, container.usagePages); // C1
    container.auditTasks = 0;
  }
}

/** Compares the whole ledger with a recount.  Answers the number of differences; Core holds the first of them. */
export function audit(): u32 {
  foldAll();
  const c = core();
  c.nrDifferences = 0;
  const end = c.containersEnd;
  for (let id: u32 = 1; id < end; id++) {
    const container = containerAt(id);
    for (let i: u32 = 0; i < NR_OWN_COUNTERS; i++) container.totalSet(i, 0);
    if (SHARED) {
      // An audit may have died on the way, and nobody undoes its scratch.
      container.auditTasks = 0;
      container.auditChildren = 0;
      container.auditOnlineChildren = 0;
    }
  }
  if (c.nrRecords) recountFrames();
  else recountPages();
  recountTree();
  let charged: u32 = 0;
  for (let id: u32 = 1; id < end; id++) {
    if (!isUsed(id)) continue;
    checkContainer(id);
    charged += containerAt(id).chargedPages;
  }
  expect(Check.COUNTER, 0, CHARGED, charged, c.chargedPages);
  // Depths that do not descend may hide a circle, and totals walk up the tree: C3 must hold first.
  if (isTree()) compareUsage();
  const code = OwnerLookup.check();
  if (code) report(Check.INDEX, 0, 0, 0, code);
  return c.nrDifferences;
}
