/**
 * machine: what the claims are tried on: a history of operations, and the state that it ends in.
 *
 *   capture ──► replay ──► operations ─┐
 *   generated ─────────────────────────┴─► every design plays the very same bytes
 *
 * Operations are kept as 4 words each (abi.Op), at most OPERATIONS_MAX of them: of a longer history the beginning.
 */
import { Container, Op } from "../abi.js";
import { Core, type CoreSize, OP_WORDS } from "../core/core.js";
import { histories } from "../workload/histories.js";
import type { MachineSummary } from "./finding.js";

export const OPERATIONS_MAX = 1 << 22;
const SECTION_FRAMES = 2048;
/** How often the history is looked at for the types of its pages. */
const MOMENTS = 64;

export interface Machine {
  readonly name: string;
  readonly source: "capture" | "generated";
  readonly nrFrames: number;
  readonly maxContainers: number;
  readonly maxPids: number;
  /** 4 words each. */
  readonly operations: Uint32Array;
  /** True if the history went on beyond what is kept. */
  readonly isCut: boolean;
  /** Different bits of /proc/kpageflags that the capture's frames have set; 0 where nobody looked. */
  readonly kernelFlags: number;
}

/** The machine at the end of its history. */
export interface MachineState {
  readonly ownedFrames: number;
  /** Pages charged, by type: the mean over MOMENTS equally far apart in the history. */
  readonly byType: {
    readonly anon: number;
    readonly file: number;
    readonly shmem: number;
    readonly kernel: number;
  };
  /** Aligned blocks of 64 frames, and sections of 2048, that hold an owned frame. */
  readonly blocks: number;
  readonly sections: number;
  readonly containers: number;
}

/** Gathers a history, batch by batch. */
export class OperationLog {
  #words = new Uint32Array(1 << 16);
  #used = 0;
  isCut = false;
  #maxContainer = 0;
  #maxPid = 0;
  #maxFrame = 0;

