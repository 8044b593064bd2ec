// xarray: an XArray keyed by pfn, in which an aligned run of 2^order pages of one owner is one entry.
//
//   Core.xarrayHead ──► XaNode, 300 bytes, shift 6: a slot is 64 pages
//                      │ shift offset count nrValues │ parent │ … │ slot 0 │ 1 │ … │ 8 │ 9 … 15 │ … 63 │ marks │
//                                                                   │          │     └ siblings: "see slot 8"
//                                              XaNode, shift 0 ◄────┘          └ value: the owner of pfn 512 … 1023
//
//   entry   ········00 0: nothing     ·······x1 value: owner << 1 | 1     ········10 internal: a node's address | 2,
//                                                                           or below 256 a sibling: slot << 2 | 2
//
// A run of order o is a value at shift o - o % 6 with 2^(o % 6) - 1 siblings behind it; a lookup of any index in it ends
// at the value.  Owners are per page here: who changes a part of a run breaks it up first, its siblings into values of
// their own, and where less than one slot changes, that slot into a node of 64 values.  The kernel may fail there and
// leave the run whole; clearOwners may not, so the nodes for it are promised when the run is stored.  Runs grow together
// only when one setOwners covers an aligned range.
//
// Of the original but unused: three marks (an owner index has nothing to mark); the back pointer to the array, the list
// of nodes and RCU (their bytes are there); retry and zero entries, which only readers beside a writer could meet.
//
// INVARIANTS  Y1  count and nrValues agree with the slots, and no node has count 0.
//             Y2  shift, offset and parent say where a node hangs; the root has parent 0.
//             Y3  No root has slot 0 alone, unless that is a value above shift 0; a value for pfn 0 alone is the head.
//             Y4  A sibling points down to a value in its own node; between them are siblings of the same value, and
//                 value and siblings are a power of two of slots, aligned to it.
//             Y5  xarrayPromised is what breaking up every value above shift 0 would take.  So many nodes can be got
//                 without asking: poolReserve counts them, arenaPromised keeps them when frames are added.
//             Y6  The pool holds exactly the nodes of the tree.
// CONTEXT     setOwners follows a prepare of its range.
// COST        2 loads and 2 per level (shift and slot), 1 more at a sibling; an owned 2 MiB run ends a level early.
//             5.0 bytes per page where small folios lie dense, 0.08 where all are of order 9 or more (300 bytes per 64
//             slots, 13 nodes to a slab); an order 9 run saves 8 nodes, 2400 bytes here and 4608 on 64 bits.
// AFTER       Wilcox's XArray of Linux 4.20, multi-index entries as the page cache uses them since 5.17.
import { Design, SLAB_BYTES, XA_NODE_BYTES, XaNode } from "../abi";
import { core } from "../core/region";
import { poolGet, poolHas, poolInit, poolPut, poolReserve } from "../core/slab";
import { SHIFT, SLOT_MASK, SLOTS } from "../core/tree-walk";
import { ceilDiv } from "../prim/bits";
import { clearBytes } from "../prim/journal";

/** Levels that 32 bits of pfn can have. */
const LEVELS_MAX: u32 = 6;

/** Entries below this with the node's tag are siblings; no node lies that low. */
const SIBLING_END: u32 = 256;

abstract class Entry {
  @inline static isNode(entry: u32): bool {
    return (entry & 3) == 2 && entry >= SIBLING_END;
  }
}

function isSibling(entry: u32): bool {
  return (entry & 3) == 2 && entry < SIBLING_END;
}

function isValue(entry: u32): bool {
  return (entry & 1) != 0;
}

function nodeOf(entry: u32): XaNode {
  return changetype<XaNode>(<usize>(entry & ~3));
}

function entryOf(node: XaNode): u32 {
  return <u32>changetype<usize>(node) | 2;
}

function slotOf(node: XaNode, pfn: u32): u32 {
  return (pfn >> <u32>node.shift) & SLOT_MASK;
}

/** Whether the node, a root, reaches `pfn`. */
function reaches(node: XaNode, pfn: u32): bool {
  return pfn >> <u32>node.shift < SLOTS;
}

/** Nodes that breaking up a value of one slot at `shift` down to pages takes: 0, 1, 65, 4161 … */
function nodesBelow(shift: u32): u32 {
  let nodes: u32 = 0;
  for (let s = shift; s; s -= SHIFT) nodes = nodes * SLOTS + 1;
  return nodes;
}

