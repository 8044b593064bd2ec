/**
 * palette-lockless-state: the variables of the model of lock-free writers, packed as in the core, so that each word is one byte.
 *
 *   uses    four bits a slot: 0 … pages │ 7 CLAIMED │ 8 + stamp        owners  four bits a slot        codes  two bits a page, word by word
 */
import { type Memory, Variables } from "../machine.js";
import { nextEpoch } from "./epochs.js";
import type { PaletteLocklessOptions } from "./palette-lockless.js";

export const CLAIMED = 7;
export const STAMPED = 8;
const STAMP_MASK = 7;
const SLOTS = [1, 2] as const;

export type PaletteLocklessState = ReturnType<typeof paletteLocklessState>;

/** The four bits of a slot in a word of uses or owners. */
export function bitsOf(word: number, slot: number): number {
  return (word >> ((slot - 1) * 4)) & 15;
}

export function withBits(word: number, slot: number, bits: number): number {
  return (word & ~(15 << ((slot - 1) * 4))) | (bits << ((slot - 1) * 4));
}

export function slotOf(owners: number, id: number): number {
  return SLOTS.find((slot) => bitsOf(owners, slot) === id) ?? 0;
}

/** The code of a page in its word. */
export function codeIn(codes: number, page: number): number {
  return (codes >> ((page % 2) * 2)) & 3;
}

export function withCode(codes: number, page: number, code: number): number {
  return (codes & ~(3 << ((page % 2) * 2))) | (code << ((page % 2) * 2));
}

export function paletteLocklessState(options: PaletteLocklessOptions) {
  const { pages, steps, modulus = 5, stampModulus = 4, mutation } = options;
  const v = new Variables();
  const gpEpoch = v.one("gpEpoch");
  const holder = v.one("holder");
  const uses = v.one("uses");
  const owners = v.one("owners");
  /** Two pages a word. */
  const codes = v.many("codes", (pages + 1) >> 1);
  const bits = v.one("bits");
  const writings = v.many("writing", steps.length);
  /** Of the reader, then of the writers. */
  const epochs = v.many("epoch", 1 + steps.length);
  const truths = v.many("truth", pages);
  const had = v.one("r.had");

  const previous = (epoch: number) => (epoch === 1 ? modulus - 1 : epoch - 1);
  const stampOf = (epoch: number) => STAMPED | (epoch % stampModulus);
  const codesOf = (page: number) => codes + (page >> 1);
  const pagesOf = (m: Memory, slot: number) => {
    let count = 0;
    for (let page = 0; page < pages; page++) if (codeIn(m.get(codesOf(page)), page) === slot) count++;
    return count;
  };

  return {
    options,
    variables: v,
    gpEpoch,
    holder,
    uses,
    owners,
    bits,
    writings,
    epochs,
    truths,
    had,
    codesOf,
    stampOf,

    /** A slot that a writer may name anew: never named, or empty for long (T1, T6). */
    freeSlot(usesWord: number, ownersWord: number, epoch: number): number {
      const isFree = (slot: number) => {
        const bits = bitsOf(usesWord, slot);
        if (!bits) return mutation === "an emptied slot is free" || !bitsOf(ownersWord, slot);
        if (bits < STAMPED) return false;
        if (mutation === "slot refilled at once") return true;
        return bits !== stampOf(epoch) && bits !== stampOf(previous(epoch));
      };
      return SLOTS.find(isFree) ?? 0;
    },

    /** Whether the lock's holder may give a slot to another owner (T1). */
    isSafe(m: Memory, slot: number): boolean {
      const bits = bitsOf(m.get(uses), slot);
      const now = m.get(gpEpoch);
      if (!bits) return !bitsOf(m.get(owners), slot);
      return bits >= STAMPED && bits !== stampOf(now) && bits !== stampOf(previous(now));
    },

    setBits(m: Memory, word: number, slot: number, bits: number): undefined {
      m.atomicStore(word, withBits(m.load(word), slot, bits));
    },

    /** gpEpoch goes on if every agent online has announced it (Q2); whether it did. */
    advance(m: Memory): boolean {
      const now = m.get(gpEpoch);
      for (let agent = 0; agent <= steps.length; agent++) {
        const epoch = m.get(epochs + agent);
        if (epoch && epoch !== now) return false;
      }
      m.atomicStore(gpEpoch, nextEpoch(now, modulus));
      return true;
    },

    /** The moment at which a page's owner changes. */
    change(m: Memory, page: number, owner: number): void {
      m.set(truths + page, owner);
      if (m.get(had) && m.get(had) >> 5 === page) m.set(had, m.get(had) | (1 << owner));
    },

    /** T5: counted for each page at least, and where it is `quiet` exactly. */
    isCounted(m: Memory, quiet: boolean): boolean {
      return SLOTS.every((slot) => {
        const bits = bitsOf(m.get(uses), slot);
        const counted = bits < STAMPED ? bits : 0;
        const found = pagesOf(m, slot);
        return quiet ? counted === found : counted >= found;
      });
    },

    hasTwins(m: Memory): boolean {
      const word = m.get(owners);
      return bitsOf(word, 1) !== 0 && bitsOf(word, 1) === bitsOf(word, 2);
    },

    saysTruth(m: Memory): boolean {
      for (let page = 0; page < pages; page++) {
        const code = codeIn(m.get(codesOf(page)), page);
        if ((code ? bitsOf(m.get(owners), code) : 0) !== m.get(truths + page)) return false;
      }
      return true;
    },

    /** Stamps that a slot may have at the start, as bits of uses. */
    stamps: Array.from({ length: stampModulus }, (_, stamp) => STAMPED | (stamp & STAMP_MASK)),
  };
}
