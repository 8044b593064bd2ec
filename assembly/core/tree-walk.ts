// tree-walk: trees of 64 ways keyed by pfn, six bits a level, and how a batch goes down one: eight walks side by side.
//
//   pfn0 ─ root ─► slot ─► slot ─► owner
//    ⋮       ⋮      ⋮  │    ⋮
//   pfn7 ─ root ─► slot ▼ slot ─► owner       level by level, so that eight misses are under way at once
//
// A walk that has ended goes on at address 0, which reads as a node of empty slots: no level asks a question.
//
// CONTEXT     At height 0 `root` is itself the owner of pfn 0.
// COST        A slot per level and page, and a store per page.
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

/** The tree's top for a walk to `pfn`; 0 if it does not reach that far. */
function rootFor(root: usize, pfn: u32, bits: u32): u32 {
  return select<u32>(0, <u32>root, pfn >> bits);
}

/** What the node at `ptr`, or at 0, has on the way to `pfn`. */
function slotBelow<N extends Node>(ptr: u32, pfn: u32, shift: u32): u32 {
  return changetype<N>(<usize>ptr).slotsAt((pfn >> shift) & SLOT_MASK);
}

export abstract class TreeWalk {
  @inline private static eightOwners<N extends Node>(
    root: usize,
    height: u32,
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
    let at0 = rootFor(root, pfn0, shift);
    let at1 = rootFor(root, pfn1, shift);
    let at2 = rootFor(root, pfn2, shift);
    let at3 = rootFor(root, pfn3, shift);
    let at4 = rootFor(root, pfn4, shift);
    let at5 = rootFor(root, pfn5, shift);
    let at6 = rootFor(root, pfn6, shift);
    let at7 = rootFor(root, pfn7, shift);
    while (shift) {
      shift -= SHIFT;
      if (TORTURE) linger();
      at0 = slotBelow<N>(at0, pfn0, shift);
      at1 = slotBelow<N>(at1, pfn1, shift);
      at2 = slotBelow<N>(at2, pfn2, shift);
      at3 = slotBelow<N>(at3, pfn3, shift);
      at4 = slotBelow<N>(at4, pfn4, shift);
      at5 = slotBelow<N>(at5, pfn5, shift);
      at6 = slotBelow<N>(at6, pfn6, shift);
      at7 = slotBelow<N>(at7, pfn7, shift);
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

  /** Owners, u16 each at `out`, of LOOKUP_CHUNK pages, pfns at `pfns`, in a tree of nodes N. */
  @inline static ownersOfChunk<N extends Node>(root: usize, height: u32, pfns: usize, out: usize): void {
    const end = out + LOOKUP_CHUNK * 2;
    for (; out < end; out += 16, pfns += 32) TreeWalk.eightOwners<N>(root, height, pfns, out);
  }
}
