/**
 * image-check-radix: the radix trees of a restored image, with readers' nodes and without.
 */
import { Core as CoreRecord, RadixNode, RadixRcuNode } from "../abi.js";
import { type ArenaCheck, LEVELS_MAX, must, OWNER_MAX, SHIFT, SLOTS } from "./image-check-arena.js";
import { walkRetired } from "./image-check-rcu.js";

/** Where a kind of node has what the walk reads. */
interface NodeShape {
  readonly count: number;
  readonly slots: number;
  /** Only where the node itself says how high it stands. */
  readonly height?: number;
}

export function walkRadix(arena: ArenaCheck): number {
  const height = arena.core.coreWord(CoreRecord.radixHeight);
  const root = arena.core.coreWord(CoreRecord.radixRoot);
  must(height <= LEVELS_MAX, "the tree is too tall");
  if (height > 0) return walkNode(arena, RadixNode, root, height - 1, 0);
  must(root <= OWNER_MAX, "the tree has an impossible owner");
  return 0;
}

export function walkRadixRcu(arena: ArenaCheck): number {
  const waiting = walkRetired(arena);
  const root = arena.core.coreWord(CoreRecord.radixRcuRoot);
  if (root === 0 || (root & 1) === 1) {
    must(root === 0 || (root >>> 1 > 0 && root >>> 1 <= OWNER_MAX), "the tree has an impossible owner");
    return waiting;
  }
  const height = arena.core.u32.length > root >>> 2 ? arena.word(root + RadixRcuNode.height) : 0;
  must(height > 0 && height <= LEVELS_MAX, "the tree is too tall");
  return waiting + walkNode(arena, RadixRcuNode, root, height - 1, 0);
}

/** Number of nodes in and below one. */
function walkNode(arena: ArenaCheck, shape: NodeShape, ptr: number, level: number, firstPfn: number): number {
  arena.reach(ptr);
  must(shape.height === undefined || arena.word(ptr + shape.height) === level + 1, "a node stands too high");
  const slotPages = 2 ** (SHIFT * level);
  let nodes = 1;
  let used = 0;
  for (let slot = 0; slot < SLOTS; slot++) {
    const entry = arena.word(ptr + shape.slots + slot * 4);
    if (entry === 0) continue;
    used++;
    const pfn = firstPfn + slot * slotPages;
    must(pfn < arena.core.nrFrames, "the tree reaches beyond the last frame");
    if (level > 0) nodes += walkNode(arena, shape, entry, level - 1, pfn);
    else must(entry <= OWNER_MAX, "the tree has an impossible owner");
  }
  must(used > 0 && used === arena.word(ptr + shape.count), "a node counts wrong");
  return nodes;
}
