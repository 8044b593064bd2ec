/**
 * snapshot: a whole ledger to bytes and back.
 *
 * All state of a core lies in linear memory, at addresses that its sizes alone decide.  So an image is the blocks in
 * use, and a restore opens a ledger of the same sizes, compares where everything lies, and puts the blocks in place.
 * Buffers and the undo journal hold nothing between two calls, agents' records nothing of the ledger: they are left out.
 * Stocks lie in the image; nobody has them in the ledger made from it, so they are given back there.
 */
import { AGENTS_PTR, CORE_PTR, Core as CoreRecord, Design, FRAME_LAYOUTS, SLAB_BYTES } from "../abi.js";
import { Core } from "../core/core.js";
import { LedgerError } from "../core/errors.js";
import { auditCore } from "./audit.js";
import { BLOCK_BYTES, type ImageParts, readImage, writeImage } from "./image.js";
import { checkImage } from "./image-check.js";
import { SnapshotError } from "./snapshot-error.js";

export interface RestoreOptions {
  /** Recount the restored ledger before it is given out.  Default true; costs one read of every frame. */
  readonly audit?: boolean;
}

/** A core with the image in place, and the names of its containers by id. */
export interface Installed {
  readonly core: Core;
  readonly names: ReadonlyMap<number, string>;
}

const WASM_PAGE_BYTES = 65536;

/** Fields of the region table that the sizes decide: a fresh ledger of the same sizes has the same. */
const LAYOUT = [
  "magic",
  "abiHash",
  "designId",
  "nrFrames",
  "nrRecords",
  "transferBytes",
  "nrAgents",
  "agentBytes",
  "journalPtr",
  "journalBytes",
  "maxContainers",
  "maxPids",
  "containersPtr",
  "tasksPtr",
  "statsPtr",
  "seenPtr",
  "countersPtr",
  "updatedPtr",
  "updatedWords",
  "opsPtr",
  "transferPtr",
  "framesPtr",
  "indexPtr",
  "indexBytes",
  "arenaPtr",
  "objectsMax",
] as const;

export function encodeSnapshot(core: Core, names: ReadonlyMap<number, string>): Uint8Array<ArrayBuffer> {
  const end = core.coreWord(CoreRecord.arenaNext);
  const buffersAt = core.coreWord(CoreRecord.opsPtr);
  const buffersEnd = core.coreWord(CoreRecord.framesPtr);
  const containersPtr = core.coreWord(CoreRecord.containersPtr);
  const words = new Int32Array(core.memory.buffer);
  const numbers: number[] = [];
  for (let at = 0; at < end; at += BLOCK_BYTES) {
    if (at >= buffersAt && at < buffersEnd) continue;
    if (at > AGENTS_PTR && at < containersPtr) continue;
    if (!isZero(words, at >>> 2)) numbers.push(at / BLOCK_BYTES);
  }
  const { designId, frameLayout } = core;
  return writeImage({ designId, frameLayout, names, numbers, memory: new Uint8Array(core.memory.buffer) });
}

/** Throws SnapshotError, AbiMismatchError, or LedgerError NO_MEMORY. */
export function installSnapshot(
  module: WebAssembly.Module,
  image: Uint8Array,
  options: RestoreOptions,
): Installed {
  const parts = readImage(image);
  const core = openLike(module, parts);
  placeBlocks(core, parts);
  try {
    checkImage(core, parts.names, parts.numbers);
    core.counting.drainImage();
    if (options.audit ?? true) {
      const { differences, list } = auditCore(core);
      const first = list[0];
      if (first !== undefined)
        throw new SnapshotError(
          "inconsistent",
          `the audit found ${differences} differences, first ${first.check} (container ${first.containerId}, pfn ${first.pfn})`,
        );
    }
  } catch (cause) {
    // A forged address can lead out of memory; the core then stops, and this ledger is never given out.
    if (cause instanceof WebAssembly.RuntimeError)
      throw new SnapshotError("inconsistent", "following the image led out of memory", { cause });
    throw cause;
  }
  return { core, names: parts.names };
}

