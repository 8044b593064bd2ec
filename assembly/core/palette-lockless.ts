// palette-lockless: one page of a narrow block charged or uncharged beside others that do the same, and beside readers.
//
//   charge      uses[slot] + 1, or an empty slot claimed and named ──► code 0 → slot ──lost──► uses[slot] - 1
//   uncharge    code slot → 0 ──► uses[slot] - 1 ──0──► stamped
//
// Blocks that have overflowed, or would, are left to the holder of the ledger lock, who has kept writers out.
//
// INVARIANTS  T5  uses[slot] is at least the number of pages with that code while anybody writes, and exactly that when nobody does:
//                 counted before the code is set, counted out after it is gone.
//             T6  A byte CLAIMED belongs to one writer, who is naming the slot; others that need a slot come again.  (Its page may go before
//                 Lw5: then the byte is one less for a moment, and still nobody else's.)  A byte 0 is free for any owner only while
//                 own is 0 too, else for its own alone, until the lock's holder stamps it.
//             T7  A slot that is empty gets another owner by the rule T1.  gpEpoch stands still while anybody writes, for only the lock's holder
//                 moves it (Y1): a slot that falls empty meanwhile is stamped with the present epoch, or has 0, and stays its owner's.  So
//                 neither the owner behind a code that a writer has read, nor that of a slot into which it counts, is another by now.
//                 But the 0 of a slot that never had an owner may come back with one: so who has claimed looks at the owners
//                 again.  If they are the same, none was named since, for while one slot is CLAIMED no other is.
//             T8  Each of the two is one run of code without call or loop from the first change to the last, the agent's own counts
//                 included: a thread is terminated only at those, so a death leaves a page charged and counted, or neither.
// ORDERING    Lw1 uses, then owners · Lw2 uses + 1, or CLAIMED and owners again · Lw3 own[slot] · Lw4 code · Lw5 CLAIMED → 1        Lw6 uses - 1, if lost
//             Lu1 code · Lu2 own[code] · Lu3 code → 0 · Lu4 uses - 1 · Lu5 gpEpoch · Lu6 stamp
//             Lw3 before Lw4 as Pw1 before Pw2; whoever counts into a slot reads its owner behind the Lw5 of who named it.
//             Lu5 behind Lu3: who has read the code has done so at an epoch no later than the stamp.
// RACY        Another page of the same word, or another slot of the block, changed meanwhile: nothing is done, and it may be tried again.
// COST        Two read-modify-writes a page, both in the block's half line; a new slot takes two more, one that falls empty one.
// AFTER       ours.  The model: test/interleave/models/palette-lockless.ts.
import { CORE_PTR, Core, PaletteBlock } from "../abi";
import { Mutation } from "../prim/torture";
import { lingerLong, thisAgent } from "./agent";
import { Lockless } from "./lockless";
import { PageStock } from "./page-stock";
import { isSafe, STAMP_MASK, STAMPED } from "./palette-shared";
import { Counters } from "./region";

/** A uses byte of a slot that a writer is naming: more than a block has pages, and no stamp. */
const CLAIMED: u32 = 0x7f;

/** A slot for another owner: 1 … 3, 0 if there is none, or CLAIMED while another writer is naming one (T6). */
function freeSlot(uses: u32, owners: u64): u32 {
  let free: u32 = 0;
  for (let slot: u32 = 3; slot; slot--) {
    const byte = uses >> 24;
    if (byte == CLAIMED) return CLAIMED;
    if (isSafe(byte, <u32>(owners >> 48))) free = slot;
    uses <<= 8;
    owners <<= 16;
  }
  return free;
}

export abstract class PaletteWriter {
  /** The slot that has an owner, or 0. */
  @inline static slotOf(owners: u64, id: u32): u32 {
    if ((<u32>(owners >> 16) & 0xffff) == id) return 1;
    if ((<u32>(owners >> 32) & 0xffff) == id) return 2;
    return <u32>(owners >> 48) == id ? 3 : 0;
  }

  @inline static withByte(uses: u32, slot: u32, byte: u32): u32 {
    return (uses & ~(255 << (slot << 3))) | (byte << (slot << 3));
  }
}

