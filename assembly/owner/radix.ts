// radix: a radix tree keyed by pfn, 64 ways, six bits of the pfn per level.
//
//   Core.radixRoot, radixHeight 2       pfn = 1029 = 16·64 + 5
//        │
//        ▼  RadixNode, 276 bytes
//       │ count │ slot 0 … slot 16 … slot 63 │ tags │
//                           │
//                           ▼
//                          │ count │ slot 0 … slot 5 … slot 63 │ tags │     a bottom slot holds the owner id
//
// Height h reaches pfn 64^h - 1.  At height 0 the root pointer is itself the owner of pfn 0.  A taller tree stacks
// new roots whose slot 0 is the old one; a root left with slot 0 alone gives way to what is in it.
//
// INVARIANTS  X1  count is the number of slots that are not 0, and no node has count 0.
//             X2  No root has slot 0 alone: the height is the least that reaches the highest owned pfn.
//             X3  The pool holds exactly the nodes of the tree.
//             X4  The height is 5 at most: frames of 16 bytes below 4 GiB keep every pfn below 64^5.
// CONTEXT     setOwners follows a prepare of its range: nodes cannot run out half way.
// COST        2 + height loads per lookup (root, height, a slot per level; 5 levels reach 2^30 pages).  4.3 bytes per
//             page where owned pages lie dense, up to 276 and a part of the path where each lies alone; nothing
//             for memory that nobody owns.
// AFTER       the radix tree of Linux 2.6.18 that Lameter proposed in 2006; nodes come 14 to a slab.
import { Design, RADIX_NODE_BYTES, RadixNode, SLAB_BYTES } from "../abi";
import { core } from "../core/region";
import { poolGet, poolInit, poolPut, poolReserve } from "../core/slab";
import { heightFor, SHIFT, SLOT_MASK, SLOTS, TreeWalk } from "../core/tree-walk";

function nodeOf(ptr: u32): RadixNode {
  return changetype<RadixNode>(<usize>ptr);
}

function newNode(): u32 {
  return <u32>poolGet(core().nodePoolAt(0));
}

/** The node `level` levels above the bottom on the way to `pfn`, which the tree's height reaches; 0 = none. */
function nodeAbove(pfn: u32, level: u32): u32 {
  const c = core();
  let ptr = c.radixRoot;
  for (let at = c.radixHeight - 1; ptr && at > level; at--) {
    ptr = nodeOf(ptr).slotsAt((pfn >> (at * SHIFT)) & SLOT_MASK);
  }
  return ptr;
}

/** How many nodes setOwners(first … last) would have to add. */
function missingNodes(first: u32, last: u32): u32 {
  const c = core();
  const height = c.radixRoot ? c.radixHeight : 0;
  const newHeight = max(height, heightFor(last));
  // A tree that is not empty grows by stacking roots, each the first node of its level.
  const stacked = c.radixRoot != 0;
  let missing = stacked ? newHeight - height : 0;
  for (let level: u32 = 0; level < newHeight; level++) {
    const shift = (level + 1) * SHIFT;
    for (let number = first >> shift; number <= last >> shift; number++) {
      if (level >= height) {
        if (!stacked || number) missing++;
      } else if (number >> ((height - 1 - level) * SHIFT) || !nodeAbove(number << shift, level)) {
        missing++;
      }
    }
  }
  return missing;
}

/** Makes the tree reach `last`. */
function extend(last: u32): void {
  const c = core();
  const height = heightFor(last);
  if (!c.radixRoot) {
    c.radixHeight = height;
    return;
  }
  while (c.radixHeight < height) {
    const ptr = newNode();
    nodeOf(ptr).slotsSet(0, c.radixRoot);
    nodeOf(ptr).count = 1;
    c.radixRoot = ptr;
    c.radixHeight += 1;
  }
}

/** The bottom node that holds `pfn`, with the path to it built. */
function bottomFor(pfn: u32): RadixNode {
  const c = core();
  if (!c.radixRoot) c.radixRoot = newNode();
  let node = nodeOf(c.radixRoot);
  for (let level = c.radixHeight - 1; level > 0; level--) {
    const slot = (pfn >> (level * SHIFT)) & SLOT_MASK;
    let ptr = node.slotsAt(slot);
    if (!ptr) {
      ptr = newNode();
      node.slotsSet(slot, ptr);
      node.count += 1;
    }
    node = nodeOf(ptr);
  }
  return node;
}

/** Takes the empty bottom node of `pfn` out of the tree, and each node above that this leaves empty (X1). */
function pruneAbove(pfn: u32): void {
  const c = core();
  const pool = c.nodePoolAt(0);
  for (let level: u32 = 0; level < c.radixHeight; level++) {
    const ptr = nodeAbove(pfn, level);
    if (nodeOf(ptr).count) return;
    poolPut(pool, ptr);
    if (level + 1 == c.radixHeight) {
      c.radixRoot = 0;
      c.radixHeight = 0;
      return;
    }
    const parent = nodeOf(nodeAbove(pfn, level + 1));
    parent.slotsSet((pfn >> ((level + 1) * SHIFT)) & SLOT_MASK, 0);
    parent.count -= 1;
  }
}

