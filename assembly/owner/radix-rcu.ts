// radix-rcu: the radix tree keyed by pfn, with readers that take no lock and writers that never pull a node from under
// them.
//
//   Core.radixRcuRoot: one word says all          pfn = 1029 = 16·64 + 5
//        │
//        ├─ owner << 1 | 1: of pfn 0, alone
//        ▼
//       │ count │ height 2 │ rcu head │ slot 0 … slot 16 … slot 63 │ tags │     RadixRcuNode, 288 bytes
//                                               │
//                                               ▼
//                                              │ count │ height 1 │ rcu head │ slot 0 … slot 5 … slot 63 │ tags │
//
// The height stands in the node, not beside the root: whoever took the root before the tree grew or shrank descends as
// many levels as lie below that node, whatever the tree has become.  An unlinked node keeps its slots until it is freed,
// so an old root still leads down (in a shrunk tree by slot 0).  Such a reader sees for each page an owner that it has,
// or had since the reader began, never another page's.
//
// INVARIANTS  X1  count is the number of slots that are not 0, and no node has count 0.
//             X2  No root has slot 0 alone: the height is the least that reaches the highest owned pfn.
//             X3  The pool holds exactly the nodes of the tree and those retired.
//             X4  height is 1 at the bottom, one more each level up, 5 at most; it never changes while a node is in use.
// ORDERING    Letters as in grace-period.  Rr reader: root, height, slot by slot, each pointer followed by one load; in batches
//             the bottom slot by a plain one, behind the atomic load of its node's address.
//             Rw1  A node is complete (height, and slot 0 in a new root) before its address is stored in root or slot:
//                  whoever follows it (Rr) finds a node, at worst an empty one.
//             Rw2  To shrink: the new root stored, then the old one retired with its slot 0 in place.  To delete: slot
//                  or root zeroed, then the node retired.  A reader that followed the old word (Rr) is waited for.
//             count is the writer's own; readers never look at it.
// CONTEXT     setOwners follows a prepare of its range: nodes cannot run out half way, though what clearOwners retires
//             in between is not to be had again before a quiescent state.
// COST        2 + height loads per lookup (root, height, a slot per level), as many as without RCU.  4.5 bytes per page
//             where owned pages lie dense; nodes wait for a grace period besides, see there.
// AFTER       the lockless radix tree of Linux 2.6.20: height and rcu_head in the node, 276 → 288 bytes on 32 bits; both
//             come 14 to a slab.
import { Design, RADIX_RCU_NODE_BYTES, RadixRcuNode, SLAB_BYTES } from "../abi";
import { linger, lingerLong } from "../core/agent";
import { gracePeriodInit, reserveObjects, retire, retiredFault } from "../core/grace-period";
import { core } from "../core/region";
import { poolGet, poolInit } from "../core/slab";
import { heightFor, SHIFT, SLOT_MASK, SLOTS, TreeWalk } from "../core/tree-walk";
import { LOOKUP_CHUNK } from "../prim/config";
import { Mutation } from "../prim/torture";

/** Whether the root word is an owner, that of pfn 0, or nothing. */
function isDirect(root: u32): bool {
  return root == 0 || (root & 1) != 0;
}

function nodeOf(ptr: u32): RadixRcuNode {
  return changetype<RadixRcuNode>(<usize>ptr);
}

function slotOf(pfn: u32, height: u32): u32 {
  return (pfn >> ((height - 1) * SHIFT)) & SLOT_MASK;
}

/** Levels of the tree now. */
function treeHeight(): u32 {
  const root = core().radixRcuRoot;
  return isDirect(root) ? 0 : nodeOf(root).height;
}

function newNode(height: u32): u32 {
  const ptr = <u32>poolGet(core().nodePoolAt(0));
  nodeOf(ptr).height = height;
  return ptr;
}

/** The node of `height` on the way to `pfn`, which the tree reaches; 0 = none. */
function nodeAt(pfn: u32, height: u32): u32 {
  let ptr = core().radixRcuRoot;
  for (let at = nodeOf(ptr).height; ptr && at > height; at--) ptr = nodeOf(ptr).slotsAt(slotOf(pfn, at));
  return ptr;
}

