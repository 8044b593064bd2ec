// xarray: an XArray keyed by pfn, in which an aligned run of 2^order pages of one owner is one entry, with readers that
// take no lock.
//
//   Core.xarrayHead ──► XaNode, 300 bytes, shift 6: a slot is 64 pages
//                      │ shift offset count nrValues │ parent │ … │ slot 0 │ 1 │ … │ 8 │ 9 … 15 │ … 63 │ marks │
//                                                                   │          │     └ siblings: "see slot 8"
//                                              XaNode, shift 0 ◄────┘          └ value: the owner of pfn 512 … 1023
//
// Entries and nodes are in core/xa-node, marks in core/xa-marks.  Owners are per page here: who changes a part of a run breaks
// it up first, its siblings into values of their own, and where less than one slot changes, that slot into a node of 64
// values.  The kernel may fail there and leave the run whole; clearOwners may not, so the nodes for it are promised when the
// run is stored.  Runs grow together only when one setOwners covers an aligned range.
//
// Of the original but unused: the back pointer to the array (its place counts broken runs), zero entries (nothing is reserved
// here), the list of nodes.
//
// INVARIANTS  Y1  count and nrValues agree with the slots, and no node has count 0.
//             Y2  shift, offset and parent say where a node hangs; the root has parent 0.  shift never changes while the
//                 node is in use: readers know it by the address that led to it (Yw1).
//             Y3  No root has slot 0 alone, unless that is a value above shift 0; a value for pfn 0 alone is the head.
//             Y4  A sibling points down to a value in its own node; between them are siblings of the same value, and
//                 value and siblings are a power of two of slots, aligned to it.
//             Y5  xarrayPromised is what breaking up every value above shift 0 would take.  So many nodes can be got
//                 without asking: poolReserve counts them, arenaPromised keeps them when frames are added.
//             Y6  The pool holds exactly the nodes of the tree and those retired.
//             Y7  Marks: see core/xa-marks.
// ORDERING    Letters as in grace-period.  A reader sees for each page an owner that it has, or had since the reader began.
//             Yr1 breaks · Yr2 the slot: a sibling · Yr3 the value that it names · Yr4 breaks again, as they were.
//             Yw1  A node is complete, its 64 values and shift included, before its address is stored in slot or head.
//             Yw2  A run is broken up sibling by sibling, each the value itself; then breaks goes on; only then may the
//                  first slot change.  So with Yr4 no run was broken up from Yr1 on.  And none before Yr1 has left the
//                  sibling of Yr2: that belongs to a run stored since, first slot first (Yw3), whose value Yr3 found.
//             Yw3  A run is stored from its first slot up: siblings point to what is there.
//             Yw4  A node is unlinked, then each entry in it becomes XA_RETRY, then it is retired.  Who meets XA_RETRY
//                  starts again from the head, and finds what took the node's place.
// CONTEXT     setOwners follows a prepare of its range.
//             While nobody has the lock, batches read plainly: core/sequence.
// COST        2 loads and 2 per level (shift and slot), 1 more at a sibling, in shared memory 4 and a call; an owned 2 MiB
//             run ends a level early.  5.0 bytes per page where small folios lie dense, 0.08 where all are of order 9 or
//             more (300 bytes per 64 slots, 13 nodes to a slab); an order 9 run saves 8 nodes, 2400 bytes here and 4608 on
//             64 bits.  A reader starts again, or looks at a sibling again, only where a writer has got further.
// AFTER       Wilcox's XArray of Linux 4.20, multi-index entries as the page cache uses them since 5.17.  Its users look again
//             at what a sibling led them to; an owner says nothing of itself, hence breaks.
import { Design, Retired, SLAB_BYTES, XA_MARKS, XA_NODE_BYTES, XA_RETRY, XaNode } from "../abi";
import { linger, lingerLong } from "../core/agent";
import { gracePeriodInit, reserveObjects, retiredFault } from "../core/grace-period";
import { core } from "../core/region";
import { poolHas, poolInit } from "../core/slab";
import { SHIFT, SLOT_MASK, SLOTS } from "../core/tree-walk";
import {
  clearAllMarks,
  clearMark,
  markChild,
  markNewRoot,
  markParts,
  markStored,
  nextMark,
  setMark,
} from "../core/xa-marks";
import {
  Entry,
  faultBelow,
  headSlot,
  keepsLeaf,
  marksOf,
  newNode,
  nodesIn,
  reaches,
  retireAll,
  runEnd,
  setSlot,
  slotOf,
} from "../core/xa-node";
import { ceilDiv } from "../prim/bits";
import { LOOKUP_CHUNK } from "../prim/config";
import { Mutation } from "../prim/torture";

