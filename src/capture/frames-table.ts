// frames-table: what the kernel said of each frame, in columns.
//
// A machine of 256 GiB has 64 million frames: typed columns that double as they fill, 24 bytes a frame, no object.
//
// INVARIANTS  F1  pfn is strictly ascending.
import { CaptureError } from "./errors.js";

export interface FramesTable {
  readonly count: number;
  /** Ascending; up to 2^40, hence not 32 bits. */
  readonly pfn: Float64Array;
  /** Inode of the cgroup's directory. */
  readonly inode: Float64Array;
  /** /proc/kpageflags, upper and lower half. */
  readonly flagsHi: Uint32Array;
  readonly flagsLo: Uint32Array;
  /** /proc/kpagecount; 0xffffffff stands for more. */
  readonly mapCount: Uint32Array;
}

const FIRST_ROWS = 1024;

/** Collects rows. */
export class FramesBuilder {
  #count = 0;
  #pfn = new Float64Array(FIRST_ROWS);
  #inode = new Float64Array(FIRST_ROWS);
  #flagsHi = new Uint32Array(FIRST_ROWS);
  #flagsLo = new Uint32Array(FIRST_ROWS);
  #mapCount = new Uint32Array(FIRST_ROWS);
  #ascending = true;

  constructor(private readonly file: string) {}

  add(pfn: number, inode: number, flagsHi: number, flagsLo: number, mapCount: number, line: number): void {
    const at = this.#count;
    if (at === this.#pfn.length) this.#grow(at * 2);
    if (at > 0) {
      const before = this.#pfn[at - 1]!;
      if (pfn === before) throw twice(this.file, pfn, line);
      if (pfn < before) this.#ascending = false;
    }
    this.#pfn[at] = pfn;
    this.#inode[at] = inode;
    this.#flagsHi[at] = flagsHi;
    this.#flagsLo[at] = flagsLo;
    this.#mapCount[at] = mapCount;
    this.#count = at + 1;
  }

  finish(): FramesTable {
    if (!this.#ascending) this.#sort();
    const count = this.#count;
    return {
      count,
      pfn: this.#pfn.subarray(0, count),
      inode: this.#inode.subarray(0, count),
      flagsHi: this.#flagsHi.subarray(0, count),
      flagsLo: this.#flagsLo.subarray(0, count),
      mapCount: this.#mapCount.subarray(0, count),
    };
  }

  #grow(rows: number): void {
    this.#pfn = grown(this.#pfn, new Float64Array(rows));
    this.#inode = grown(this.#inode, new Float64Array(rows));
    this.#flagsHi = grown(this.#flagsHi, new Uint32Array(rows));
    this.#flagsLo = grown(this.#flagsLo, new Uint32Array(rows));
    this.#mapCount = grown(this.#mapCount, new Uint32Array(rows));
  }

  /** Establishes F1 for a table that somebody sorted otherwise. */
  #sort(): void {
    const pfn = this.#pfn;
    const order = new Uint32Array(this.#count).map((_, row) => row).sort((a, b) => pfn[a]! - pfn[b]!);
    for (let i = 1; i < order.length; i++) {
      const row = order[i]!;
      if (pfn[row] === pfn[order[i - 1]!]) throw twice(this.file, pfn[row]!, undefined);
    }
    this.#pfn = Float64Array.from(order, (row) => pfn[row]!);
    const { inode, flagsHi, flagsLo, mapCount } = this.#columns();
    this.#inode = Float64Array.from(order, (row) => inode[row]!);
    this.#flagsHi = Uint32Array.from(order, (row) => flagsHi[row]!);
    this.#flagsLo = Uint32Array.from(order, (row) => flagsLo[row]!);
    this.#mapCount = Uint32Array.from(order, (row) => mapCount[row]!);
  }

  #columns() {
    return {
      inode: this.#inode,
      flagsHi: this.#flagsHi,
      flagsLo: this.#flagsLo,
      mapCount: this.#mapCount,
    };
  }
}

function grown<T extends Float64Array | Uint32Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}

function twice(file: string, pfn: number, line: number | undefined): CaptureError {
  return new CaptureError({
    file,
    line,
    reason: `frame ${pfn} is given twice`,
    remedy: "record the capture again",
  });
}