/** More nodes than setOwners(first … last) can take, promises for what it stores included. */
function nodesMost(first: u32, last: u32): u32 {
  let nodes = LEVELS_MAX; // roots stacked above
  for (let level: u32 = 1; level <= LEVELS_MAX; level++) {
    const shift = min(level * SHIFT, 31);
    nodes += (last >> shift) - (first >> shift) + 1;
  }
  return nodes;
}

function setPromised(nodes: u32): void {
  const c = core();
  c.xarrayPromised = nodes;
  c.arenaPromised = ceilDiv(nodes, c.nodePoolAt(0).perSlab); // Y5
}

/** Writes a slot and keeps the node's counts (Y1) and the promise (Y5).  `value`: a value, or a sibling of one. */
function setSlot(node: XaNode, slot: u32, entry: u32, value: bool): void {
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

function newNode(parent: u32, shift: u32, offset: u32): XaNode {
  const node = changetype<XaNode>(poolGet(core().nodePoolAt(0)));
  node.parent = parent & ~3;
  node.shift = <u8>shift;
  node.offset = <u8>offset;
  return node;
}

function freeNode(node: XaNode): void {
  clearBytes(changetype<usize>(node), XA_NODE_BYTES);
  poolPut(core().nodePoolAt(0), changetype<usize>(node));
}

/** Frees what hangs in a slot, all the way down; the slot itself is the caller's to write. */
function freeBelow(entry: u32): void {
  if (!Entry.isNode(entry)) return;
  const node = nodeOf(entry);
  for (let slot: u32 = 0; slot < SLOTS; slot++) {
    freeBelow(node.slotsAt(slot));
    setSlot(node, slot, 0, false); // takes back what it promised
  }
  freeNode(node);
}

/** Whether the node with the slot of `pfn` alone is there. */
function hasLeaf(pfn: u32): bool {
  let entry = core().xarrayHead;
  if (!Entry.isNode(entry) || !reaches(nodeOf(entry), pfn)) return false;
  while (Entry.isNode(entry)) {
    if (!nodeOf(entry).shift) return true;
    entry = nodeOf(entry).slotsAt(slotOf(nodeOf(entry), pfn));
  }
  return false;
}

/** Gives each slot of the run that covers `slot` the value itself, so that they can differ. */
function breakRun(node: XaNode, slot: u32): void {
  const entry = node.slotsAt(slot);
  const head = isSibling(entry) ? entry >> 2 : slot;
  const value = node.slotsAt(head);
  for (let s = head + 1; s < SLOTS && node.slotsAt(s) == ((head << 2) | 2); s++) node.slotsSet(s, value);
}

/** The node below a slot.  A value there becomes a node of 64 equal ones; an empty slot gets an empty node. */
function childOf(node: XaNode, slot: u32): XaNode {
  const entry = node.slotsAt(slot);
  if (Entry.isNode(entry)) return nodeOf(entry);
  if (entry) breakRun(node, slot);
  const value = node.slotsAt(slot);
  const child = newNode(entryOf(node), <u32>node.shift - SHIFT, slot);
  setSlot(node, slot, entryOf(child), false); // its promise, one node and those below …
  if (value) for (let s: u32 = 0; s < SLOTS; s++) setSlot(child, s, value, true); // … is kept by this node and these
  return child;
}

/** Puts a node above the head. */
function stack(shift: u32): void {
  const c = core();
  const head = c.xarrayHead;
  const root = newNode(0, shift, 0);
  setSlot(root, 0, head, isValue(head));
  if (Entry.isNode(head)) nodeOf(head).parent = <u32>changetype<usize>(root);
  c.xarrayHead = entryOf(root);
}

/** Makes the head a node that reaches `last` and whose shift is `least` or more. */
function extend(last: u32, least: u32): XaNode {
  const c = core();
  if (!c.xarrayHead) {
    let shift = least;
    while (last >> shift >= SLOTS) shift += SHIFT;
    c.xarrayHead = entryOf(newNode(0, shift, 0));
  }
  if (isValue(c.xarrayHead)) stack(0);
  while (!reaches(nodeOf(c.xarrayHead), last) || <u32>nodeOf(c.xarrayHead).shift < least)
    stack(<u32>nodeOf(c.xarrayHead).shift + SHIFT);
  return nodeOf(c.xarrayHead);
}

/** Takes empty nodes out, from `node` upwards, then lowers the tree while its root has slot 0 alone (Y1, Y3). */
function trim(node: XaNode): void {
  const c = core();
  while (!node.count) {
    const parent = node.parent;
    const offset: u32 = node.offset;
    freeNode(node);
    if (!parent) {
      c.xarrayHead = 0;
      return;
    }
    node = nodeOf(parent);
    setSlot(node, offset, 0, false);
  }
  while (Entry.isNode(c.xarrayHead)) {
    const root = nodeOf(c.xarrayHead);
    const only = root.slotsAt(0);
    if (root.count != 1 || !only || (isValue(only) && root.shift)) return;
    setSlot(root, 0, 0, false);
    freeNode(root);
    if (Entry.isNode(only)) nodeOf(only).parent = 0;
    c.xarrayHead = only;
  }
}

/** Stores `entry`, a value or 0, for the aligned run of 2^order pages at `pfn`. */
function storeRun(pfn: u32, order: u32, entry: u32): void {
  const c = core();
  const shift = order - (order % SHIFT);
  if (pfn == 0 && order == 0 && !Entry.isNode(c.xarrayHead)) {
    c.xarrayHead = entry;
    return;
  }
  if (!entry && Entry.isNode(c.xarrayHead) && <u32>nodeOf(c.xarrayHead).shift < shift) {
    // The run is larger than the tree, so nothing is left; to clear must not need a node.
    freeBelow(c.xarrayHead);
    c.xarrayHead = 0;
    return;
  }
  let node = extend(pfn + ((<u32>1) << order) - 1, shift);
  while (<u32>node.shift > shift) node = childOf(node, slotOf(node, pfn));
  const first = slotOf(node, pfn);
  const slots = (<u32>1) << (order - shift);
  for (let slot = first; slot < first + slots; slot++) {
    const old = node.slotsAt(slot);
    if (Entry.isNode(old)) freeBelow(old);
    else if (old) breakRun(node, slot);
    const written = entry && slot != first ? (first << 2) | 2 : entry;
    setSlot(node, slot, written, entry != 0);
  }
  trim(node);
}

/** Stores for any range, in the fewest aligned runs. */
function storeRange(pfn: u32, nrPages: u32, entry: u32): void {
  while (nrPages) {
    const order = min(pfn ? ctz(pfn) : 31, 31 - clz(nrPages));
    storeRun(pfn, order, entry);
    pfn += (<u32>1) << order;
    nrPages -= (<u32>1) << order;
  }
}

/** Adds `delta` to every address in and below `node`, whose own address is the new one already. */
function relocateBelow(node: XaNode, delta: u32): void {
  if (node.parent) node.parent += delta;
  if (node.nrValues == node.count) return;
  for (let slot: u32 = 0; slot < SLOTS; slot++) {
    const entry = node.slotsAt(slot);
    if (!Entry.isNode(entry)) continue;
    node.slotsSet(slot, entry + delta);
    relocateBelow(nodeOf(entry + delta), delta);
  }
}

/** Whether the slots from `head` on are one value and its siblings (Y4); answers how many, 0 = not so. */
function runLength(node: XaNode, head: u32): u32 {
  let end = head + 1;
  while (end < SLOTS && node.slotsAt(end) == ((head << 2) | 2)) end++;
  const slots = end - head;
  return (slots & (slots - 1)) == 0 && (head & (slots - 1)) == 0 && slots < SLOTS ? slots : 0;
}

/** 0, or what is wrong in or below a node, as check() says. */
function faultBelow(node: XaNode, parent: u32, shift: u32, offset: u32): u32 {
  if (node.parent != parent || <u32>node.shift != shift || <u32>node.offset != offset) return 2;
  let count: u32 = 0;
  let values: u32 = 0;
  let slots: u32 = 1;
  for (let slot: u32 = 0; slot < SLOTS; slot += slots) {
    const entry = node.slotsAt(slot);
    slots = 1;
    if (!entry) continue;
    if (Entry.isNode(entry)) {
      if (shift == 0) return 2;
      const fault = faultBelow(nodeOf(entry), <u32>changetype<usize>(node), shift - SHIFT, slot);
      if (fault) return fault;
    } else {
      slots = isValue(entry) ? runLength(node, slot) : 0;
      if (!slots) return 4;
      values += slots;
    }
    count += slots;
  }
  return count && <u32>node.count == count && <u32>node.nrValues == values ? 0 : 1;
}

/** Nodes in and below a node; with `broken`, those as well that breaking up its values would take. */
function nodesIn(node: XaNode, broken: bool): u32 {
  let nodes: u32 = 1;
  for (let slot: u32 = 0; slot < SLOTS; slot++) {
    const entry = node.slotsAt(slot);
    if (Entry.isNode(entry)) nodes += nodesIn(nodeOf(entry), broken);
    else if (entry && broken) nodes += nodesBelow(node.shift);
  }
  return nodes;
}

export abstract class XarrayLookup {
  static readonly DESIGN: u32 = Design.XARRAY;
  static readonly NEEDS_RECORDS: bool = false;
  static readonly COUNTS: bool = false;
  static readonly CHUNKS: bool = false;
  static readonly OVERLAYS: bool = false;
  static readonly LOCK_FREE_READS: bool = false;
  static readonly SEQUENCED: bool = false;
  static readonly RETIRES: bool = false;
  static readonly RETIRED_AT: u32 = 0;
  @inline static sizeBytes(nrFrames: u32): u64 {
    return 0;
  }

  static init(): void {
    poolInit(core().nodePoolAt(0), XA_NODE_BYTES);
  }

  @inline static base(): usize {
    return <usize>core().xarrayHead;
  }

  @inline static ownerFrom(base: usize, pfn: u32): u32 {
    let entry = <u32>base;
    if (!Entry.isNode(entry)) return pfn ? 0 : entry >> 1;
    let node = nodeOf(entry);
    let slot = pfn >> <u32>node.shift;
    if (slot >= SLOTS) return 0;
    while (true) {
      entry = node.slotsAt(slot);
      if ((entry & 3) != 2) return entry >> 1; // a value, or nothing
      if (entry < SIBLING_END) return node.slotsAt(entry >> 2) >> 1; // Y4
      node = nodeOf(entry);
      slot = (pfn >> <u32>node.shift) & SLOT_MASK;
    }
  }

  @inline static ownerOf(pfn: u32): u32 {
    return XarrayLookup.ownerFrom(XarrayLookup.base(), pfn);
  }

  static prepare(pfn: u32, nrPages: u32): bool {
    const c = core();
    const last = pfn + nrPages - 1;
    // Mostly the bottom node is there and holds the whole range.
    if (nrPages < SLOTS && hasLeaf(pfn) && pfn >> SHIFT == last >> SHIFT) return true;
    return poolReserve(c.nodePoolAt(0), c.xarrayPromised + nodesMost(pfn, last));
  }

  static setOwners(pfn: u32, nrPages: u32, memcgId: u32): void {
    storeRange(pfn, nrPages, (memcgId << 1) | 1);
  }

  static clearOwners(pfn: u32, nrPages: u32): void {
    storeRange(pfn, nrPages, 0);
  }

  static usedBytes(): u32 {
    return core().nodePoolAt(0).nrSlabs * SLAB_BYTES;
  }

  static relocate(delta: u32): void {
    const c = core();
    if (delta == 0 || !Entry.isNode(c.xarrayHead)) return;
    c.xarrayHead += delta;
    relocateBelow(nodeOf(c.xarrayHead), delta);
  }

  /** 1 = a wrong count (Y1), 2 = a node out of place (Y2), 3 = a tree too tall (Y3), 4 = siblings (Y4), 5 = promises (Y5), 6 = nodes (Y6). */
  static check(): u32 {
    const c = core();
    const pool = c.nodePoolAt(0);
    const head = c.xarrayHead;
    if (!Entry.isNode(head)) {
      if (head && !isValue(head)) return 3;
      return pool.nrObjects ? 6 : c.xarrayPromised ? 5 : 0;
    }
    const root = nodeOf(head);
    const fault = faultBelow(root, 0, root.shift, 0);
    if (fault) return fault;
    const only = root.slotsAt(0);
    if (root.count == 1 && only && (Entry.isNode(only) || !root.shift)) return 3;
    const nodes = nodesIn(root, false);
    if (nodes != pool.nrObjects) return 6;
    if (nodesIn(root, true) - nodes != c.xarrayPromised) return 5;
    return c.arenaPromised == ceilDiv(c.xarrayPromised, pool.perSlab) && poolHas(pool, c.xarrayPromised)
      ? 0
      : 5;
  }
}