/** Lowers the tree while its root has nothing but slot 0 (X2). */
function shrink(): void {
  const c = core();
  while (c.radixHeight > 0) {
    const root = nodeOf(c.radixRoot);
    const only = root.slotsAt(0);
    if (root.count != 1 || !only) return;
    root.slotsSet(0, 0);
    root.count = 0;
    poolPut(c.nodePoolAt(0), c.radixRoot);
    c.radixRoot = only;
    c.radixHeight -= 1;
  }
}

/** Adds `delta` to every node pointer in and below `ptr`, whose own address is the new one already. */
function relocateBelow(ptr: u32, level: u32, delta: u32): void {
  if (level == 0) return;
  for (let slot: u32 = 0; slot < SLOTS; slot++) {
    const child = nodeOf(ptr).slotsAt(slot);
    if (!child) continue;
    nodeOf(ptr).slotsSet(slot, child + delta);
    relocateBelow(child + delta, level - 1, delta);
  }
}

/** Number of nodes in and below `ptr`; stops at the first node whose count is wrong and says 0. */
function checkedNodes(ptr: u32, level: u32): u32 {
  let nodes: u32 = 1;
  let used: u32 = 0;
  for (let slot: u32 = 0; slot < SLOTS; slot++) {
    const child = nodeOf(ptr).slotsAt(slot);
    if (!child) continue;
    used++;
    if (level == 0) continue;
    const below = checkedNodes(child, level - 1);
    if (!below) return 0;
    nodes += below;
  }
  return used && used == nodeOf(ptr).count ? nodes : 0;
}

export abstract class RadixLookup {
  static readonly DESIGN: u32 = Design.RADIX;
  static readonly NEEDS_RECORDS: bool = false;
  static readonly COUNTS: bool = false;
  static readonly CHUNKS: bool = true;
  static readonly OVERLAYS: bool = false;
  static readonly LOCK_FREE_READS: bool = false;
  static readonly SEQUENCED: bool = false;
  static readonly RETIRES: bool = false;
  static readonly RETIRED_AT: u32 = 0;
  static readonly LOCKLESS: bool = false;
  static readonly MARKS: u32 = 0;

  @inline static sizeBytes(nrFrames: u32): u64 {
    return 0;
  }

  static init(): void {
    poolInit(core().nodePoolAt(0), RADIX_NODE_BYTES);
  }

  @inline static base(): usize {
    return <usize>core().radixRoot;
  }

  @inline static ownerFrom(base: usize, pfn: u32): u32 {
    let height = core().radixHeight;
    let slot = <u32>base;
    if (pfn >> (height * SHIFT)) return 0;
    while (height > 0) {
      if (slot == 0) return 0;
      height--;
      slot = nodeOf(slot).slotsAt((pfn >> (height * SHIFT)) & SLOT_MASK);
    }
    return slot;
  }

  @inline static ownerOf(pfn: u32): u32 {
    return RadixLookup.ownerFrom(RadixLookup.base(), pfn);
  }

  @inline static ownersOfChunk(base: usize, pfns: usize, out: usize): void {
    TreeWalk.ownersOfChunk<RadixNode>(base, core().radixHeight, pfns, out);
  }

  static prepare(pfn: u32, nrPages: u32): bool {
    const c = core();
    const last = pfn + nrPages - 1;
    // Mostly the bottom node is there and holds the whole range.
    if (
      c.radixHeight &&
      !(last >> (c.radixHeight * SHIFT)) &&
      pfn >> SHIFT == last >> SHIFT &&
      nodeAbove(pfn, 0)
    )
      return true;
    return poolReserve(c.nodePoolAt(0), missingNodes(pfn, last));
  }

  static setOwners(pfn: u32, nrPages: u32, memcgId: u32): void {
    const c = core();
    const end = pfn + nrPages;
    extend(end - 1);
    if (c.radixHeight == 0) {
      c.radixRoot = memcgId;
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
    if (c.radixHeight == 0) {
      c.radixRoot = 0;
      return;
    }
    while (pfn < end) {
      const first = pfn;
      const node = nodeOf(nodeAbove(pfn, 0));
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

  static relocate(delta: u32): void {
    const c = core();
    if (delta == 0 || c.radixHeight == 0 || !c.radixRoot) return;
    c.radixRoot += delta;
    relocateBelow(c.radixRoot, c.radixHeight - 1, delta);
  }

  /** 1 = a wrong count (X1), 2 = a tree too tall (X2), 3 = nodes lost or counted twice (X3). */
  static check(): u32 {
    const c = core();
    const nrObjects = c.nodePoolAt(0).nrObjects;
    if (c.radixHeight == 0) return nrObjects ? 3 : 0;
    if (!c.radixRoot) return 2;
    const nodes = checkedNodes(c.radixRoot, c.radixHeight - 1);
    if (!nodes) return 1;
    const root = nodeOf(c.radixRoot);
    if (root.count == 1 && root.slotsAt(0)) return 2;
    return nodes == nrObjects ? 0 : 3;
  }
}
