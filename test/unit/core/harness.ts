// harness: a core module by itself, driven by plain calls, with every byte of its memory in view.
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import {
  ABI_HASH,
  AGENTS_SHIFT,
  Check,
  CORE_PTR,
  Container,
  Core,
  Difference,
  Err,
  LruHead,
  NR_ERR_TALLIES,
  OP_BYTES,
  type Op,
  PageFrame,
} from "../../../src/abi.js";

const ROOT = new URL("../../../", import.meta.url);

export interface DesignRow {
  readonly name: string;
  readonly file: string;
  readonly className: string;
}

export const DESIGNS: readonly DesignRow[] = JSON.parse(
  readFileSync(new URL("tools/designs.json", ROOT), "utf8"),
);

/** Every design, with assertions and as shipped. */
export const MODULES: readonly string[] = DESIGNS.flatMap(({ name }) => [`debug/${name}`, name]);

interface Exports {
  readonly ABI_HASH: WebAssembly.Global;
  readonly DESIGN_ID: WebAssembly.Global;
  readonly FRAME_LAYOUT: WebAssembly.Global;
  init(
    nrFrames: number,
    maxContainers: number,
    maxPids: number,
    transferBytes?: number,
    flags?: number,
  ): number;
  framesInto(pfnsPtr: number, outPtr: number, nrPfns: number): number;
  chargeBatch(pfnsPtr: number, nrPfns: number, memcgId: number, type: number): number;
  unchargeBatch(pfnsPtr: number, nrPfns: number): number;
  recountOwners(outPtr: number): number;
  auditOwners(outPtr: number): number;
  growFrames(nrFrames: number): number;
  execute(ptr: number, nrOps: number, stopAtError: number): number;
  execOne(word0: number, word1: number, word2: number, word3: number): number;
  ownerOf(pfn: number): number;
  onlineOwnerOf(pfn: number): number;
  ownersInto(pfnsPtr: number, outPtr: number, nrPfns: number): number;
  ownersRange(firstPfn: number, nrPages: number, outPtr: number): number;
  onlineOwnersRange(firstPfn: number, nrPages: number, outPtr: number): number;
  containerTotals(): void;
  audit(): number;
  setMark(pfn: number, mark: number): number;
  clearMark(pfn: number, mark: number): number;
  nextMarked(pfn: number, mark: number): number;
  usedIndexBytes(): number;
  usedBytes(): number;
  nrFrames(): number;
  agentOnline(agent: number): number;
  agentOffline(agent: number): number;
  agentQuiescent(agent: number): number;
}

/** What an operation needs besides its code. */
export interface OpArgs {
  readonly pfn?: number;
  readonly order?: number;
  readonly memcg?: number;
  /** Word 2: type, list, limit or second pid. */
  readonly arg?: number;
}

export interface Options {
  readonly nrFrames?: number;
  readonly maxContainers?: number;
  readonly maxPids?: number;
  /** Wasm pages that memory may have. */
  readonly maximum?: number;
  /** Agents in all, for grace periods. */
  readonly agents?: number;
}

const modules = new Map<string, WebAssembly.Module>();

function moduleOf(name: string): WebAssembly.Module {
  let module = modules.get(name);
  if (!module) {
    module = new WebAssembly.Module(readFileSync(new URL(`build/${name}.wasm`, ROOT)));
    modules.set(name, module);
  }
  return module;
}

/** A module over fresh memory, before init. */
export function bare(name: string, maximum = 65536): { memory: WebAssembly.Memory; calls: Exports } {
  const memory = new WebAssembly.Memory({ initial: 1, maximum });
  const { exports } = new WebAssembly.Instance(moduleOf(name), { env: { memory } });
  return { memory, calls: exports as unknown as Exports };
}

const nameOf = (values: Record<string, number>, value: number) =>
  Object.keys(values).find((key) => values[key] === value) ?? String(value);

export const errName = (err: number) => nameOf(Err, err);

/** A ledger ready for operations; small unless told otherwise. */
export class Ledger {
  readonly memory: WebAssembly.Memory;
  readonly calls: Exports;

