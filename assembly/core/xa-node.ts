// xa-node: the nodes of an XArray, what stands in their slots, and the nodes promised for breaking up runs.
//
//   entry   ········00 0: nothing     ·······x1 value: owner << 1 | 1     ········10 internal, by size:
//           below 256 a sibling, slot << 2 | 2: "see that slot" │ XA_RETRY: "this node has gone" │ a node's address | 2
//
// A run of order o is a value at shift o - o % 6 with 2^(o % 6) - 1 siblings behind it.  Breaking it up makes its siblings
// values; breaking up one slot puts a node of 64 values in its place.
//
// CONTEXT     Writers, who hold the ledger lock.  Who reads beside them: see owner/xarray, whose letters stand here.
import { XA_MARKS, XA_RETRY, XaNode } from "../abi";
import { ceilDiv } from "../prim/bits";
import { retire } from "./grace-period";
import { core } from "./region";
import { poolGet } from "./slab";
import { SHIFT, SLOT_MASK, SLOTS } from "./tree-walk";

/** Internal entries below this are siblings. */
const SIBLING_END: u32 = 256;

export abstract class Entry {
  @inline static isNode(entry: u32): bool {
    return (entry & 3) == 2 && entry > XA_RETRY;
  }
  @inline static isSibling(entry: u32): bool {
    return (entry & 3) == 2 && entry < SIBLING_END;
  }
  @inline static isValue(entry: u32): bool {
    return (entry & 1) != 0;
  }
  @inline static siblingOf(slot: u32): u32 {
    return (slot << 2) | 2;
  }
  @inline static node(entry: u32): XaNode {
    return changetype<XaNode>(<usize>(entry & ~3));
  }
  @inline static of(node: XaNode): u32 {
    return <u32>changetype<usize>(node) | 2;
  }
}

export function slotOf(node: XaNode, pfn: u32): u32 {
  return (pfn >> <u32>node.shift) & SLOT_MASK;
}

/** Whether the node, a root, reaches `pfn`. */
export function reaches(node: XaNode, pfn: u32): bool {
  return pfn >> <u32>node.shift < SLOTS;
}

/** The slot whose entry speaks for `slot`: its run's first. */
export function headSlot(node: XaNode, slot: u32): u32 {
  const entry = node.slotsAt(slot);
  return Entry.isSibling(entry) ? entry >> 2 : slot;
}

/** Behind the last slot of the run that begins at `head`. */
export function runEnd(node: XaNode, head: u32): u32 {
  let end = head + 1;
  while (end < SLOTS && node.slotsAt(end) == Entry.siblingOf(head)) end++;
  return end;
}

/** Nodes that breaking up a value of one slot at `shift` down to pages takes: 0, 1, 65, 4161 … */
export function nodesBelow(shift: u32): u32 {
  let nodes: u32 = 0;
  for (let s = shift; s; s -= SHIFT) nodes = nodes * SLOTS + 1;
  return nodes;
}

function setPromised(nodes: u32): void {
  const c = core();
  c.xarrayPromised = nodes;
  c.arenaPromised = ceilDiv(nodes, c.nodePoolAt(0).perSlab); // Y5
}

/** Writes a slot and keeps the node's counts (Y1) and the promise (Y5).  `value`: a value, or a sibling of one. */
export function setSlot(node: XaNode, slot: u32, entry: u32, value: bool): void {
  const old = node.slotsAt(slot);
  const wasValue = old != 0 && !Entry.isNode(old);
  node.slotsSet(slot, entry);
  node.count += <u8>((entry != 0 ? 1 : 0) - (old != 0 ? 1 : 0));
  node.nrValues += <u8>((value ? 1 : 0) - (wasValue ? 1 : 0));
  if (node.shift && value != wasValue) {
    const nodes = nodesBelow(node.shift);
    setPromised(core().xarrayPromised + (value ? nodes : 0 - nodes));
  }
}

