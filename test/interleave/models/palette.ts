/**
 * palette: one block of the palette design with lock-free readers, one writer at a time, for ever.
 *
 *   block     code of each page, in words │ own1 … │ own0: 0 or OVERFLOWED │ link │ stamp of each slot that is empty
 *   overflow  a wide block: code of each page, own1 …, or a column: owner of each page; from a pool, retired and freed
 *
 *   set, narrow     Pw1 own[slot] · Pw2 code                      slot: that of the owner, else one that is empty and safe
 *   overflow        Po1 wide block complete · Po2 link · Po3 own0 = OVERFLOWED · Po4 codes 0, word by word · stamps = now
 *   set, wide       Pw3 own[slot] in the wide block · Pw4 code    slot: that of the owner, else one never used
 *   out of slots    Pm1 fresh wide block or column complete · Pm2 link · retire the old one
 *   set, column     Pw5 owner
 *   column → wide   Pm1, Pm2 as well
 *   wide → narrow   Pn1 own of slots · Pn2 codes, word by word · Pn3 own0 = 0 · Pn4 link = 0 · retire
 *                   only when all slots are safe, which they are a grace period after the overflow
 *   empty, drops    Pn3 · Pn4 · retire, at any time: slots and stamps stay as they are
 *   announce        Qw3 scan, gpEpoch + 1 · Qw4 scan · Qw5 free retired blocks, which poisons them
 *
 *   reader    Pr0 own0 ─0─► Pr1 code ─not 0─► Pr2 own[code]
 *              │              │0
 *              │             Pr3 own0 ─0─► none
 *              └─OVERFLOWED───┴───────────► Pr4 link ─0─► Pr0    ─wide─► Pr6 code there, Pr7 own there    ─column─► Pr8 owner
 *
 * A stamp is the epoch at which a slot fell empty, in fewer bits than an epoch has.  It is safe unless it is that of
 * gpEpoch or of the epoch before: gpEpoch has then gone on twice, and the second time every agent online had announced
 * an epoch that began after the stamp.  Two comparisons for equality; what an agent announced late does not matter.
 * Here a slot that is safe once stays so (and is poisoned); in fact its stamp comes round, and it is passed over for two
 * epochs in 128, which is one of the things that this writer may do as well.
 *
 * Beside the algorithm: `truth`, each page's owner, changed by the one store that changes it, and for each lookup `had`,
 * the owners that its page has had since the lookup began.
 */
import type { Memory, Model } from "../machine.js";
import { paletteReader } from "./palette-reader.js";
import { paletteState } from "./palette-state.js";
import { paletteWriter } from "./palette-writer.js";

export type PaletteMutation =
  | "slot refilled at once"
  | "slot safe after one epoch"
  | "stamp against the whole epoch"
  | "stamp against the oldest announced"
  | "wide slot refilled"
  | "narrowing without a grace period"
  | "empty block dropped with its stamps"
  | "no first look"
  | "own0 before the code alone"
  | "own0 after the codes"
  | "own0 before the codes, on the way back"
  | "code before its owner"
  | "link before the wide block"
  | "link 0 followed"
  | "wide block freed at once"
  | "stores of overflow plain";

export interface PaletteOptions {
  readonly readers: number;
  readonly pages: number;
  readonly owners: number;
  /** Slots of the block, and of a wide block. */
  readonly slots: number;
  readonly wideSlots: number;
  /** Overflow blocks in the pool. */
  readonly blocks: number;
  /** Epochs are 1 … modulus - 1; stamps are taken modulo stampModulus. */
  readonly modulus: number;
  readonly stampModulus: number;
  /** Readers go offline and come back. */
  readonly absences?: boolean;
  /** The writer's announcement step by step. */
  readonly grained?: boolean;
  /** It is asked whether the block can always become narrow again. */
  readonly shrinks?: boolean;
  /** An empty overflow block goes without a grace period since the overflow. */
  readonly drops?: boolean;
  /** So many changes of pages, rather than for ever. */
  readonly sets?: number;
  /** A wide block out of slots is copied to a fresh one, rather than to a column. */
  readonly fresh?: boolean;
  readonly buffers?: Model["buffers"];
  readonly mutation?: PaletteMutation;
}

export const NEVER_HAD = "a reader reports only what the page had during its lookup";
export const NONE_WRONG = "a reader reports none only if the page had none during its lookup";
export const READS_FREED = "no reader looks at freed memory";
export const SHRINKS = "the block can always become narrow and all overflow blocks free";

export function palette(options: PaletteOptions): Model {
  const p = paletteState(options);
  const { readers, pages, mutation } = options;
  const processes = [...Array.from({ length: readers }, (_, r) => paletteReader(p, r)), paletteWriter(p)];
  const saysTruth = (m: Memory) => {
    for (let page = 0; page < pages; page++) {
      if (p.ownerNow(m, page) !== m.get(p.truth + page)) return false;
    }
    return true;
  };
  return {
    name: `palette, ${readers} readers, ${pages} pages, ${options.owners} owners${options.slots > 1 ? `, ${options.slots} slots` : ""}${options.fresh ? ", fresh wide blocks" : ""}${options.drops ? ", empty blocks dropped at once" : ""}${options.sets ? `, ${options.sets} changes` : ""}${mutation ? `, ${mutation}` : ""}`,
    variables: p.variables,
    processes,
    init: (m) => m.set(p.gpEpoch, 1),
    always: {
      "between operations the index says the truth": (m) =>
        !m.isAt(readers, "op") || m.pending(readers) > 0 || saysTruth(m),
    },
    ...(options.shrinks
      ? { canAlways: { [SHRINKS]: (m) => m.get(p.own0) === 0 && p.freeBlocks(m) === options.blocks } }
      : {}),
    ...(options.buffers ? { buffers: options.buffers } : {}),
  };
}