/** Makes the tree, which is not empty, reach `last`: each new root has the old one in slot 0. */
function extend(last: u32): void {
  const c = core();
  const height = heightFor(last);
  let root = c.radixRcuRoot;
  for (let at = treeHeight() + 1; at <= height; at++) {
    const ptr = newNode(at);
    if (MUTATE == Mutation.NODE_EARLY) {
      c.radixRcuRoot = ptr;
      lingerLong();
    }
    nodeOf(ptr).slotsSet(0, at == 1 ? root >> 1 : root);
    nodeOf(ptr).count = 1;
    c.radixRcuRoot = ptr; // Rw1
    root = ptr;
  }
}

/** The bottom node that holds `pfn`, with the path to it built from the top. */
function bottomFor(pfn: u32): RadixRcuNode {
  let node = nodeOf(core().radixRcuRoot);
  for (let height = node.height; height > 1; height--) {
    const slot = slotOf(pfn, height);
    let ptr = node.slotsAt(slot);
    if (!ptr) {
      ptr = newNode(height - 1);
      node.count += 1;
      node.slotsSet(slot, ptr); // Rw1
    }
    node = nodeOf(ptr);
    if (DEBUG) assert(node.height == height - 1); // X4
  }
  return node;
}

/** Takes the empty bottom node of `pfn` out of the tree, and each node above that this leaves empty (X1). */
function pruneAbove(pfn: u32): void {
  const c = core();
  const top = treeHeight();
  for (let height: u32 = 1; height <= top; height++) {
    const ptr = nodeAt(pfn, height);
    if (nodeOf(ptr).count) return;
    if (height == top) {
      c.radixRcuRoot = 0; // Rw2
    } else {
      const parent = nodeOf(nodeAt(pfn, height + 1));
      parent.slotsSet(slotOf(pfn, height + 1), 0); // Rw2
      parent.count -= 1;
    }
    retire(<usize>ptr);
  }
}

/** Lowers the tree while its root has nothing but slot 0 (X2). */
function shrink(): void {
  const c = core();
  while (!isDirect(c.radixRcuRoot)) {
    const ptr = c.radixRcuRoot;
    const root = nodeOf(ptr);
    const only = root.slotsAt(0);
    if (root.count != 1 || !only) return;
    c.radixRcuRoot = root.height == 1 ? (only << 1) | 1 : only; // Rw2: slot 0 stays
    retire(<usize>ptr);
  }
}

/** Adds `delta` to every node pointer in and below `ptr`, whose own address is the new one already. */
function relocateBelow(ptr: u32, delta: u32): void {
  if (nodeOf(ptr).height == 1) return;
  for (let slot: u32 = 0; slot < SLOTS; slot++) {
    const child = nodeOf(ptr).slotsAt(slot);
    if (!child) continue;
    nodeOf(ptr).slotsSet(slot, child + delta);
    relocateBelow(child + delta, delta);
  }
}

/** Number of nodes in and below `ptr`; stops at the first node whose count or height is wrong and says 0. */
function checkedNodes(ptr: u32, height: u32): u32 {
  const node = nodeOf(ptr);
  let nodes: u32 = 1;
  let used: u32 = 0;
  for (let slot: u32 = 0; slot < SLOTS; slot++) {
    const child = node.slotsAt(slot);
    if (!child) continue;
    used++;
    if (height == 1) continue;
    const below = checkedNodes(child, height - 1);
    if (!below) return 0;
    nodes += below;
  }
  return used && used == node.count && node.height == height ? nodes : 0;
}

/**
 * Nodes that setOwners(first … last) can take, whatever clearOwners of these pages has retired before: all that stand
 * over the range, and the roots stacked over pfn 0.
 */
function nodesMost(first: u32, last: u32): u32 {
  const height = max(treeHeight(), heightFor(last));
  let nodes: u32 = height;
  for (let level: u32 = 1; level <= height; level++) {
    nodes += (last >> (level * SHIFT)) - (first >> (level * SHIFT)) + 1;
  }
  return nodes;
}

export abstract class RadixRcuLookup {
  static readonly DESIGN: u32 = Design.RADIX_RCU;
  static readonly OVERLAYS: bool = false;
  static readonly LOCK_FREE_READS: bool = true;
  static readonly SEQUENCED: bool = false;
  static readonly RETIRES: bool = true;
  static readonly RETIRED_AT: u32 = 0;
  static readonly LOCKLESS: bool = false;
  static readonly MARKS: u32 = 0;
  static readonly NEEDS_RECORDS: bool = false;
  static readonly COUNTS: bool = false;
  static readonly CHUNKS: bool = true;