/** An empty node; `parent`: the entry above, 0 = it is the root. */
export function newNode(parent: u32, shift: u32, offset: u32): XaNode {
  const node = changetype<XaNode>(poolGet(core().nodePoolAt(0)));
  node.parent = parent & ~3;
  node.shift = <u8>shift;
  node.offset = <u8>offset;
  return node;
}

/** Retires a node that nothing leads to any more, and all below it; who is in one of them starts again (Yw4). */
export function retireAll(node: XaNode): void {
  let promised: u32 = 0;
  for (let slot: u32 = 0; slot < SLOTS; slot++) {
    const entry = node.slotsAt(slot);
    if (!entry || entry == XA_RETRY) continue;
    node.slotsSet(slot, XA_RETRY);
    if (Entry.isNode(entry)) retireAll(Entry.node(entry));
    else promised += nodesBelow(node.shift);
  }
  if (promised) setPromised(core().xarrayPromised - promised);
  retire(changetype<usize>(node));
}

/** Slots with mark `mark`, a bit each. */
export function marksOf(node: XaNode, mark: u32): u64 {
  return <u64>node.marksAt(2 * mark) | ((<u64>node.marksAt(2 * mark + 1)) << 32);
}

/** Whether the slots from `head` on are one value and its siblings (Y4); answers how many, 0 = not so. */
function runLength(node: XaNode, head: u32): u32 {
  const slots = runEnd(node, head) - head;
  return (slots & (slots - 1)) == 0 && (head & (slots - 1)) == 0 && slots < SLOTS ? slots : 0;
}

/** 0, or what is wrong in or below a node, as the design's check says. */
export function faultBelow(node: XaNode, parent: u32, shift: u32, offset: u32): u32 {
  if (node.parent != parent || <u32>node.shift != shift || <u32>node.offset != offset) return 2;
  let count: u32 = 0;
  let values: u32 = 0;
  let slots: u32 = 1;
  /** Slots that may have a mark. */
  let heads: u64 = 0;
  for (let slot: u32 = 0; slot < SLOTS; slot += slots) {
    const entry = node.slotsAt(slot);
    slots = 1;
    if (!entry) continue;
    heads |= (<u64>1) << slot;
    if (Entry.isNode(entry)) {
      if (shift == 0) return 2;
      const child = Entry.node(entry);
      const fault = faultBelow(child, <u32>changetype<usize>(node), shift - SHIFT, slot);
      if (fault) return fault;
      for (let mark: u32 = 0; mark < XA_MARKS; mark++)
        if ((marksOf(child, mark) != 0) != (((marksOf(node, mark) >> slot) & 1) != 0)) return 7;
    } else {
      slots = Entry.isValue(entry) ? runLength(node, slot) : 0;
      if (!slots) return 4;
      values += slots;
    }
    count += slots;
  }
  for (let mark: u32 = 0; mark < XA_MARKS; mark++) if (marksOf(node, mark) & ~heads) return 7;
  return count && <u32>node.count == count && <u32>node.nrValues == values ? 0 : 1;
}

/** Nodes in and below a node; with `broken`, those as well that breaking up its values would take. */
export function nodesIn(node: XaNode, broken: bool): u32 {
  let nodes: u32 = 1;
  for (let slot: u32 = 0; slot < SLOTS; slot++) {
    const entry = node.slotsAt(slot);
    if (Entry.isNode(entry)) nodes += nodesIn(Entry.node(entry), broken);
    else if (entry && broken) nodes += nodesBelow(node.shift);
  }
  return nodes;
}

/**
 * Whether the bottom node of `pfn` is there, and stays whatever goes of `nrPages` pages in it: neither empty, nor a root with
 * slot 0 alone.  What is retired is not had again before setOwners.
 */
export function keepsLeaf(pfn: u32, nrPages: u32): bool {
  let entry = core().xarrayHead;
  if (!Entry.isNode(entry) || !reaches(Entry.node(entry), pfn)) return false;
  while (Entry.isNode(entry)) {
    const node = Entry.node(entry);
    if (!node.shift) return <u32>node.count > nrPages + 1;
    entry = node.slotsAt(slotOf(node, pfn));
  }
  return false;
}