/** Levels that 32 bits of pfn can have. */
const LEVELS_MAX: u32 = 6;

/** More nodes than setOwners(first … last) can take, promises for what it stores included. */
function nodesMost(first: u32, last: u32): u32 {
  let nodes = LEVELS_MAX; // roots stacked above
  for (let level: u32 = 1; level <= LEVELS_MAX; level++) {
    const shift = min(level * SHIFT, 31);
    nodes += (last >> shift) - (first >> shift) + 1;
  }
  return nodes;
}

/** Gives each slot of the run that covers `slot` the value itself, so that they can differ (Yw2). */
function breakRun(node: XaNode, slot: u32): void {
  const head = headSlot(node, slot);
  const end = runEnd(node, head);
  if (end == head + 1) return;
  if (core().xarrayMarks) markParts(node, head, end);
  const value = node.slotsAt(head);
  for (let s = head + 1; s < end; s++) node.slotsSet(s, value);
  if (MUTATE != Mutation.BREAK_NOT_COUNTED) node.breaks += 1;
}

/** The node below a slot.  A value there becomes a node of 64 equal ones; an empty slot gets an empty node. */
function childOf(node: XaNode, slot: u32): XaNode {
  const entry = node.slotsAt(slot);
  if (Entry.isNode(entry)) return Entry.node(entry);
  if (entry) breakRun(node, slot);
  const value = node.slotsAt(slot);
  const child = newNode(Entry.of(node), <u32>node.shift - SHIFT, slot);
  if (value) {
    for (let s: u32 = 0; s < SLOTS; s++) setSlot(child, s, value, true);
    if (core().xarrayMarks) markChild(node, slot, child);
  }
  setSlot(node, slot, Entry.of(child), false); // Yw1; what it had promised are this node and what its values promise
  return child;
}

/** Puts a node above the head. */
function stack(shift: u32): void {
  const c = core();
  const head = c.xarrayHead;
  const root = newNode(0, shift, 0);
  if (MUTATE == Mutation.NODE_EARLY) {
    c.xarrayHead = Entry.of(root);
    lingerLong();
  }
  setSlot(root, 0, head, Entry.isValue(head));
  markNewRoot(root);
  if (Entry.isNode(head)) Entry.node(head).parent = <u32>changetype<usize>(root);
  c.xarrayHead = Entry.of(root); // Yw1
}

/** Makes the head a node that reaches `last` and whose shift is `least` or more. */
function extend(last: u32, least: u32): XaNode {
  const c = core();
  if (!c.xarrayHead) {
    let shift = least;
    while (last >> shift >= SLOTS) shift += SHIFT;
    c.xarrayHead = Entry.of(newNode(0, shift, 0));
  }
  if (Entry.isValue(c.xarrayHead)) stack(0);
  while (!reaches(Entry.node(c.xarrayHead), last) || <u32>Entry.node(c.xarrayHead).shift < least)
    stack(<u32>Entry.node(c.xarrayHead).shift + SHIFT);
  return Entry.node(c.xarrayHead);
}

/** Takes empty nodes out, from `node` upwards, then lowers the tree while its root has slot 0 alone (Y1, Y3). */
function trim(node: XaNode): void {
  const c = core();
  while (!node.count) {
    const gone = node;
    if (!gone.parent) {
      c.xarrayHead = 0;
      retireAll(gone);
      return;
    }
    node = changetype<XaNode>(<usize>gone.parent);
    setSlot(node, gone.offset, 0, false);
    retireAll(gone);
  }
  while (Entry.isNode(c.xarrayHead)) {
    const root = Entry.node(c.xarrayHead);
    const only = root.slotsAt(0);
    const isNode = Entry.isNode(only);
    if (root.count != 1 || !only || (!isNode && root.shift)) return;
    if (isNode) Entry.node(only).parent = 0;
    c.xarrayHead = only;
    root.slotsSet(0, XA_RETRY); // so that retireAll leaves the new head alone
    retireAll(root);
  }
}

