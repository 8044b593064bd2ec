/**
 * checkpoints: states of a ledger's linear memory, so that going back need not begin at the first event.
 *
 *   memory       │ a │ b │ c │ 0 │ d │ …      pieces of 64 KiB
 *   checkpoint 1 │ ● │ ● │   │   │   │        a piece equal to the one of the checkpoint before is shared with it,
 *   checkpoint 2 │ = │ ● │ ● │   │ = │        one of zeros is none
 *
 * INVARIANTS  C1  A checkpoint is the state after exactly the operations before its place in the log.
 *             C2  All pieces together take BUDGET_BYTES at most: beyond it every second checkpoint goes, and the step
 *                 between those to come doubles.  The first, of the empty ledger, stays.
 * CONTEXT     Op buffer and transfer buffer hold nothing between calls and are left out.
 */
import { CORE_PTR, Core as CoreRecord } from "../abi.js";
import type { Core } from "../core/core.js";
import type { LogPlace } from "./op-log.js";

const PIECE_BYTES = 65536;
const PIECE_WORDS = PIECE_BYTES / 4;
export const BUDGET_BYTES = 192 * 2 ** 20;
/** Operations between two checkpoints at least; a seek runs as many at most. */
const STEP_MIN = 1 << 18;
/** A large memory takes as long to look through as so many of its bytes take in operations. */
const BYTES_AN_OP = 128;
/** Zeros over all of such a memory take less time than a look whether they are needed. */
const SMALL_BYTES = 128 * 2 ** 20;

export interface Checkpoint {
  readonly place: LogPlace;
  /** By number; undefined = zeros.  Beyond the end: zeros too. */
  readonly pieces: readonly (Uint32Array | undefined)[];
}

export class Checkpoints {
  readonly #budgetBytes: number;
  #all: Checkpoint[] = [];
  #bytes = 0;
  #stepFactor: number;
  #nextOps = 0;

  /** `stepFactor` above 0 and below 1 takes them more often. */
  constructor(budgetBytes = BUDGET_BYTES, stepFactor = 1) {
    this.#budgetBytes = budgetBytes;
    this.#stepFactor = stepFactor;
  }

  get count(): number {
    return this.#all.length;
  }
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes a checkpoint if one is due after so many operations. */
  offer(core: Core, place: LogPlace): void {
    if (place.ops < this.#nextOps) return;
    this.#take(core, place);
    while (this.#bytes > this.#budgetBytes && this.#all.length > 1) this.#thin();
    const step = Math.max(STEP_MIN, core.memory.buffer.byteLength / BYTES_AN_OP) * this.#stepFactor;
    this.#nextOps = place.ops + step;
  }

  #take(core: Core, place: LogPlace): void {
    const words = new Uint32Array(core.memory.buffer);
    const before = this.#all.at(-1)?.pieces ?? [];
    const [skipFrom, skipTo] = buffersOf(core);
    const pieces: (Uint32Array | undefined)[] = [];
    for (let i = 0; i * PIECE_WORDS < words.length; i++) {
      if (i >= skipFrom && i < skipTo) {
        pieces.push(undefined);
        continue;
      }
      const at = i * PIECE_WORDS;
      const old = before[i];
      if (old === undefined ? isZero(words, at) : isEqual(words, at, old)) pieces.push(old);
      else if (old !== undefined && isZero(words, at)) pieces.push(undefined);
      else {
        pieces.push(words.slice(at, at + PIECE_WORDS));
        this.#bytes += PIECE_BYTES;
      }
    }
    this.#all.push({ place, pieces });
  }

  #thin(): void {
    this.#all = this.#all.filter((_, i) => i % 2 === 0);
    const kept = new Set<Uint32Array>();
    for (const { pieces } of this.#all) for (const piece of pieces) if (piece !== undefined) kept.add(piece);
    this.#bytes = kept.size * PIECE_BYTES;
    this.#stepFactor *= 2;
  }

  /** The latest checkpoint with nothing in it of an event behind `event`. */
  before(event: number): Checkpoint | undefined {
    let low = 0;
    let high = this.#all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#all[middle]!.place.event <= event) low = middle + 1;
      else high = middle;
    }
    return this.#all[low - 1];
  }

  /** Brings a checkpoint of this ledger back. */
  static restore(core: Core, { pieces }: Checkpoint): void {
    const missing = pieces.length * PIECE_BYTES - core.memory.buffer.byteLength;
    if (missing > 0) core.memory.grow(missing / PIECE_BYTES);
    const { u32: words } = core;
    const [skipFrom, skipTo] = buffersOf(core);
    const isSmall = words.byteLength <= SMALL_BYTES;
    for (let i = 0; i * PIECE_WORDS < words.length; i++) {
      if (i >= skipFrom && i < skipTo) continue;
      const at = i * PIECE_WORDS;
      const piece = pieces[i];
      if (piece !== undefined) words.set(piece, at);
      // In a large memory zeros are written only over something else: what was never written has no memory behind it.
      else if (isSmall || !isZero(words, at)) words.fill(0, at, at + PIECE_WORDS);
    }
    words[(CORE_PTR + CoreRecord.arenaEnd) >>> 2] = core.memory.buffer.byteLength;
  }
}

/** Pieces that lie wholly in op buffer and transfer buffer: first, and one behind the last. */
function buffersOf(core: Core): [number, number] {
  const from = core.coreWord(CoreRecord.opsPtr);
  const end = from + core.coreWord(CoreRecord.agentBytes);
  return [Math.ceil(from / PIECE_BYTES), Math.floor(end / PIECE_BYTES)];
}

/** Eight words at a time: most of memory is looked at for nothing. */
function isZero(w: Uint32Array, at: number): boolean {
  const end = at + PIECE_WORDS;
  for (let i = at; i < end; i += 8)
    if ((w[i]! | w[i + 1]! | w[i + 2]! | w[i + 3]! | w[i + 4]! | w[i + 5]! | w[i + 6]! | w[i + 7]!) !== 0)
      return false;
  return true;
}

function isEqual(w: Uint32Array, at: number, p: Uint32Array): boolean {
  for (let i = 0, k = at; i < PIECE_WORDS; i += 4, k += 4)
    if (((w[k]! ^ p[i]!) | (w[k + 1]! ^ p[i + 1]!) | (w[k + 2]! ^ p[i + 2]!) | (w[k + 3]! ^ p[i + 3]!)) !== 0)
      return false;
  return true;
}
