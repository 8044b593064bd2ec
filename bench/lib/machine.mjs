// machine: ledgers whose frames are owned as those of real machines are, in any size and density.
//
// Owners interleave finely: runs of 2 to 11 frames, few different owners in any 64 frames.  "Nobody" is one of them, as in
// captures, so k values meet in a block: 2, 3 or 4 in nearly all, 5 in a hundredth; k - 1 of them are containers.
//
//   density d:  a block is in use with probability √d, a run in it is owned with probability √d
//
// so memory in use lies together, and has holes.  At density 1 nobody owns nothing, and a block has k - 1 owners.
import {
  Core as CoreRecord,
  LedgerLock,
  LOCK_PTR,
  LOCK_WAITERS,
  Op,
  PageType,
  TRANSFER_BYTES,
} from "../../dist/abi.js";
import { Core } from "../../dist/core/core.js";
import { loadDesign } from "../../dist/node/modules.js";
import { xorshift } from "./random.mjs";

export const CONTAINERS = 64;
const BLOCK = 64;
const BATCH = 16384;
/** Bytes of the transfer buffer for a key: pfn in, flags and owner out. */
const KEY_BYTES = 8;

/** Owner of each frame, 0 = nobody.  @returns {Uint16Array} */
export function ownersOf({ nrFrames, density, seed }) {
  const random = xorshift(seed);
  const often = Math.sqrt(density) * 2 ** 32;
  const owners = new Uint16Array(nrFrames);
  for (let block = 0; block < nrFrames; block += BLOCK) {
    if (random() >= often) continue;
    const end = Math.min(block + BLOCK, nrFrames);
    const nrOwners = nrOwnersOf(random() % 100);
    const first = random();
    for (let pfn = block; pfn < end; ) {
      const owned = random() < often;
      const id = 1 + ((first + (random() % nrOwners) * 7) % CONTAINERS);
      for (let run = 2 + (random() % 10); run > 0 && pfn < end; run--) owners[pfn++] = owned ? id : 0;
    }
  }
  return owners;
}

/** Containers in a block: one less than the values that meet there.  30 %, 40 %, 29 %, 1 %. */
function nrOwnersOf(percent) {
  if (percent < 30) return 1;
  if (percent < 70) return 2;
  return percent < 99 ? 3 : 4;
}

/**
 * A ledger of one design with a page charged for each owned frame.
 * @param {WebAssembly.Module} module
 * @param {Uint16Array} owners
 * @param {{ keys?: number, agents?: number }} [options] `agents` for a module of a shared build
 */
export function openMachine(module, owners, options = {}) {
  const core = openCore(module, { nrFrames: owners.length, ...options });
  fill(core, owners.length, (pfn) => owners[pfn]);
  return core;
}

/** Parents by id: all containers side by side. */
const FLAT = Object.fromEntries(Array.from({ length: CONTAINERS }, (_, i) => [i + 1, 0]));

/**
 * An empty ledger with its containers, and room for so many keys at once.
 * @param {WebAssembly.Module} module
 * @param {{ nrFrames: number, keys?: number, agents?: number, frameRecords?: boolean, tree?: Record<number, number> }} options
 */
export function openCore(module, { nrFrames, keys, agents, frameRecords, tree = FLAT }) {
  const size = { nrFrames, maxContainers: Object.keys(tree).length + 1, maxPids: 16 };
  const core = new Core(module, {
    ...size,
    ...(keys === undefined ? {} : { transferBytes: Math.max(TRANSFER_BYTES, keys * KEY_BYTES) }),
    ...(agents === undefined ? {} : { agents }),
    ...(frameRecords === undefined ? {} : { frameRecords }),
  });
  for (const [id, parent] of Object.entries(tree))
    if (core.runOne(Op.CONTAINER_CREATE | (parent << 16), Number(id), 0xffffffff) !== 0)
      throw new Error(`no container ${id}`);
  return core;
}

/** Charges a page for each frame that has an owner by `ownerOf`.  @param {(pfn: number) => number} ownerOf */
export function fill(core, nrFrames, ownerOf) {
  const words = new Uint32Array(4 * BATCH);
  let ops = 0;
  const flush = () => {
    if (core.execute(words, ops, true).code !== "OK") throw new Error("an operation was refused");
    ops = 0;
  };
  for (let pfn = 0; pfn < nrFrames; pfn++) {
    const id = ownerOf(pfn);
    if (id === 0) continue;
    words[ops * 4] = Op.ALLOC_CHARGE | (id << 16);
    words[ops * 4 + 1] = pfn;
    words[ops * 4 + 2] = PageType.ANON;
    if (++ops === BATCH) flush();
  }
  flush();
}

/**
 * Those of the designs whose readers take no lock in shared memory, by their own modules.
 * @template {{ name: string }} D @param {readonly D[]} designs @returns {Promise<D[]>}
 */
export async function lockFreeOf(designs) {
  const free = await Promise.all(
    designs.map(async ({ name }) => !readsUnderLock(await loadDesign(name, true))),
  );
  return designs.filter((_, i) => free[i]);
}

/** Who takes a lock that nobody holds, though somebody waits for it, leaves nobody waiting behind. */
function readsUnderLock(module) {
  const core = openCore(module, { nrFrames: BLOCK, agents: 2 });
  const at = (LOCK_PTR + LedgerLock.holder) >>> 2;
  Atomics.store(core.u32, at, LOCK_WAITERS);
  core.placePfns(Uint32Array.of(0));
  core.lookupPlaced(0, 1);
  return Atomics.load(core.u32, at) !== LOCK_WAITERS;
}

/** Where a twin finds the placed pfns, and where it writes.  @param {Core} core */
export function transferOf(core) {
  return { pfnsPtr: core.coreWord(CoreRecord.transferPtr), outPtr: core.ownersPlaced(0, 1).byteOffset };
}

/** Gives dropped memories back before the next one of a gigabyte is asked for. */
export async function collect() {
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  await new Promise((resolve) => setTimeout(resolve, 0));
}
