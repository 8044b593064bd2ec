/**
 * image-check-index: the owner index of a restored image, design by design: every link that the core would follow.
 *
 * A row says how large the design's objects are, and walks to each of them once.  Designs without a row have no slabs.
 */
import {
  Core as CoreRecord,
  Design,
  PALETTE_RETIRED_AT,
  PALETTE_SHARED_BYTES,
  PageCgroup,
  PageFrame,
  PaletteBlock,
  PcgChunk,
  PcgRecord,
  RadixNode,
  RadixRcuNode,
  WideBlock,
  XaNode,
} from "../abi.js";
import type { Core } from "../core/core.js";
import { ArenaCheck, must, OWNER_MAX } from "./image-check-arena.js";
import { walkObjects, walkSections } from "./image-check-columns.js";
import { walkRadix, walkRadixRcu } from "./image-check-radix.js";
import { checkNothingRetired, walkPcgRecords, walkRetired } from "./image-check-rcu.js";
import { walkXarray } from "./image-check-xarray.js";

interface Row {
  /** Bytes of one object of the pool, 0 for whole slabs. */
  readonly objectBytes: number;
  /** Follows every link, and answers how many objects they led to. */
  readonly walk: (arena: ArenaCheck) => number;
}

const ROWS = new Map<number, Row>([
  [Design.RADIX, { objectBytes: RadixNode.sizeBytes, walk: walkRadix }],
  [Design.SECTION, { objectBytes: 0, walk: walkSections }],
  [Design.HASH, { objectBytes: PcgChunk.sizeBytes, walk: walkHash }],
  [Design.XARRAY, { objectBytes: XaNode.sizeBytes, walk: walkXarray }],
  [Design.PALETTE, { objectBytes: WideBlock.sizeBytes, walk: walkPalette }],
  [Design.OVERLAY, { objectBytes: 0, walk: walkOverlay }],
  [Design.OBJECT, { objectBytes: 0, walk: walkObjects }],
  [Design.RADIX_RCU, { objectBytes: RadixRcuNode.sizeBytes, walk: walkRadixRcu }],
  [Design.PAGE_CGROUP_RCU, { objectBytes: PcgRecord.sizeBytes, walk: walkPcgRecords }],
]);
/** Designs whose objects wait for a grace period. */
const RETIRING = new Set<number>([Design.RADIX_RCU, Design.PAGE_CGROUP_RCU, Design.XARRAY]);

/** In shared memory the palette retires its overflow blocks: then it has epochs. */
function isSharedPalette(core: Core): boolean {
  return core.designId === Design.PALETTE && core.coreWord(CoreRecord.gpEpoch) !== 0;
}

/** Throws SnapshotError with the reason `inconsistent`. */
export function checkIndex(core: Core): void {
  const row = ROWS.get(core.designId);
  const sharedPalette = isSharedPalette(core);
  if (!RETIRING.has(core.designId) && !sharedPalette) checkNothingRetired(core);
  if (row !== undefined)
    new ArenaCheck(core).run(sharedPalette ? PALETTE_SHARED_BYTES : row.objectBytes, row.walk);
  else
    must(
      core.coreWord(CoreRecord.arenaNext) === core.coreWord(CoreRecord.arenaPtr),
      "a design without slabs has some",
    );
  must(
    core.designId === Design.XARRAY || core.coreHalf(CoreRecord.xarrayMarks) === 0,
    "pages are marked in a design without marks",
  );
  must(
    core.designId === Design.XARRAY || core.coreWord(CoreRecord.arenaPromised) === 0,
    "slabs are promised that nobody asked for",
  );
}

