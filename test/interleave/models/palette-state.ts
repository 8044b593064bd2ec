/**
 * palette-state: the variables of the palette's model, and what its writer decides by.
 *
 *   link   0 │ number of an overflow block │ the same + COLUMN
 */
import { type Memory, Variables } from "../machine.js";
import { nextEpoch } from "./epochs.js";
import type { PaletteOptions } from "./palette.js";

export const OVERFLOWED = 99;
export const COLUMN = 16;
/** What freed memory is filled with: no slot, no owner. */
const POISON = 77;

export enum Block {
  FREE,
  USED,
  RETIRED,
}

export type PaletteState = ReturnType<typeof paletteState>;

export function paletteState(options: PaletteOptions) {
  const { readers, pages, slots, wideSlots, blocks, modulus, stampModulus, drops, mutation } = options;
  const v = new Variables();
  const gpEpoch = v.one("gpEpoch");
  const epochs = v.many("agentEpoch", readers);
  const codes = v.many("code", pages);
  const owns = v.many("own", slots + 1);
  const own0 = owns;
  const link = v.one("link");
  /** Of slot s: 0 = in use or never used, else 1 + the stamp. */
  const stamps = v.many("stamp", slots + 1);
  const states = v.many("block", blocks + 1);
  const retiredAt = v.many("retired", blocks + 1);
  const cells = v.many("cell", (blocks + 1) * pages);
  const wideOwns = v.many("wide own", (blocks + 1) * (wideSlots + 1));
  const truth = v.many("truth", pages);
  const had = v.many("r.had", readers);
  const held = v.many("r.code", readers);
  const wideCodes = v.many("r.wide code", readers);
  const links = v.many("r.link", readers);

  const cellAt = (block: number, page: number) => cells + block * pages + page;
  const wideOwnAt = (block: number, slot: number) => wideOwns + block * (wideSlots + 1) + slot;
  const previous = (epoch: number) => (epoch === 1 ? modulus - 1 : epoch - 1);
  const blockOf = (m: Memory) => m.load(link) & ~COLUMN;
  const isColumn = (m: Memory) => (m.load(link) & COLUMN) !== 0;

  function poison(m: Memory, block: number): void {
    for (let page = 0; page < pages; page++) m.set(cellAt(block, page), POISON);
    for (let slot = 0; slot <= wideSlots; slot++) m.set(wideOwnAt(block, slot), POISON);
  }

  /** Whether a reader has this code of the block, or this link. */
  function isHeld(m: Memory, value: number, where: number): boolean {
    for (let r = 0; r < readers; r++) if ((m.get(where + r) & ~COLUMN) === value) return true;
    return false;
  }

  function isUsed(m: Memory, slot: number): boolean {
    for (let page = 0; page < pages; page++) if (m.get(codes + page) === slot) return true;
    return false;
  }

  function oldestAnnounced(m: Memory): number {
    for (let r = 0; r < readers; r++) {
      const epoch = m.get(epochs + r);
      if (epoch && nextEpoch(epoch, modulus) === m.get(gpEpoch)) return epoch;
    }
    return m.get(gpEpoch);
  }

  /** Whether no reader can still hold a code of this empty slot. */
  function isSafe(m: Memory, slot: number): boolean {
    const stamp = m.get(stamps + slot) - 1;
    const now = m.get(gpEpoch);
    if (stamp < 0) return true;
    if (mutation === "slot refilled at once") return true;
    if (mutation === "slot safe after one epoch") return stamp !== now % stampModulus;
    if (mutation === "stamp against the whole epoch") return stamp !== now && stamp !== previous(now);
    if (mutation === "stamp against the oldest announced") {
      const distance = (oldestAnnounced(m) - stamp + modulus) % stampModulus;
      return distance >= 1 && distance <= stampModulus - 2;
    }
    return stamp !== now % stampModulus && stamp !== previous(now) % stampModulus;
  }

  return {
    options,
    variables: v,
    gpEpoch,
    epochs,
    codes,
    owns,
    own0,
    link,
    stamps,
    states,
    retiredAt,
    truth,
    had,
    held,
    wideCodes,
    links,
    cellAt,
    wideOwnAt,
    previous,
    blockOf,
    isColumn,
    isUsed,
    isSafe,

    /** The owner that the index gives a page, read at once. */
    ownerNow(m: Memory, page: number): number {
      const code = m.get(codes + page);
      if (code) return m.get(owns + code);
      if (!m.get(own0)) return 0;
      const block = m.get(link) & ~COLUMN;
      const cell = m.get(cellAt(block, page));
      return m.get(link) & COLUMN ? cell : m.get(wideOwnAt(block, cell));
    },

    /** The different owners that pages have. */
    ownersNow(m: Memory): number[] {
      const owners = new Set<number>();
      for (let page = 0; page < pages; page++) owners.add(m.get(truth + page));
      owners.delete(0);
      return [...owners];
    },

    freeBlocks(m: Memory): number {
      let free = 0;
      for (let block = 1; block <= blocks; block++) free += m.get(states + block) === Block.FREE ? 1 : 0;
      return free;
    },

    /** Takes a block out of the pool. */
    takeBlock(m: Memory): number {
      let block = 1;
      while (m.get(states + block) !== Block.FREE) block++;
      m.set(states + block, Block.USED);
      for (let page = 0; page < pages; page++) m.set(cellAt(block, page), 0);
      for (let slot = 0; slot <= wideSlots; slot++) m.set(wideOwnAt(block, slot), 0);
      return block;
    },

    free(m: Memory, block: number): void {
      m.set(states + block, Block.FREE);
      m.set(retiredAt + block, 0);
      poison(m, block);
    },

    /** A slot that is empty and safe is poisoned, so that a reader who looks at it after all is found. */
    forgetSlots(m: Memory): void {
      for (let slot = 1; slot <= slots; slot++) {
        if (!m.get(stamps + slot) || !isSafe(m, slot)) continue;
        m.set(stamps + slot, 0);
        m.set(owns + slot, POISON);
      }
    },

    /** So is, at once, what no reader has a code or a link of: that makes fewer states, and who looks at it is found. */
    forget(m: Memory, resting: boolean): void {
      for (let block = 1; block <= blocks; block++) {
        if (m.get(states + block) === Block.RETIRED && !isHeld(m, block, links)) poison(m, block);
      }
      if (!resting || !m.get(own0) || drops) return;
      for (let slot = 1; slot <= slots; slot++) if (!isHeld(m, slot, held)) m.set(owns + slot, POISON);
    },

    stampNow(m: Memory, slot: number): void {
      m.set(stamps + slot, 1 + (m.get(gpEpoch) % stampModulus));
    },

    /** The moment at which a page's owner changes. */
    change(m: Memory, page: number, owner: number): void {
      m.set(truth + page, owner);
      for (let r = 0; r < readers; r++) {
        if (m.get(had + r) && m.get(had + r) >> 5 === page) m.set(had + r, m.get(had + r) | (1 << owner));
      }
    },

    /** A lookup begins: what its page has now it has had; bits 5 to 7 say which page. */
    begin(m: Memory, r: number, page: number): void {
      m.set(had + r, (page << 5) | (1 << m.get(truth + page)));
    },
  };
}