/** Stores `entry`, a value or 0, for the aligned run of 2^order pages at `pfn`. */
function storeRun(pfn: u32, order: u32, entry: u32): void {
  const c = core();
  const shift = order - (order % SHIFT);
  const head = c.xarrayHead;
  if (pfn == 0 && order == 0 && !Entry.isNode(head)) {
    c.xarrayHead = entry;
    if (!entry) clearAllMarks();
    return;
  }
  if (!entry && Entry.isNode(head) && <u32>Entry.node(head).shift < shift) {
    // The run is larger than the tree, so nothing is left; to clear must not need a node.
    c.xarrayHead = 0;
    clearAllMarks();
    retireAll(Entry.node(head));
    return;
  }
  let node = extend(pfn + ((<u32>1) << order) - 1, shift);
  while (<u32>node.shift > shift) node = childOf(node, slotOf(node, pfn));
  const first = slotOf(node, pfn);
  const end = first + ((<u32>1) << (order - shift));
  for (let slot = first; slot < end; slot++) {
    const old = node.slotsAt(slot);
    if (old && !Entry.isNode(old)) breakRun(node, slot);
    setSlot(node, slot, entry && slot != first ? Entry.siblingOf(first) : entry, entry != 0); // Yw3
    if (Entry.isNode(old)) retireAll(Entry.node(old));
  }
  if (c.xarrayMarks) markStored(node, first, end, entry != 0);
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
    relocateBelow(Entry.node(entry + delta), delta);
  }
}

/**
 * The owner of a page whose entry in `node` was a sibling, or has gone: by turns until nobody has broken up runs of that
 * node meanwhile.
 */
function ownerBeside(node: XaNode, slot: u32, pfn: u32): u32 {
  while (true) {
    const breaks = node.breaks; // Yr1
    let entry = node.slotsAt(slot); // Yr2
    if (Entry.isSibling(entry)) {
      if (TORTURE) linger();
      if (MUTATE == Mutation.BREAK_NOT_COUNTED) lingerLong(); // late enough for the first slot to be another's
      entry = node.slotsAt(entry >> 2); // Yr3
      if (entry != XA_RETRY) {
        if (node.breaks == breaks) return entry >> 1; // Yr4
        continue;
      }
    }
    if (entry == XA_RETRY) {
      if (MUTATE == Mutation.RETRY_IS_NOTHING) return 0;
      entry = core().xarrayHead;
      if (!Entry.isNode(entry)) return pfn ? 0 : entry >> 1;
      if (!reaches(Entry.node(entry), pfn)) return 0;
    }
    if (!Entry.isNode(entry)) return entry >> 1; // a value, or nothing
    node = Entry.node(entry);
    slot = slotOf(node, pfn);
  }
}

export abstract class XarrayLookup {
  static readonly DESIGN: u32 = Design.XARRAY;
  static readonly NEEDS_RECORDS: bool = false;
  static readonly COUNTS: bool = false;
  static readonly CHUNKS: bool = false;
  static readonly OVERLAYS: bool = false;
  static readonly LOCK_FREE_READS: bool = true;
  static readonly SEQUENCED: bool = SHARED != 0;
  static readonly RETIRES: bool = true;
  static readonly RETIRED_AT: u32 = <u32>(offsetof<XaNode>("_rcuNext") - offsetof<Retired>("_next"));
  static readonly LOCKLESS: bool = false;
  static readonly MARKS: u32 = XA_MARKS;

  @inline static sizeBytes(nrFrames: u32): u64 {
    return 0;
  }

  static init(): void {
    poolInit(core().nodePoolAt(0), XA_NODE_BYTES);
    gracePeriodInit();
  }

  @inline static base(): usize {
    return <usize>core().xarrayHead;
  }

  @inline static ownerFrom(base: usize, pfn: u32): u32 {
    let entry = <u32>base;
    if (!Entry.isNode(entry)) return pfn ? 0 : entry >> 1;
    let node = Entry.node(entry);
    let slot = pfn >> <u32>node.shift;
    if (slot >= SLOTS) return 0;
    while (true) {
      if (TORTURE) linger();
      entry = node.slotsAt(slot);
      if ((entry & 3) != 2) return entry >> 1; // a value, or nothing
      if (entry <= XA_RETRY) return SHARED ? ownerBeside(node, slot, pfn) : node.slotsAt(entry >> 2) >> 1; // Y4
      node = Entry.node(entry);
      slot = (pfn >> <u32>node.shift) & SLOT_MASK;
    }
  }

