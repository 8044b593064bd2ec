// tree-walk: trees of 64 ways keyed by pfn, six bits a level, and how a batch goes down one: eight walks side by side.
//
//   pfn0 ─ root ─► slot ─► slot │ ─► owner
//    ⋮       ⋮      ⋮  │    ⋮   │     ⋮
//   pfn7 ─ root ─► slot ▼ slot  │ ─► owner     level by level, so that eight misses are under way at once;
//                               │              the last level, of most memory, for up to 64 pages
//
// A walk that has ended goes on at address 0, which reads as a node of empty slots: no level asks a question.
//
// CONTEXT     At height 0 `root` is itself the owner of pfn 0.
// COST        A slot per level and page; for seven pages of eight the bottom node is stored and read once more.
import { LOOKUP_CHUNK } from "../prim/config";
import { linger } from "./agent";

export const SHIFT: u32 = 6;
export const SLOTS: u32 = 64;
export const SLOT_MASK: u32 = 63;

/** A record whose slots hold nodes below it, or owners at the bottom; how a slot is read is the record's own. */
interface Node {
  slotsAt(slot: u32): u32;
}

/** First height that reaches `pfn`. */
export function heightFor(pfn: u32): u32 {
  let height: u32 = 0;
  for (let rest = pfn; rest; rest >>= SHIFT) height++;
  return height;
}

export abstract class TreeWalk {
  /** The tree's top for a walk to `pfn`; 0 if it does not reach that far. */
  @inline private static rootFor(root: usize, pfn: u32, bits: u32): u32 {
    return select<u32>(0, <u32>root, pfn >> bits);
  }

  /** What the node at `ptr`, or at 0, has on the way to `pfn`. */
  @inline private static slotBelow<N extends Node>(ptr: u32, pfn: u32, shift: u32): u32 {
    return changetype<N>(<usize>ptr).slotsAt((pfn >> shift) & SLOT_MASK);
  }

  /**
   * Takes eight walks down to the level whose bits begin at `bottom`: writes the nodes there, u32 each, or at bottom 0
   * the owners, u16 each.
   */
  @inline private static eight<N extends Node>(
    root: usize,
    height: u32,
    bottom: u32,
    pfns: usize,
    out: usize,
  ): void {
    let shift = height * SHIFT;
    const pfn0 = load<u32>(pfns, 0);
    const pfn1 = load<u32>(pfns, 4);
    const pfn2 = load<u32>(pfns, 8);
    const pfn3 = load<u32>(pfns, 12);
    const pfn4 = load<u32>(pfns, 16);
    const pfn5 = load<u32>(pfns, 20);
    const pfn6 = load<u32>(pfns, 24);
    const pfn7 = load<u32>(pfns, 28);
    let at0 = TreeWalk.rootFor(root, pfn0, shift);
    let at1 = TreeWalk.rootFor(root, pfn1, shift);
    let at2 = TreeWalk.rootFor(root, pfn2, shift);
    let at3 = TreeWalk.rootFor(root, pfn3, shift);
    let at4 = TreeWalk.rootFor(root, pfn4, shift);
    let at5 = TreeWalk.rootFor(root, pfn5, shift);
    let at6 = TreeWalk.rootFor(root, pfn6, shift);
    let at7 = TreeWalk.rootFor(root, pfn7, shift);
    while (shift > bottom) {
      shift -= SHIFT;
      if (TORTURE) linger();
      at0 = TreeWalk.slotBelow<N>(at0, pfn0, shift);
      at1 = TreeWalk.slotBelow<N>(at1, pfn1, shift);
      at2 = TreeWalk.slotBelow<N>(at2, pfn2, shift);
      at3 = TreeWalk.slotBelow<N>(at3, pfn3, shift);
      at4 = TreeWalk.slotBelow<N>(at4, pfn4, shift);
      at5 = TreeWalk.slotBelow<N>(at5, pfn5, shift);
      at6 = TreeWalk.slotBelow<N>(at6, pfn6, shift);
      at7 = TreeWalk.slotBelow<N>(at7, pfn7, shift);
    }
    if (bottom) {
      store<u32>(out, at0, 0);
      store<u32>(out, at1, 4);
      store<u32>(out, at2, 8);
      store<u32>(out, at3, 12);
      store<u32>(out, at4, 16);
      store<u32>(out, at5, 20);
      store<u32>(out, at6, 24);
      store<u32>(out, at7, 28);
      return;
    }
    store<u16>(out, <u16>at0, 0);
    store<u16>(out, <u16>at1, 2);
    store<u16>(out, <u16>at2, 4);
    store<u16>(out, <u16>at3, 6);
    store<u16>(out, <u16>at4, 8);
    store<u16>(out, <u16>at5, 10);
    store<u16>(out, <u16>at6, 12);
    store<u16>(out, <u16>at7, 14);
  }

  /** Owner in the bottom node at `ptr`, or at 0: a plain load, behind the atomic one that read `ptr`. */
  @inline private static ownerIn<N extends Node>(ptr: u32, pfn: u32): u16 {
    // Slots begin where the record's other fields end.
    return <u16>load<u32>(<usize>ptr + ((pfn & SLOT_MASK) << 2), offsetof<N>());
  }

  /** Owners in place of the bottom nodes of eight pages: u16 by u16 behind the u32 that were read. */
  @inline private static eightInBottoms<N extends Node>(nodes: usize, pfns: usize, out: usize): void {
    store<u16>(out, TreeWalk.ownerIn<N>(load<u32>(nodes, 0), load<u32>(pfns, 0)), 0);
    store<u16>(out, TreeWalk.ownerIn<N>(load<u32>(nodes, 4), load<u32>(pfns, 4)), 2);
    store<u16>(out, TreeWalk.ownerIn<N>(load<u32>(nodes, 8), load<u32>(pfns, 8)), 4);
    store<u16>(out, TreeWalk.ownerIn<N>(load<u32>(nodes, 12), load<u32>(pfns, 12)), 6);
    store<u16>(out, TreeWalk.ownerIn<N>(load<u32>(nodes, 16), load<u32>(pfns, 16)), 8);
    store<u16>(out, TreeWalk.ownerIn<N>(load<u32>(nodes, 20), load<u32>(pfns, 20)), 10);
    store<u16>(out, TreeWalk.ownerIn<N>(load<u32>(nodes, 24), load<u32>(pfns, 24)), 12);
    store<u16>(out, TreeWalk.ownerIn<N>(load<u32>(nodes, 28), load<u32>(pfns, 28)), 14);
  }

  /** Owners, u16 each at `out`, of LOOKUP_CHUNK pages, pfns at `pfns`, in a tree of nodes N. */
  @inline static ownersOfChunk<N extends Node>(root: usize, height: u32, pfns: usize, out: usize): void {
    const end = out + LOOKUP_CHUNK * 2;
    // The bottom nodes are most of a tree.  They are found for as many pages as their addresses have room for in what is
    // left of `out`, half of them, and then read a few instructions a page: so short, a dozen misses are under way.
    if (height > 1) {
      for (let bytes = end - out; bytes > 32; bytes >>= 1) {
        for (let at: usize = 0; at < bytes; at += 32)
          TreeWalk.eight<N>(root, height, SHIFT, pfns + at, out + at);
        if (TORTURE) linger();
        for (let at: usize = 0; at < bytes; at += 32)
          TreeWalk.eightInBottoms<N>(out + at, pfns + at, out + (at >> 1));
        pfns += bytes;
        out += bytes >> 1;
      }
    }
    for (; out < end; out += 16, pfns += 32) TreeWalk.eight<N>(root, height, 0, pfns, out);
  }
}