/** Opens a ledger of the sizes that the image tells of, and compares the region tables. */
function openLike(module: WebAssembly.Module, parts: ImageParts): Core {
  if (parts.numbers[0] !== 0) throw new SnapshotError("inconsistent", "the region table is missing");
  const block = parts.block(0);
  const table = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const word = (offset: number) => table.getUint32(CORE_PTR + offset, true);
  let core: Core;
  try {
    core = new Core(module, {
      nrFrames: word(CoreRecord.nrFrames),
      maxContainers: word(CoreRecord.maxContainers),
      maxPids: word(CoreRecord.maxPids),
      transferBytes: word(CoreRecord.transferBytes),
      frameRecords: word(CoreRecord.nrRecords) !== 0,
      ...(word(CoreRecord.journalBytes) === 0
        ? {}
        : { agents: word(CoreRecord.nrAgents), journalBytes: word(CoreRecord.journalBytes) }),
    });
  } catch (cause) {
    if (cause instanceof LedgerError && cause.code === "BAD_ARG")
      throw new SnapshotError("inconsistent", "no ledger has the sizes that the image tells of", { cause });
    throw cause;
  }
  if (parts.designId !== core.designId)
    throw new SnapshotError(
      "design",
      `the image was written under owner design ${parts.designId}, the module has ${core.designId}`,
    );
  if (parts.frameLayout !== core.frameLayout)
    throw new SnapshotError(
      "layout",
      `the image was written on frame layout ${FRAME_LAYOUTS[parts.frameLayout]?.name ?? parts.frameLayout}, the module has ${core.frame.name}`,
    );
  if (core.designId === Design.PALETTE && (word(CoreRecord.gpEpoch) !== 0) !== (core.agents !== undefined))
    throw new SnapshotError(
      "design",
      "the image was written under the same owner design, for one agent where the module is for several, or the other way round",
    );
  for (const name of LAYOUT)
    if (word(CoreRecord[name]) !== core.coreWord(CoreRecord[name]))
      throw new SnapshotError("inconsistent", `the region table's ${name} is impossible`);
  const end = word(CoreRecord.arenaNext);
  const last = parts.numbers.at(-1)! * BLOCK_BYTES;
  if (end < core.coreWord(CoreRecord.arenaPtr) || end % SLAB_BYTES !== 0 || last >= end)
    throw new SnapshotError("inconsistent", "the end of the arena is impossible");
  if (end > (parts.numbers.length + 1) * BLOCK_BYTES + core.coreWord(CoreRecord.arenaPtr))
    throw new SnapshotError("inconsistent", "the arena is larger than its slabs");
  // What the design may take without asking must be there, and is less than the frames.
  const promisedBytes = word(CoreRecord.arenaPromised) * SLAB_BYTES;
  if (promisedBytes > core.nrFrames * core.frame.sizeBytes + SLAB_BYTES)
    throw new SnapshotError("inconsistent", "more slabs are promised than frames could need");
  growTo(core, end + promisedBytes);
  return core;
}

/** Makes linear memory hold `end` bytes. */
function growTo(core: Core, end: number): void {
  const missing = Math.ceil(end / WASM_PAGE_BYTES) - core.memory.buffer.byteLength / WASM_PAGE_BYTES;
  if (missing <= 0) return;
  try {
    core.memory.grow(missing);
  } catch (cause) {
    throw new LedgerError("NO_MEMORY", `restore(${end} bytes)`, { cause });
  }
}

function placeBlocks(core: Core, parts: ImageParts): void {
  const memory = new Uint8Array(core.memory.buffer);
  const containersPtr = core.coreWord(CoreRecord.containersPtr);
  const buffersAt = core.coreWord(CoreRecord.opsPtr);
  const buffersEnd = core.coreWord(CoreRecord.framesPtr);
  // What a fresh ledger has written lies in the block of the region table, and that one comes first.
  parts.numbers.forEach((number, i) => {
    const at = number * BLOCK_BYTES;
    if ((at >= buffersAt && at < buffersEnd) || (at > AGENTS_PTR && at < containersPtr))
      throw new SnapshotError("inconsistent", "a block lies in a buffer");
    const block = parts.block(i);
    if (number === 0) memory.set(block.subarray(CORE_PTR, AGENTS_PTR), CORE_PTR);
    else memory.set(block, at);
  });
  // The one figure that depends on this memory.
  core.u32[(CORE_PTR + CoreRecord.arenaEnd) >>> 2] = Math.min(memory.length, 65535 * WASM_PAGE_BYTES);
}

/** Signed words and no early end: twice as fast as the obvious loop, and most blocks are zero. */
function isZero(words: Int32Array, from: number): boolean {
  let bits = 0;
  for (let i = from; i < from + BLOCK_BYTES / 4; i += 4)
    bits |= words[i]! | words[i + 1]! | words[i + 2]! | words[i + 3]!;
  return bits === 0;
}
