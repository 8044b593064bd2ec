/**
 * machine: what the claims are tried on: a history of operations, and the state that it ends in.
 *
 *   capture ──► replay ──► operations ─┐
 *   generated ─────────────────────────┴─► every design plays the very same bytes
 *
 * Operations are kept as 4 words each (abi.Op), at most OPERATIONS_MAX of them: of a longer history the beginning.
 */
import { Container, LruList, Op, PageType } from "../abi.js";
import { Core, OP_WORDS } from "../core/core.js";
import { LedgerError } from "../core/errors.js";
import type { MachineSummary } from "./finding.js";

export const OPERATIONS_MAX = 1 << 22;
const SECTION_FRAMES = 2048;

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
  /** Pages charged, by type. */
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
export function openCore(module: WebAssembly.Module, machine: Machine, nrFrames = machine.nrFrames): Core {
  const { maxContainers, maxPids } = machine;
  return new Core(module, {
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

/** Counts a ledger that has played the history. */
export function stateOf(core: Core): MachineState {
  const byType = { anon: 0, file: 0, shmem: 0, kernel: 0 };
  let containers = 0;
  for (let id = 1; id < core.maxContainers; id++) {
    if (!core.isUsed(id)) continue;
    containers++;
    byType.anon += core.containerWord(id, Container.anonPages);
    byType.file += core.containerWord(id, Container.filePages);
    byType.shmem += core.containerWord(id, Container.shmemPages);
    byType.kernel += core.containerWord(id, Container.kernelPages);
  }
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
  const count = (n: number) => n.toLocaleString("en-US");
  const cut = machine.isCut ? `, the first ${count(OPERATIONS_MAX)} operations of a longer history` : "";
  return {
    name: machine.name,
    source: machine.source,
    what: `${count(anon)} anonymous, ${count(file)} file, ${count(shmem)} shared and ${count(kernel)} kernel pages charged at the end${cut}`,
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

/** Pages of a type, of a hundred. */
const TYPE_MIX: readonly (readonly [number, PageType])[] = [
  [45, PageType.ANON],
  [85, PageType.FILE],
  [90, PageType.SHMEM],
  [100, PageType.KERNEL],
];
const CONTAINERS = 12;

/**
 * A machine without a capture: three fifths of its frames charged in interleaved runs of 2 to 11 frames, two to four
 * owners in most blocks of 64, then a churn of frees and allocations over a quarter of it.
 */
export function generatedMachine(nrFrames: number, seed: number): Machine {
  const random = sequence(seed);
  const log = new OperationLog();
  const words = new Uint32Array(OP_WORDS * 4096);
  let ops = 0;
  const push = (code: number, low: number, a: number, b: number) => {
    words.set([code | (low << 16), a, b, 0], OP_WORDS * ops++);
    if (ops < 4096) return;
    log.add(words, ops);
    ops = 0;
  };
  const allocate = (pfn: number, owner: number, type: PageType) => {
    push(Op.ALLOC_CHARGE, owner, pfn, type);
    if (type === PageType.KERNEL) return;
    const list = type === PageType.FILE ? LruList.INACTIVE_FILE : LruList.INACTIVE_ANON;
    push(Op.LRU_PUT, 0, pfn, list);
    if ((random() & 7) === 0) push(Op.REPLAY_ACTIVATE, 0, pfn, 0);
  };
  const fill = (from: number, to: number, share: number) => {
    for (let pfn = from; pfn < to; ) {
      const near = 1 + (Math.floor(pfn / 1024) % (CONTAINERS - 2));
      const owner = near + (random() % 3);
      const pick = random() % 100;
      const type = TYPE_MIX.find(([below]) => pick < below)![1];
      const isOwned = random() % 100 < share;
      for (let run = 2 + (random() % 10); run > 0 && pfn < to; run--, pfn++)
        if (isOwned) allocate(pfn, owner, type);
        else push(Op.RELEASE, 0, pfn, 0);
    }
  };
  for (let id = 1; id <= CONTAINERS; id++) push(Op.CONTAINER_CREATE, 0, id, 0xffffffff);
  fill(0, nrFrames, 60);
  for (let round = 0; round < 8; round++) {
    const from = random() % nrFrames;
    fill(from, Math.min(nrFrames, from + (nrFrames >>> 5)), 60);
  }
  if (ops > 0) log.add(words, ops);
  return log.machine("generated machine", "generated", nrFrames);
}

/** Fails early and in words where a design cannot hold a machine. */
export function tryOpen(module: WebAssembly.Module, machine: Machine, nrFrames?: number): Core | LedgerError {
  try {
    return openCore(module, machine, nrFrames);
  } catch (error) {
    if (error instanceof LedgerError) return error;
    throw error;
  }
}
