/**
 * machine: what a model is made of.  Variables are bytes, processes are lists of steps, a step makes one access to shared
 * memory, and between any two steps any other process may take some of its own.
 *
 *   state   │ variables, one byte each │ where each process stands │ store buffers, if the model has any │
 *
 *   plain store ──► buffer of its process ──at any later moment──► memory      own loads see it at once, others then
 *   atomic store, add, compare and swap: the buffer runs empty first, then memory changes, in one step
 *
 * Without buffers every access is sequentially consistent, as wasm's atomics are.  Buffers that run empty in order are
 * those of x86; with order "per address" only stores to one address keep theirs, which is what plain stores of wasm may
 * count on.  Loads always happen in the order written: where a design relies on that, its model has a mutation that
 * swaps them.
 */

/** A step that cannot be taken yet, and changes nothing. */
export const WAIT = "(wait)";
/** The process has no more steps. */
export const END = "(end)";

const ENDED = 255;

export interface Step {
  /** Unique in its process; what other steps go to. */
  readonly label: string;
  readonly text: string;
  /** Ways in which the step can go, each of them tried. */
  readonly ways: number;
  /** Answers a label, WAIT, END, or nothing for the next step in the list. */
  run(m: Memory, way: number): string | undefined;
}

export interface Process {
  readonly name: string;
  readonly steps: readonly Step[];
}

type Rule = (m: Memory) => boolean;

export interface Model {
  readonly name: string;
  readonly variables: Variables;
  readonly processes: readonly Process[];
  init(m: Memory): void;
  /** What holds in every state, by name. */
  readonly always: Readonly<Record<string, Rule>>;
  /** What holds once every process has ended. */
  readonly atEnd?: Readonly<Record<string, Rule>>;
  /** States that can be reached from every state. */
  readonly canAlways?: Readonly<Record<string, Rule>>;
  readonly buffers?: { readonly order: "in order" | "per address"; readonly depth: number };
}

export function step(label: string, text: string, run: Step["run"], ways = 1): Step {
  return { label, text, ways, run };
}

/** Names of the bytes of a state. */
export class Variables {
  readonly names: string[] = [];

  one(name: string): number {
    this.names.push(name);
    return this.names.length - 1;
  }

  /** `count` bytes in a row; answers the first. */
  many(name: string, count: number): number {
    const first = this.names.length;
    for (let i = 0; i < count; i++) this.names.push(`${name}${i}`);
    return first;
  }
}

/** One state, with the accesses that a step may make. */
export class Memory {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  /** The process that takes a step. */
  running = 0;
  /** Set by a step that must not happen. */
  violation = "";
  /** Set by a plain store that finds its buffer full: the step waits. */
  blocked = false;
  readonly #pcs: number;
  readonly #buffers: number;
  readonly #bufferBytes: number;
  readonly #depth: number;
  readonly #inOrder: boolean;
  readonly #processes: readonly Process[];

  constructor(model: Model) {
    const { variables, processes, buffers } = model;
    this.#processes = processes;
    this.#pcs = variables.names.length;
    this.#buffers = this.#pcs + processes.length;
    this.#depth = buffers?.depth ?? 0;
    this.#inOrder = buffers?.order === "in order";
    this.#bufferBytes = buffers ? 1 + 2 * buffers.depth : 0;
    const size = this.#buffers + processes.length * this.#bufferBytes;
    if (size > 255) throw new Error(`${model.name}: a state of ${size} bytes, 255 at most`);
    this.bytes = new Uint8Array((size + 3) & ~3);
    this.words = new Uint32Array(this.bytes.buffer);
  }

  /** A variable as it lies in memory: for invariants, and for what no other process touches. */
  get(at: number): number {
    return this.bytes[at]!;
  }

  set(at: number, value: number): undefined {
    this.bytes[at] = value;
  }

  load(at: number): number {
    if (this.#depth) {
      const base = this.#bufferOf(this.running);
      for (let i = this.bytes[base]!; i > 0; i--) {
        if (this.bytes[base + 2 * i - 1] === at) return this.bytes[base + 2 * i]!;
      }
    }
    return this.bytes[at]!;
  }

  /** A plain store. */
  store(at: number, value: number): undefined {
    if (!this.#depth) {
      this.bytes[at] = value;
      return;
    }
    const base = this.#bufferOf(this.running);
    const count = this.bytes[base]!;
    if (count === this.#depth) {
      this.blocked = true;
      return;
    }
    this.bytes[base] = count + 1;
    this.bytes[base + 2 * count + 1] = at;
    this.bytes[base + 2 * count + 2] = value;
  }

  atomicStore(at: number, value: number): undefined {
    this.drainAll(this.running);
    this.bytes[at] = value;
  }

  /** Answers the value before. */
  atomicAdd(at: number, delta: number): number {
    this.drainAll(this.running);
    const before = this.bytes[at]!;
    this.bytes[at] = before + delta;
    return before;
  }

  /** Stores if the value is the expected one; answers whether it was. */
  compareAndSwap(at: number, expected: number, value: number): boolean {
    this.drainAll(this.running);
    if (this.bytes[at] !== expected) return false;
    this.bytes[at] = value;
    return true;
  }

  violate(rule: string): void {
    this.violation = rule;
  }

  pc(process: number): number {
    return this.bytes[this.#pcs + process]!;
  }

  hasEnded(process: number): boolean {
    return this.pc(process) === ENDED;
  }

  /** Whether a process stands before one of these steps. */
  isAt(process: number, ...labels: readonly string[]): boolean {
    const label = this.#processes[process]!.steps[this.pc(process)]?.label;
    return label !== undefined && labels.includes(label);
  }

  go(process: number, pc: number): void {
    this.bytes[this.#pcs + process] = pc;
  }

  /** Ends a process where it stands: what it has stored gets to memory, it does nothing more. */
  stop(process: number): void {
    this.drainAll(process);
    this.go(process, ENDED);
  }

  /** Stores of a process that other processes do not see yet. */
  pending(process: number): number {
    return this.#depth ? this.bytes[this.#bufferOf(process)]! : 0;
  }

  /** Brings one buffered store to memory; false if one to the same address, or with buffers in order any, is older. */
  drain(process: number, nth: number): boolean {
    const base = this.#bufferOf(process);
    const at = this.bytes[base + 2 * nth + 1]!;
    for (let i = 0; i < nth; i++) if (this.#inOrder || this.bytes[base + 2 * i + 1] === at) return false;
    this.bytes[at] = this.bytes[base + 2 * nth + 2]!;
    const end = base + 1 + 2 * this.#depth;
    this.bytes.copyWithin(base + 2 * nth + 1, base + 2 * nth + 3, end);
    this.bytes.fill(0, end - 2, end);
    this.bytes[base] = this.bytes[base]! - 1;
    return true;
  }

  drainAll(process: number): void {
    while (this.pending(process)) this.drain(process, 0);
  }

  #bufferOf(process: number): number {
    return this.#buffers + process * this.#bufferBytes;
  }
}