/** Gives a page without an owner to `id`, which has pages in stock.  The caller has entered the write gate. */
export function paletteCharge(base: usize, pfn: u32, id: u32): Lockless {
  const block = base + ((pfn >> 6) << 5);
  const codesPtr = block + ((pfn >> 2) & 8);
  const usesPtr = block + offsetof<PaletteBlock>("_uses0");
  const counter = Counters.at(thisAgent(), id);
  if (!counter.pageStock) return Lockless.STOCK;
  const uses = atomic.load<u32>(usesPtr); // Lw1
  const owners = atomic.load<u64>(block, offsetof<PaletteBlock>("_own0")); // own0 to own3
  const codes = atomic.load<u64>(codesPtr);
  if (<u32>owners & 0xffff || (codes >> ((<u64>pfn) << 1)) & 3) return Lockless.LOCKED;
  let slot = PaletteWriter.slotOf(owners, id);
  const isNew = !slot;
  let counted: u32;
  if (isNew) {
    slot = freeSlot(uses, owners);
    if (slot == CLAIMED) return Lockless.AGAIN;
    if (!slot) return Lockless.LOCKED;
    counted = PaletteWriter.withByte(uses, slot, MUTATE == Mutation.NOT_CLAIMED ? 1 : CLAIMED);
  } else {
    const byte = (uses >> (slot << 3)) & 255;
    if (byte == CLAIMED) return Lockless.AGAIN;
    counted = byte >= STAMPED ? PaletteWriter.withByte(uses, slot, 1) : uses + (1 << (slot << 3));
  }
  if (atomic.cmpxchg<u32>(usesPtr, uses, counted) != uses) return Lockless.AGAIN; // Lw2
  if (isNew) {
    const ownersPtr = block + offsetof<PaletteBlock>("_own0");
    if (MUTATE == Mutation.NOT_CLAIMED) lingerLong();
    else if (atomic.load<u64>(ownersPtr) != owners) {
      const before = (uses >> (slot << 3)) & 255;
      atomic.sub<u32>(usesPtr, (CLAIMED - before) << (slot << 3)); // T7
      return Lockless.AGAIN;
    }
    atomic.store<u16>(ownersPtr + (slot << 1), <u16>id); // Lw3
  }
  if (atomic.cmpxchg<u64>(codesPtr, codes, codes | ((<u64>slot) << ((<u64>pfn) << 1))) != codes) {
    // Lw6.  A slot that is empty now has no stamp, and stays its owner's.
    atomic.sub<u32>(usesPtr, (isNew ? CLAIMED : 1) << (slot << 3));
    return Lockless.AGAIN;
  }
  if (isNew && MUTATE != Mutation.NOT_CLAIMED) atomic.sub<u32>(usesPtr, (CLAIMED - 1) << (slot << 3)); // Lw5
  PageStock.move(counter, 1);
  return Lockless.DONE;
}

/** Takes a page from its owner, into this agent's stock of that.  As paletteCharge. */
export function paletteUncharge(base: usize, pfn: u32): Lockless {
  const block = base + ((pfn >> 6) << 5);
  const codesPtr = block + ((pfn >> 2) & 8);
  const shift = (<u64>pfn) << 1;
  const codes = atomic.load<u64>(codesPtr); // Lu1
  const slot = <u32>(codes >> shift) & 3;
  if (!slot) return Lockless.LOCKED;
  const id: u32 = atomic.load<u16>(block + (slot << 1), offsetof<PaletteBlock>("_own0")); // Lu2
  const counter = Counters.at(thisAgent(), id);
  if (counter.pageStock >= counter.capacity) return Lockless.STOCK;
  if (atomic.cmpxchg<u64>(codesPtr, codes, codes & ~((<u64>3) << shift)) != codes) return Lockless.AGAIN; // Lu3
  const usesPtr = block + offsetof<PaletteBlock>("_uses0");
  const uses = atomic.sub<u32>(usesPtr, 1 << (slot << 3)) - (1 << (slot << 3)); // Lu4
  PageStock.move(counter, -1);
  if (!((uses >> (slot << 3)) & 255)) {
    const stamp = STAMPED | (changetype<Core>(CORE_PTR).gpEpoch & STAMP_MASK); // Lu5
    atomic.cmpxchg<u32>(usesPtr, uses, uses | (stamp << (slot << 3))); // Lu6; where the word has changed meanwhile, the byte stays 0
  }
  return Lockless.DONE;
}