  constructor(name: string, options: Options = {}) {
    ({ memory: this.memory, calls: this.calls } = bare(name, options.maximum));
    expect(this.calls.ABI_HASH.value >>> 0).toBe(ABI_HASH);
    const { nrFrames = 8192, maxContainers = 64, maxPids = 256, agents = 0 } = options;
    const flags = agents << AGENTS_SHIFT;
    expect(errName(this.calls.init(nrFrames, maxContainers, maxPids, 0, flags))).toBe("OK");
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  core(offset: number): number {
    return this.view.getUint32(CORE_PTR + offset, true);
  }

  containerPtr(id: number): number {
    return this.core(Core.containersPtr) + id * Container.sizeBytes;
  }

  /** A u32 field of a container. */
  of(id: number, offset: number): number {
    return this.view.getUint32(this.containerPtr(id) + offset, true);
  }

  flagsOf(id: number): number {
    return this.view.getUint16(this.containerPtr(id) + Container.flags, true);
  }

  framePtr(pfn: number): number {
    return this.core(Core.framesPtr) + pfn * PageFrame.sizeBytes;
  }

  frameOrder(pfn: number): number {
    return this.view.getUint8(this.framePtr(pfn) + PageFrame.order);
  }

  frameLru(pfn: number): number {
    return this.view.getUint8(this.framePtr(pfn) + PageFrame.lru);
  }

  /** Runs one operation; answers the name of its Err code. */
  try(op: Op, { pfn = 0, order = 0, memcg = 0, arg = 0 }: OpArgs): string {
    return errName(this.calls.execOne(op | (order << 8) | (memcg << 16), pfn, arg, 0));
  }

  /** Runs one operation that must succeed. */
  do(op: Op, args: OpArgs): void {
    expect(this.try(op, args)).toBe("OK");
  }

  /** Writes operations into the op buffer and runs them as one batch. */
  batch(ops: readonly (readonly [Op, OpArgs])[], stopAtError = false): number {
    const ptr = this.core(Core.opsPtr);
    const view = this.view;
    ops.forEach(([op, { pfn = 0, order = 0, memcg = 0, arg = 0 }], i) => {
      view.setUint32(ptr + i * OP_BYTES, op | (order << 8) | (memcg << 16), true);
      view.setUint32(ptr + i * OP_BYTES + 4, pfn, true);
      view.setUint32(ptr + i * OP_BYTES + 8, arg, true);
    });
    return this.calls.execute(ptr, ops.length, stopAtError ? 1 : 0) >>> 0;
  }

  /** Pfns on one LRU list, from the newest to the oldest. */
  lruList(id: number, list: number): number[] {
    const pfns: number[] = [];
    let link = this.of(id, Container.lists + list * LruHead.sizeBytes + LruHead.first);
    while (link) {
      pfns.push(link - 1);
      link = this.view.getUint32(this.framePtr(link - 1) + PageFrame.lruNext, true);
    }
    return pfns;
  }

  /** Asserts that the ledger agrees with a recount, and says what does not. */
  sound(): void {
    const found = this.calls.audit();
    const lines: string[] = [];
    for (let i = 0; i < Math.min(found, 4); i++) {
      const at = CORE_PTR + Core.differences + i * Difference.sizeBytes;
      const check = this.view.getUint16(at + Difference.check, true);
      const [id, ...words] = [
        this.view.getUint16(at + Difference.containerId, true),
        this.view.getUint32(at + Difference.pfn, true),
        this.view.getUint32(at + Difference.expected, true),
        this.view.getUint32(at + Difference.found, true),
      ];
      lines.push(`${nameOf(Check, check)} container ${id} pfn/number expected found: ${words.join(" ")}`);
    }
    expect(lines).toEqual([]);
    expect(found).toBe(0);
  }

  /** Every byte of memory, with what a refused operation may change set to zero (E1). */
  snapshot(): Buffer {
    const image = Buffer.from(this.memory.buffer.slice(0));
    image.fill(0, CORE_PTR + Core.errorCounts, CORE_PTR + Core.errorCounts + 4 * NR_ERR_TALLIES);
    for (const offset of [Core.firstError, Core.opsExecuted, Core.opsExecuted + 4]) {
      image.writeUInt32LE(0, CORE_PTR + offset);
    }
    image.writeBigUInt64LE(0n, CORE_PTR + Core.firstErrorOp);
    image.writeUInt32LE(0, CORE_PTR + Core.arenaEnd);
    const maxContainers = image.readUInt32LE(CORE_PTR + Core.maxContainers);
    for (let id = 0; id < maxContainers; id++)
      image.writeUInt32LE(0, this.containerPtr(id) + Container.failCount);
    return image;
  }

  /** Runs an operation that must answer `err` and leave memory as it was, byte for byte. */
  refuses(err: keyof typeof Err, op: Op, args: OpArgs): void {
    const before = this.snapshot();
    expect(this.try(op, args)).toBe(err);
    const after = this.snapshot();
    // An index may have set room aside: memory may be longer, its new end is all zero.
    expect(after.subarray(0, before.length).equals(before)).toBe(true);
    expect(after.subarray(before.length).every((byte) => byte === 0)).toBe(true);
  }
}

/** A small generator with a fixed seed (xorshift32), so that a history can be named by one number. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
