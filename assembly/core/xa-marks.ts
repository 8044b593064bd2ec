// xa-marks: three marks that an entry of the XArray can have, and the way to the next page that has one.
//
//   Core.xarrayMarks   │ 0 1 0 │            bit m: an entry has mark m
//   XaNode.marks                            mark 1, a bit per slot:
//     shift 6          │ 0 … 1 … 0 │        below a node: one of its slots has it
//     shift 0          │ 0 1 1 … 0 │        at a value: all its pages have it
//
// The ledger itself sets none: they are for who looks pages up by what has to be done with them, as the page cache finds
// what is dirty, under write-back, or to be written.  A mark belongs to an entry: to set it for one page of a run sets it for all
// of them, also where the folio that the run was stored for has been split since.  Who breaks a run up leaves it with each
// part; who stores one value over several entries leaves it if one of them had it; who clears the owner clears it.
//
// INVARIANTS  Y7  A slot with a node has a mark exactly if one of the node's slots has; of a run only the first slot has it.
//                 xarrayMarks has it exactly if the root has, or the head, where that is a value.
// CONTEXT     The ledger lock, also to read: no lookup looks at marks.
// COST        A store without any mark in the tree: one load.  To set or clear: a walk down, and up as far as words change.
//             To find: a walk down for each node passed, 64 slots at a time.
// AFTER       the marks of Wilcox's XArray, Linux 4.20, as tags (two, later three) in the radix tree since 2.5.70.
import { XA_MARKS, XaNode } from "../abi";
import { core } from "./region";
import { SHIFT, SLOT_MASK, SLOTS } from "./tree-walk";
import { Entry, headSlot, marksOf, reaches, slotOf } from "./xa-node";

/** No page has the mark. */
const NOT_FOUND: u32 = u32.MAX_VALUE;

function bit(slot: u32): u64 {
  return (<u64>1) << slot;
}

/** Slots from `first` up to `end`, a bit each; `end` lies behind `first`. */
function bitsBetween(first: u32, end: u32): u64 {
  return (u64.MAX_VALUE >> (64 - (end - first))) << first;
}

function setMarks(node: XaNode, mark: u32, bits: u64): void {
  node.marksSet(2 * mark, <u32>bits);
  node.marksSet(2 * mark + 1, <u32>(bits >> 32));
}

function setRootMark(mark: u32): void {
  core().xarrayMarks |= <u16>((<u32>1) << mark);
}

function clearRootMark(mark: u32): void {
  core().xarrayMarks &= <u16>~((<u32>1) << mark);
}

/** A node's last slot with the mark has lost it: so does the node's own slot above, and so on up. */
function clearAbove(node: XaNode, mark: u32): void {
  while (node.parent) {
    const offset: u32 = node.offset;
    node = changetype<XaNode>(<usize>node.parent);
    const bits = marksOf(node, mark) & ~bit(offset);
    setMarks(node, mark, bits);
    if (bits) return;
  }
  clearRootMark(mark);
}

/** The tree is empty. */
export function clearAllMarks(): void {
  core().xarrayMarks = 0;
}

/** A root was put above the head: what that had, its slot 0 has. */
export function markNewRoot(root: XaNode): void {
  const marks: u32 = core().xarrayMarks;
  for (let mark: u32 = 0; mark < XA_MARKS; mark++) if ((marks >> mark) & 1) setMarks(root, mark, 1);
}

/** The run from `head` up to `end` is broken up: what its first slot has, each of them has. */
export function markParts(node: XaNode, head: u32, end: u32): void {
  for (let mark: u32 = 0; mark < XA_MARKS; mark++) {
    const bits = marksOf(node, mark);
    if (bits & bit(head)) setMarks(node, mark, bits | bitsBetween(head, end));
  }
}

/** A slot's value went down into `child`, all of it. */
export function markChild(node: XaNode, slot: u32, child: XaNode): void {
  for (let mark: u32 = 0; mark < XA_MARKS; mark++)
    if (marksOf(node, mark) & bit(slot)) setMarks(child, mark, u64.MAX_VALUE);
}

/** Slots from `first` up to `end` became one entry, or nothing. */
export function markStored(node: XaNode, first: u32, end: u32, isEntry: bool): void {
  const slots = bitsBetween(first, end);
  for (let mark: u32 = 0; mark < XA_MARKS; mark++) {
    const old = marksOf(node, mark);
    if (!(old & slots)) continue;
    const bits = (old & ~slots) | (isEntry ? bit(first) : 0);
    setMarks(node, mark, bits);
    if (!bits) clearAbove(node, mark);
  }
}

/** The node with the entry of `pfn`, null = it has none, or the head is the entry. */
function nodeFor(pfn: u32): XaNode | null {
  const head = core().xarrayHead;
  if (!Entry.isNode(head) || !reaches(Entry.node(head), pfn)) return null;
  let node = Entry.node(head);
  while (true) {
    const entry = node.slotsAt(slotOf(node, pfn));
    if (!entry) return null;
    if (!Entry.isNode(entry)) return node;
    node = Entry.node(entry);
  }
}

/** Gives the entry of a page that has an owner a mark. */
export function setMark(pfn: u32, mark: u32): void {
  let node = nodeFor(pfn);
  if (node) {
    let slot = headSlot(node, slotOf(node, pfn));
    while (node) {
      const bits = marksOf(node, mark);
      if (bits & bit(slot)) return;
      setMarks(node, mark, bits | bit(slot));
      slot = node.offset;
      node = changetype<XaNode | null>(<usize>node.parent);
    }
  }
  setRootMark(mark);
}

/** Takes it from the entry of a page that has an owner. */
export function clearMark(pfn: u32, mark: u32): void {
  const node = nodeFor(pfn);
  if (!node) {
    clearRootMark(mark);
    return;
  }
  const old = marksOf(node, mark);
  const bits = old & ~bit(headSlot(node, slotOf(node, pfn)));
  if (bits == old) return;
  setMarks(node, mark, bits);
  if (!bits) clearAbove(node, mark);
}

/** The first page from `pfn` on whose entry has the mark, or NOT_FOUND. */
export function nextMark(pfn: u32, mark: u32): u32 {
  const c = core();
  if (!((c.xarrayMarks >> <u16>mark) & 1)) return NOT_FOUND;
  if (!Entry.isNode(c.xarrayHead)) return pfn ? NOT_FOUND : 0;
  while (reaches(Entry.node(c.xarrayHead), pfn)) {
    let node = Entry.node(c.xarrayHead);
    let slot = slotOf(node, pfn);
    while (marksOf(node, mark) & bit(headSlot(node, slot))) {
      const entry = node.slotsAt(slot);
      if (!Entry.isNode(entry)) return pfn;
      node = Entry.node(entry);
      slot = slotOf(node, pfn);
    }
    // On to the node's next slot with the mark, or to what comes after the node: from the root again.
    const later = slot < SLOT_MASK ? marksOf(node, mark) & bitsBetween(slot + 1, SLOTS) : 0;
    const above: u32 = <u32>node.shift + SHIFT;
    const first = above < 32 ? (pfn >> above) << above : 0;
    const next = first + ((later ? ctz(later) : <u64>SLOTS) << (<u64>node.shift));
    if (next > u32.MAX_VALUE) return NOT_FOUND;
    pfn = <u32>next;
  }
  return NOT_FOUND;
}