  @inline static sizeBytes(nrFrames: u32): u64 {
    return 0;
  }

  static init(): void {
    poolInit(core().nodePoolAt(0), RADIX_RCU_NODE_BYTES);
    gracePeriodInit();
  }

  @inline static base(): usize {
    return <usize>core().radixRcuRoot;
  }

  @inline static ownerFrom(base: usize, pfn: u32): u32 {
    let slot = <u32>base;
    if (isDirect(slot)) return pfn ? 0 : slot >> 1;
    let height = nodeOf(slot).height;
    if (pfn >> (height * SHIFT)) return 0;
    while (height > 0) {
      if (slot == 0) return 0;
      height--;
      if (TORTURE) linger();
      slot = nodeOf(slot).slotsAt((pfn >> (height * SHIFT)) & SLOT_MASK);
    }
    return slot;
  }

  @inline static ownerOf(pfn: u32): u32 {
    return RadixRcuLookup.ownerFrom(RadixRcuLookup.base(), pfn);
  }

  @inline static ownersOfChunk(base: usize, pfns: usize, out: usize): void {
    if (isDirect(<u32>base)) {
      const end = out + LOOKUP_CHUNK * 2;
      for (; out < end; out += 2, pfns += 4)
        store<u16>(out, <u16>RadixRcuLookup.ownerFrom(base, load<u32>(pfns)));
      return;
    }
    TreeWalk.ownersOfChunk<RadixRcuNode>(base, nodeOf(<u32>base).height, pfns, out);
  }

  static prepare(pfn: u32, nrPages: u32): bool {
    return reserveObjects(nodesMost(pfn, pfn + nrPages - 1));
  }

  static setOwners(pfn: u32, nrPages: u32, memcgId: u32): void {
    const c = core();
    const end = pfn + nrPages;
    const height = heightFor(end - 1);
    if (c.radixRcuRoot) {
      extend(end - 1);
    } else if (height) {
      c.radixRcuRoot = newNode(height); // Rw1: an empty tree chooses its height
    }
    if (isDirect(c.radixRcuRoot)) {
      c.radixRcuRoot = (memcgId << 1) | 1;
      return;
    }
    while (pfn < end) {
      const node = bottomFor(pfn);
      const runEnd = min(end, (pfn | SLOT_MASK) + 1);
      for (; pfn < runEnd; pfn++) {
        if (!node.slotsAt(pfn & SLOT_MASK)) node.count += 1;
        node.slotsSet(pfn & SLOT_MASK, memcgId);
      }
    }
  }

  static clearOwners(pfn: u32, nrPages: u32): void {
    const c = core();
    const end = pfn + nrPages;
    if (isDirect(c.radixRcuRoot)) {
      c.radixRcuRoot = 0;
      return;
    }
    while (pfn < end) {
      const first = pfn;
      const node = nodeOf(nodeAt(pfn, 1));
      const runEnd = min(end, (pfn | SLOT_MASK) + 1);
      for (; pfn < runEnd; pfn++) node.slotsSet(pfn & SLOT_MASK, 0);
      node.count -= runEnd - first;
      if (!node.count) pruneAbove(first);
    }
    shrink();
  }

  static usedBytes(): u32 {
    return core().nodePoolAt(0).nrSlabs * SLAB_BYTES;
  }

  /** Retired nodes keep slots that are void now, and nobody holds one of them (grow's CONTEXT). */
  static relocate(delta: u32): void {
    const c = core();
    if (delta == 0 || isDirect(c.radixRcuRoot)) return;
    c.radixRcuRoot += delta;
    relocateBelow(c.radixRcuRoot, delta);
  }

  /** 1 = a wrong count or height (X1, X4), 2 = a tree too tall (X2), 3 = nodes lost or counted twice (X3), 4 = the retired (Q1, Q2). */
  static check(): u32 {
    const c = core();
    if (retiredFault()) return 4;
    const live = c.nodePoolAt(0).nrObjects - c.nrRetired;
    if (isDirect(c.radixRcuRoot)) return live ? 3 : 0;
    const nodes = checkedNodes(c.radixRcuRoot, treeHeight());
    if (!nodes) return 1;
    const root = nodeOf(c.radixRcuRoot);
    if (root.count == 1 && root.slotsAt(0)) return 2;
    return nodes == live ? 0 : 3;
  }
}
