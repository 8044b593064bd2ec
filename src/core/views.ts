/**
 * views: linear memory as words, always of its present length.
 */
import { CORE_PTR, Core as CoreRecord } from "../abi.js";
import { SharingError } from "./errors.js";

export class Views {
  readonly memory: WebAssembly.Memory;
  readonly #shared: boolean;
  #u32: Uint32Array;
  #u16: Uint16Array;
  #closed = false;

  constructor(memory: WebAssembly.Memory, shared: boolean) {
    this.memory = memory;
    this.#shared = shared;
    this.#u32 = new Uint32Array(memory.buffer);
    this.#u16 = new Uint16Array(memory.buffer);
  }

  get u32(): Uint32Array {
    if (this.#isOld()) this.#renew();
    return this.#u32;
  }
  get u16(): Uint16Array {
    if (this.#isOld()) this.#renew();
    return this.#u16;
  }

  /** From now on whoever looks gets SharingError `detached`. */
  protected closeViews(): void {
    this.#closed = true;
    this.#u32 = new Uint32Array();
    this.#u16 = new Uint16Array();
  }

  /** Whether memory has grown; if another agent did it, this thread's buffer may not have heard of it. */
  #isOld(): boolean {
    if (this.#u32.buffer !== this.memory.buffer) return true;
    return this.#shared && this.#u32[(CORE_PTR + CoreRecord.arenaEnd) >>> 2]! > this.#u32.byteLength;
  }

  #renew(): void {
    if (this.#closed) throw new SharingError("detached");
    if (this.#shared) this.memory.grow(0); // the buffer from now on has the length of the memory
    this.#u32 = new Uint32Array(this.memory.buffer);
    this.#u16 = new Uint16Array(this.memory.buffer);
  }

  /** A word of the region table, by its offset in `abi.Core`. */
  coreWord(offset: number): number {
    return this.u32[(CORE_PTR + offset) >>> 2]!;
  }
  /** A u16 of the region table. */
  coreHalf(offset: number): number {
    return this.u16[(CORE_PTR + offset) >>> 1]!;
  }
  /** A u64 word of the region table, rounded above 2^53. */
  coreWord64(offset: number): number {
    return this.coreWord(offset) + this.coreWord(offset + 4) * 2 ** 32;
  }
}

/** The same, of one agent. */
export interface AgentViews extends Views {
  readonly agent: number;
  agentWord(offset: number): number;
}
