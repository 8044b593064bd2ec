/**
 * image-check-xarray: the tree of a restored image's xarray: its nodes, runs, promises and marks.
 */
import { Core as CoreRecord, Retired, XA_MARKS, XA_RETRY, XaNode } from "../abi.js";
import {
  type ArenaCheck,
  LEVELS_MAX,
  must,
  OWNER_MAX,
  objectsPerSlab,
  SHIFT,
  SLOTS,
} from "./image-check-arena.js";
import { walkRetired } from "./image-check-rcu.js";

const isNode = (entry: number) => (entry & 3) === 2 && entry > XA_RETRY;

/** Nodes that breaking up a value of one slot at `shift` takes. */
const nodesBelow = (shift: number): number => (shift === 0 ? 0 : 1 + SLOTS * nodesBelow(shift - SHIFT));

const isValue = (entry: number) => (entry & 1) === 1 && entry >>> 1 > 0 && entry >>> 1 <= OWNER_MAX;

const ASTRAY = "a mark leads astray";

/** Marks of a node's slot, a bit each. */
function marksOf(arena: ArenaCheck, ptr: number, slot: number): number {
  let marks = 0;
  for (let mark = 0; mark < XA_MARKS; mark++) {
    const word = arena.word(ptr + XaNode.marks + 8 * mark + 4 * (slot >>> 5));
    marks |= ((word >>> (slot & 31)) & 1) << mark;
  }
  return marks;
}

/** Number of nodes, those that wait included. */
export function walkXarray(arena: ArenaCheck): number {
  const head = arena.core.coreWord(CoreRecord.xarrayHead);
  const waiting = walkRetired(arena, XaNode.rcuNext - Retired.next);
  const sums = { nodes: 0, promised: 0 };
  const marks = arena.core.coreHalf(CoreRecord.xarrayMarks);
  if (isNode(head)) {
    const shift = arena.core.u32.length > head >>> 2 ? arena.word(head - 2) & 0xff : NaN;
    must(shift % SHIFT === 0 && shift < LEVELS_MAX * SHIFT, "the tree is too tall");
    const below = walkNode(arena, head - 2, { parent: 0, shift, offset: 0 }, 0, sums);
    must(marks === below, ASTRAY);
  } else {
    must(head === 0 || isValue(head), "the head is impossible");
    must(marks < (head === 0 ? 1 : 1 << XA_MARKS), ASTRAY);
  }
  const perSlab = objectsPerSlab(XaNode.sizeBytes);
  must(sums.promised === arena.core.coreWord(CoreRecord.xarrayPromised), "the promised nodes are wrong");
  must(
    Math.ceil(sums.promised / perSlab) === arena.core.coreWord(CoreRecord.arenaPromised),
    "the promised slabs are wrong",
  );
  return sums.nodes + waiting;
}

/** A run from slot `head`, if there is one, ends before `end`: a power of two of slots, aligned to it.  Answers that none is open. */
function checkedRun(head: number, end: number): -1 {
  const slots = end - head;
  must(
    head < 0 || ((slots & (slots - 1)) === 0 && head % slots === 0 && slots < SLOTS),
    "a run is no aligned power of two",
  );
  return -1;
}

/** Answers the marks of all in and below a node, a bit each. */
function walkNode(
  arena: ArenaCheck,
  ptr: number,
  place: { readonly parent: number; readonly shift: number; readonly offset: number },
  firstPfn: number,
  sums: { nodes: number; promised: number },
): number {
  arena.reach(ptr);
  sums.nodes++;
  const { parent, shift, offset } = place;
  const slotPages = 2 ** shift;
  let head = -1;
  let count = 0;
  let values = 0;
  let all = 0;
  for (let slot = 0; slot < SLOTS; slot++) {
    const entry = arena.word(ptr + XaNode.slots + slot * 4);
    const marks = marksOf(arena, ptr, slot);
    all |= marks;
    const isSibling = head >= 0 && entry === ((head << 2) | 2);
    if (!isSibling) head = checkedRun(head, slot);
    if (entry === 0) {
      must(marks === 0, ASTRAY);
      continue;
    }
    count++;
    const pfn = firstPfn + slot * slotPages;
    must(pfn < arena.core.nrFrames, "the tree reaches beyond the last frame");
    if (isNode(entry)) {
      must(shift > 0, "the tree has a node below its pages");
      const place = { parent: ptr, shift: shift - SHIFT, offset: slot };
      must(walkNode(arena, entry - 2, place, pfn, sums) === marks, ASTRAY);
      continue;
    }
    values++;
    sums.promised += nodesBelow(shift);
    must(pfn + slotPages <= arena.core.nrFrames, "a run reaches beyond the last frame");
    if ((entry & 1) === 1) {
      must(isValue(entry), "the tree has an impossible owner");
      head = slot;
    } else {
      must(isSibling, "a sibling leads astray");
      must(marks === 0, ASTRAY);
    }
  }
  checkedRun(head, SLOTS);
  const [first, above] = [arena.word(ptr), arena.word(ptr + XaNode.parent)];
  must(
    count > 0 && first === shift + offset * 2 ** 8 + count * 2 ** 16 + values * 2 ** 24,
    "a node counts wrong",
  );
  must(above === parent, "a node hangs elsewhere");
  return all;
}