function walkHash(arena: ArenaCheck): number {
  const { core } = arena;
  const shift = core.coreHalf(CoreRecord.hashShift);
  const indexPtr = core.coreWord(CoreRecord.indexPtr);
  const nrBuckets = core.coreWord(CoreRecord.indexBytes) / 4;
  must(shift < 32 && nrBuckets === 2 ** (32 - shift), "the number of buckets is wrong");
  const numbers = new Set<number>();
  for (let bucket = 0; bucket < nrBuckets; bucket++) {
    let ptr = arena.word(indexPtr + 4 * bucket);
    while (ptr !== 0) {
      arena.reach(ptr);
      const number = arena.word(ptr + PcgChunk.number);
      must(number * 128 < core.nrFrames && !numbers.has(number), "a chunk has an impossible number");
      must(Math.imul(number, 0x9e3779b9) >>> shift === bucket, "a chunk is in the wrong bucket");
      numbers.add(number);
      checkRecords(arena, ptr, number * 128);
      ptr = arena.word(ptr + PcgChunk.next);
    }
  }
  return numbers.size;
}

function checkRecords(arena: ArenaCheck, chunkPtr: number, firstPfn: number): void {
  let used = 0;
  for (let i = 0; i < 128; i++) {
    const at = chunkPtr + PcgChunk.records + i * PageCgroup.sizeBytes;
    if ((arena.word(at + PageCgroup.flags) & 2) === 0) continue;
    used++;
    must(firstPfn + i < arena.core.nrFrames, "a record lies beyond the last frame");
    must(arena.word(at + PageCgroup.memcgId) <= OWNER_MAX, "a record has an impossible owner");
  }
  must(used > 0 && used === arena.word(chunkPtr + PcgChunk.nrUsed), "a chunk counts wrong");
}

/** Owners in the place of a link are the only ones that could be more than a u16 holds. */
function walkOverlay({ core, arenaPtr }: ArenaCheck): number {
  const bytes = new Uint8Array(core.memory.buffer);
  const words = core.u32;
  const stride = PageFrame.sizeBytes;
  let most = 0;
  let at = core.coreWord(CoreRecord.framesPtr);
  for (const end = at + core.nrFrames * stride; at < end; at += stride)
    if (bytes[at + PageFrame.lru] === 0) most = Math.max(most, words[(at + PageFrame.lruNext) >>> 2]!);
  must(most <= OWNER_MAX, "a frame has an impossible owner");
  must(core.coreWord(CoreRecord.arenaNext) === arenaPtr, "a design without slabs has some");
  return 0;
}

function walkPalette(arena: ArenaCheck): number {
  const { core } = arena;
  const indexPtr = core.coreWord(CoreRecord.indexPtr);
  const nrBlocks = core.coreWord(CoreRecord.indexBytes) / PaletteBlock.sizeBytes;
  const shared = isSharedPalette(core);
  const waiting = shared ? walkRetired(arena, PALETTE_RETIRED_AT) : 0;
  let overflows = 0;
  for (let block = 0; block < nrBlocks; block++) {
    const at = indexPtr + block * PaletteBlock.sizeBytes;
    const link = arena.word(at + PaletteBlock.link);
    must(core.u16[(at + PaletteBlock.own0) >>> 1] === (link === 0 ? 0 : 0xffff), "a block has lost its link");
    if (link !== 0) {
      arena.reach(arena.arenaPtr + link - (link & 1));
      overflows++;
    }
    for (let page = Math.max(0, core.nrFrames - block * 64); page < 64; page++)
      must(paletteOwner(arena, at, page) === 0, "a block reaches beyond the last frame");
  }
  return overflows + waiting;
}

/** Owner of a page as the core finds it. */
function paletteOwner(arena: ArenaCheck, blockPtr: number, page: number): number {
  const half = (ptr: number) => arena.core.u16[ptr >>> 1]!;
  const code = (arena.word(blockPtr + 4 * (page >>> 4)) >>> (2 * (page & 15))) & 3;
  const link = arena.word(blockPtr + PaletteBlock.link);
  if (code !== 0 || link === 0) return half(blockPtr + PaletteBlock.own0 + 2 * code);
  const ptr = arena.arenaPtr + link - (link & 1);
  if ((link & 1) === 1) return half(ptr + 2 * page);
  const wide = (arena.word(ptr + 4 * (page >>> 3)) >>> (4 * (page & 7))) & 15;
  return half(ptr + WideBlock.own + 2 * wide);
}