  @inline private static plainSlot(node: usize, slot: u32): u32 {
    return load<u32>(node + (slot << 2), offsetof<XaNode>());
  }

  /** The same by plain loads.  Beside a writer it may find XA_RETRY, and read some slot of a node that has gone: that is thrown away. */
  @inline private static plainOwner(base: usize, pfn: u32): u32 {
    let entry = <u32>base;
    if (!Entry.isNode(entry)) return pfn ? 0 : entry >> 1;
    let node = changetype<usize>(Entry.node(entry));
    let slot = pfn >> load<u8>(node, offsetof<XaNode>("_shift"));
    if (slot >= SLOTS) return 0;
    while (true) {
      entry = XarrayLookup.plainSlot(node, slot);
      if ((entry & 3) != 2) return entry >> 1;
      if (entry <= XA_RETRY) return XarrayLookup.plainSlot(node, (entry >> 2) & SLOT_MASK) >> 1; // Y4
      node = changetype<usize>(Entry.node(entry));
      slot = (pfn >> load<u8>(node, offsetof<XaNode>("_shift"))) & SLOT_MASK;
    }
  }

  /** From the head as it is now: `base` is older than the sequence, and may have gone. */
  static plainOwnersOfChunk(base: usize, pfns: usize, out: usize): void {
    const head = XarrayLookup.base();
    for (const end = out + LOOKUP_CHUNK * 2; out < end; out += 8, pfns += 16) {
      store<u16>(out, <u16>XarrayLookup.plainOwner(head, load<u32>(pfns, 0)), 0);
      store<u16>(out, <u16>XarrayLookup.plainOwner(head, load<u32>(pfns, 4)), 2);
      store<u16>(out, <u16>XarrayLookup.plainOwner(head, load<u32>(pfns, 8)), 4);
      store<u16>(out, <u16>XarrayLookup.plainOwner(head, load<u32>(pfns, 12)), 6);
    }
  }

  @inline static ownerOf(pfn: u32): u32 {
    return XarrayLookup.ownerFrom(XarrayLookup.base(), pfn);
  }

  static prepare(pfn: u32, nrPages: u32): bool {
    const last = pfn + nrPages - 1;
    // Mostly the bottom node is there and holds the whole range.
    if (nrPages < SLOTS && pfn >> SHIFT == last >> SHIFT && keepsLeaf(pfn, nrPages)) return true;
    return reserveObjects(core().xarrayPromised + nodesMost(pfn, last));
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
    relocateBelow(Entry.node(c.xarrayHead), delta);
  }

  @inline static setMark(pfn: u32, mark: u32): void {
    setMark(pfn, mark);
  }

  @inline static clearMark(pfn: u32, mark: u32): void {
    clearMark(pfn, mark);
  }

  @inline static nextMark(pfn: u32, mark: u32): u32 {
    return nextMark(pfn, mark);
  }

  /**
   * 1 = a wrong count (Y1), 2 = a node out of place (Y2), 3 = a tree too tall (Y3), 4 = siblings (Y4), 5 = promises (Y5),
   * 6 = nodes (Y6), 7 = marks (Y7), 8 = the retired (Q1, Q2).
   */
  static check(): u32 {
    const c = core();
    const pool = c.nodePoolAt(0);
    const live = pool.nrObjects - c.nrRetired;
    const head = c.xarrayHead;
    if (retiredFault()) return 8;
    if (!Entry.isNode(head)) {
      if (head ? !Entry.isValue(head) : c.xarrayMarks != 0) return head ? 3 : 7;
      return live ? 6 : c.xarrayPromised ? 5 : 0;
    }
    const root = Entry.node(head);
    const fault = faultBelow(root, 0, root.shift, 0);
    if (fault) return fault;
    for (let mark: u32 = 0; mark < XA_MARKS; mark++)
      if ((marksOf(root, mark) != 0) != (((c.xarrayMarks >> <u16>mark) & 1) != 0)) return 7;
    const only = root.slotsAt(0);
    if (root.count == 1 && only && (Entry.isNode(only) || !root.shift)) return 3;
    const nodes = nodesIn(root, false);
    if (nodes != live) return 6;
    if (nodesIn(root, true) - nodes != c.xarrayPromised) return 5;
    return c.arenaPromised == ceilDiv(c.xarrayPromised, pool.perSlab) && poolHas(pool, c.xarrayPromised)
      ? 0
      : 5;
  }
}
