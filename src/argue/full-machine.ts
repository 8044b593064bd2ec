/**
 * full-machine: ledgers whose pages are owned to a plan, and questions about them.
 *
 *   full       │1 1 1│3│2 2 2 2│3 3│ …      runs of one to eight pages; neighbouring runs draw from three owners
 *   scattered  │1· · · …  ·│1· · · …  ·│    one page in each run of 64: the worst case of a tree of 64 ways
 */
import { Op, PageType, TRANSFER_BYTES } from "../abi.js";
import { type Core, OP_WORDS } from "../core/core.js";
import { type Machine, openCore, sequence } from "./machine.js";

const CONTAINERS = 16;
const BATCH = 16384;
/** Pages that a node of the trees stands for. */
const NODE_PAGES = 64;
/** Pages asked for in a run, at most. */
const KEYS_MAX = 2 ** 18;
/** Bytes of the transfer buffer for a page: its number, and its flags and owner. */
const KEY_BYTES = 8;
/** A call takes so many; what begins in the engine's first compiler is replaced between two calls. */
const CALL = 65536;
/** A prime: looking at each answer would cost as much as a fast lookup. */
const CHECK_STRIDE = 509;

export interface Question {
  /** For people. */
  readonly label: string;
  readonly order: "random" | "sequential";
  /** The frame's flags are read as well, as an operation on the page would. */
  readonly isTouched: boolean;
}
export const ALONE: Question = { label: "lookups alone", order: "random", isTouched: false };
export const TOUCHED: Question = {
  label: "lookups with the frame touched",
  order: "random",
  isTouched: true,
};
export const SCANNED: Question = {
  label: "lookups in sequence with the frame touched",
  order: "sequential",
  isTouched: true,
};
export const QUESTIONS: readonly Question[] = [ALONE, TOUCHED, SCANNED];

/** How many pages a run asks for. */
export function keysOf(nrFrames: number): number {
  return Math.min(KEYS_MAX, nrFrames);
}

/** A ledger in which every page, or one in each NODE_PAGES, has an owner. */
export function openOwned(
  module: WebAssembly.Module,
  machine: Machine,
  nrFrames: number,
  pages: "all" | "scattered",
): Core {
  const core = openCore(module, { ...machine, maxContainers: CONTAINERS + 1, maxPids: 2 }, nrFrames, {
    transferBytes: Math.max(TRANSFER_BYTES, 2 * keysOf(nrFrames) * KEY_BYTES),
  });
  for (let id = 1; id <= CONTAINERS; id++) core.runOne(Op.CONTAINER_CREATE, id, 0xffffffff);
  const step = pages === "all" ? 1 : NODE_PAGES;
  const random = sequence(42);
  const words = new Uint32Array(OP_WORDS * BATCH);
  let [owner, run, count] = [0, 0, 0];
  for (let pfn = 0; pfn < nrFrames; pfn += step, run--) {
    if (run === 0) [owner, run] = [1 + (((pfn >>> 12) + (random() % 3)) % CONTAINERS), 1 + (random() & 7)];
    const at = count++ * OP_WORDS;
    words[at] = Op.ALLOC_CHARGE | (owner << 16);
    words[at + 1] = pfn;
    words[at + 2] = PageType.ANON;
    if (count < BATCH && pfn + step < nrFrames) continue;
    const { code } = core.execute(words, count, true);
    if (code !== "OK") throw new Error(`a charge was refused: ${code}`);
    count = 0;
  }
  return core;
}

/** Pages to ask for: keysOf of them at random, then as many in sequence.  The same for all competitors. */
export function keysFor(nrFrames: number): Uint32Array {
  const count = keysOf(nrFrames);
  const random = sequence(43);
  const keys = new Uint32Array(2 * count);
  for (let i = 0; i < count; i++) {
    keys[i] = random() % nrFrames;
    keys[count + i] = i;
  }
  return keys;
}

/** Runs that ask a full ledger, one for each of QUESTIONS; each answers a checksum. */
export function questionsTo(core: Core, keys: Uint32Array): (() => number)[] {
  core.placePfns(keys);
  const count = keys.length / 2;
  return QUESTIONS.map(({ order, isTouched }) => {
    const first = order === "random" ? 0 : count;
    return () => ask(core, first, count, isTouched);
  });
}

function ask(core: Core, first: number, count: number, isTouched: boolean): number {
  let sum = 0;
  for (let at = first; at < first + count; at += CALL) {
    const n = Math.min(CALL, first + count - at);
    let answers: Uint16Array | Uint32Array;
    if (isTouched) answers = core.framesPlaced(at, n);
    else {
      core.lookupPlaced(at, n);
      answers = core.ownersPlaced(at, n);
    }
    for (let i = 0; i < n; i += CHECK_STRIDE) sum = (Math.imul(sum, 31) + answers[i]!) | 0;
  }
  return sum;
}