  add(words: Uint32Array, count: number): void {
    const room = OPERATIONS_MAX - this.#used / OP_WORDS;
    const taken = Math.min(count, room);
    if (taken < count) this.isCut = true;
    const end = this.#used + taken * OP_WORDS;
    while (end > this.#words.length) {
      const larger = new Uint32Array(this.#words.length * 2);
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words.set(words.subarray(0, taken * OP_WORDS), this.#used);
    for (let at = this.#used; at < end; at += OP_WORDS) this.#note(at);
    this.#used = end;
  }

  /** What a ledger must have room for. */
  #note(at: number): void {
    const word0 = this.#words[at]!;
    const [a, b] = [this.#words[at + 1]!, this.#words[at + 2]!];
    const code = word0 & 0xff;
    this.#maxContainer = Math.max(this.#maxContainer, word0 >>> 16);
    if (code === Op.CONTAINER_CREATE || code === Op.CONTAINER_REMOVE || code === Op.CONTAINER_SET_MAX)
      this.#maxContainer = Math.max(this.#maxContainer, a);
    else if (code === Op.REPLAY_REMOVE) this.#maxContainer = Math.max(this.#maxContainer, a);
    else if (code === Op.TASK_FORK || code === Op.REPLAY_FORK) this.#maxPid = Math.max(this.#maxPid, a, b);
    else if (code === Op.TASK_ATTACH || code === Op.TASK_EXIT) this.#maxPid = Math.max(this.#maxPid, a);
    else this.#maxFrame = Math.max(this.#maxFrame, a + 2 ** ((word0 >>> 8) & 0xff) - 1);
  }

  machine(name: string, source: Machine["source"], nrFrames: number, kernelFlags = 0): Machine {
    const frames = Math.max(nrFrames, this.#maxFrame + 1);
    return {
      name,
      source,
      nrFrames: Math.ceil(frames / 2 ** 15) * 2 ** 15,
      maxContainers: this.#maxContainer + 1,
      maxPids: this.#maxPid + 1,
      operations: this.#words.slice(0, this.#used),
      isCut: this.isCut,
      kernelFlags,
    };
  }
}

/** A fresh ledger that a machine's history fits. */
export function openCore(
  module: WebAssembly.Module,
  machine: Machine,
  nrFrames = machine.nrFrames,
  more: Pick<CoreSize, "transferBytes"> = {},
): Core {
  const { maxContainers, maxPids } = machine;
  return new Core(module, {
    ...more,
    nrFrames,
    maxContainers: Math.max(2, maxContainers),
    maxPids: Math.max(2, maxPids),
  });
}

/** Plays the history.  Operations that a ledger refuses are tallied there, as in a replay. */
export function play(core: Core, operations: Uint32Array): void {
  core.execute(operations, operations.length / OP_WORDS, false);
}

/** Sum over containers of id × pages: equal in all designs, or one of them is wrong. */
export function chargesOf(core: Core): number {
  let sum = 0;
  for (let id = 1; id < core.maxContainers; id++)
    if (core.isUsed(id)) sum += id * core.containerWord(id, Container.chargedPages);
  return sum;
}

/** Pages charged now, by type. */
function pagesByType(core: Core): MachineState["byType"] {
  const pages = { anon: 0, file: 0, shmem: 0, kernel: 0 };
  for (let id = 1; id < core.maxContainers; id++) {
    if (!core.isUsed(id)) continue;
    pages.anon += core.containerWord(id, Container.anonPages);
    pages.file += core.containerWord(id, Container.filePages);
    pages.shmem += core.containerWord(id, Container.shmemPages);
    pages.kernel += core.containerWord(id, Container.kernelPages);
  }
  return pages;
}

/** Plays the history in an empty ledger, looking at it now and then, and counts what is there at the end. */
export function playAndCount(core: Core, operations: Uint32Array): MachineState {
  const byType = { anon: 0, file: 0, shmem: 0, kernel: 0 };
  const nrOps = operations.length / OP_WORDS;
  for (let moment = 0, from = 0; moment < MOMENTS; moment++) {
    const to = Math.floor((nrOps * (moment + 1)) / MOMENTS);
    play(core, operations.subarray(from * OP_WORDS, to * OP_WORDS));
    from = to;
    const now = pagesByType(core);
    for (const type of ["anon", "file", "shmem", "kernel"] as const) byType[type] += now[type] / MOMENTS;
  }
  let containers = 0;
  for (let id = 1; id < core.maxContainers; id++) if (core.isUsed(id)) containers++;
  let [ownedFrames, blocks, sections, block, section] = [0, 0, 0, -1, -1];
  for (let pfn = core.nextOwned(0); pfn < core.nrFrames; pfn = core.nextOwned(pfn + 1)) {
    ownedFrames++;
    if (pfn >>> 6 !== block) {
      block = pfn >>> 6;
      blocks++;
    }
    const at = Math.floor(pfn / SECTION_FRAMES);
    if (at !== section) {
      section = at;
      sections++;
    }
  }
  return { ownedFrames, byType, blocks, sections, containers };
}

export function summaryOf(machine: Machine, state: MachineState): MachineSummary {
  const { anon, file, shmem, kernel } = state.byType;
  const count = (n: number) => Math.round(n).toLocaleString("en-US");
  const cut = machine.isCut ? `, the first ${count(OPERATIONS_MAX)} operations of a longer history` : "";
  return {
    name: machine.name,
    source: machine.source,
    what: `${count(anon)} anonymous, ${count(file)} file, ${count(shmem)} shared and ${count(kernel)} kernel pages charged on average over the history${cut}`,
    frames: machine.nrFrames,
    ownedFrames: state.ownedFrames,
    operations: machine.operations.length / OP_WORDS,
    containers: state.containers,
  };
}

/** A fixed pseudo-random sequence of 32-bit numbers (xorshift). */
export function sequence(seed: number): () => number {
  let x = seed | 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

/** A machine without a capture: a history in the shape of the committed capture `nested`, at any size. */
export function generatedMachine(nrFrames: number, nrEvents: number, seed: number): Machine {
  const history = histories["capture-shaped"]!({ nrFrames, nrEvents, seed });
  const log = new OperationLog();
  const words = new Uint32Array(OP_WORDS * 4096);
  for (let count = history.fill(words); count > 0; count = history.fill(words)) log.add(words, count);
  return log.machine("generated machine", "generated", nrFrames);
}
