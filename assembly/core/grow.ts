// grow: lays the regions out, and makes room for more frames while the ledger is in use.
//
// INVARIANTS  G1  Sizes are added up in 64 bits: 4 GiB is refused, never wrapped around.
//             G2  Memory grows before anything moves: a refusal has changed nothing.
//             G3  After a move, whatever the new regions cover and have not filled is zero again (R2); beyond the
//                 highest byte ever used nothing is written.
// CONTEXT     No operation is running.  Addresses that the host holds are void afterwards.
// COST        Moving copies index and arena once; frames stay where they are.
import {
  ABI_HASH,
  AGENT_BYTES,
  AGENT_COUNTER_BYTES,
  AGENT_SEEN_BYTES,
  AGENTS_PTR,
  CONTAINER_BYTES,
  CONTAINER_STATS_BYTES,
  CORE_MAGIC,
  Err,
  NR_OPS_BUFFER,
  OP_BYTES,
  PAGE_FRAME_BYTES,
  SLAB_BYTES,
} from "../abi";
import { alignUp64 } from "../prim/bits";
import { WASM_PAGE_BYTES, WASM_PAGES_MAX } from "../prim/config";
import { core } from "./region";

/** Journal of a ledger for several agents: room for some notes per page, as far as an address space has it. */
const JOURNAL_PAGE_BYTES: u64 = 256;
const JOURNAL_BYTES_MIN: u64 = 1 << 20;
const JOURNAL_BYTES_MAX: u64 = 1 << 28;

/** Bytes of the journal that a ledger of so many frames begins with; frames added later leave it as it is. */
export function journalBytesFor(nrFrames: u32): u32 {
  return <u32>min(JOURNAL_BYTES_MAX, max(JOURNAL_BYTES_MIN, <u64>nrFrames * JOURNAL_PAGE_BYTES));
}

/** Whether a ledger that has so many frames now can have begun with such a journal. */
export function isJournal(journalBytes: u32, nrFrames: u32): bool {
  if (journalBytes < JOURNAL_BYTES_MIN || journalBytes > journalBytesFor(nrFrames)) return false;
  return journalBytes % <u32>JOURNAL_PAGE_BYTES == 0;
}

/** Grows memory to hold `endOff` bytes. */
function growTo(endOff: u64): bool {
  const wasmPages = (endOff + WASM_PAGE_BYTES - 1) / WASM_PAGE_BYTES;
  if (wasmPages > WASM_PAGES_MAX) return false; // G1
  const now = <u32>memory.size();
  return <u32>wasmPages <= now || memory.grow(<i32>(<u32>wasmPages - now)) >= 0;
}

function regionEnd(ptr: u64, bytes: u64): u64 {
  return alignUp64(ptr + bytes, SLAB_BYTES);
}

/** Places all regions in fresh memory.  `nrAgents` 0 stands for one agent, whose ledger has no journal (0 bytes). */
export function layOutRegions(
  nrFrames: u32,
  nrRecords: u32,
  maxContainers: u32,
  maxPids: u32,
  transferBytes: u32,
  indexBytes: u64,
  nrAgents: u32,
  journalBytes: u32,
): u32 {
  const nrRows = max<u32>(nrAgents, 1);
  const containersPtr = regionEnd(AGENTS_PTR, <u64>nrRows * AGENT_BYTES);
  const tasksPtr = regionEnd(containersPtr, <u64>maxContainers * CONTAINER_BYTES);
  const statsPtr = regionEnd(tasksPtr, <u64>maxPids * 2);
  const seenPtr = regionEnd(statsPtr, <u64>maxContainers * CONTAINER_STATS_BYTES);
  const nrCounters = <u64>nrRows * maxContainers;
  const countersPtr = regionEnd(seenPtr, nrCounters * AGENT_SEEN_BYTES);
  const updatedPtr = regionEnd(countersPtr, nrCounters * AGENT_COUNTER_BYTES);
  const updatedWords = (maxContainers + 31) >> 5;
  const opsPtr = regionEnd(updatedPtr, <u64>nrRows * updatedWords * 4);
  const transferPtr = regionEnd(opsPtr, NR_OPS_BUFFER * OP_BYTES);
  const agentBytes = regionEnd(transferPtr, transferBytes) - opsPtr;
  const journalPtr = opsPtr + nrRows * agentBytes;
  const framesPtr = regionEnd(journalPtr, journalBytes);
  const indexPtr = regionEnd(framesPtr, <u64>nrRecords * PAGE_FRAME_BYTES);
  const arenaPtr = regionEnd(indexPtr, indexBytes);
  if (!growTo(arenaPtr)) return Err.NO_MEMORY;

  const c = core();
  c.magic = CORE_MAGIC;
  c.abiHash = ABI_HASH;
  c.nrFrames = nrFrames;
  c.nrRecords = nrRecords;
  c.transferBytes = transferBytes;
  c.maxContainers = maxContainers;
  c.maxPids = maxPids;
  c.containersPtr = <u32>containersPtr;
  c.tasksPtr = <u32>tasksPtr;
  c.statsPtr = <u32>statsPtr;
  c.seenPtr = <u32>seenPtr;
  c.countersPtr = <u32>countersPtr;
  c.updatedPtr = <u32>updatedPtr;
  c.updatedWords = updatedWords;
  c.opsPtr = <u32>opsPtr;
  c.transferPtr = <u32>transferPtr;
  c.nrAgents = nrRows;
  c.agentBytes = <u32>agentBytes;
  c.journalPtr = <u32>journalPtr;
  c.journalBytes = journalBytes;
  c.framesPtr = <u32>framesPtr;
  c.indexPtr = <u32>indexPtr;
  c.indexBytes = <u32>indexBytes;
  c.arenaPtr = <u32>arenaPtr;
  c.arenaNext = <u32>arenaPtr;
  c.arenaEnd = <u32>memory.size() * WASM_PAGE_BYTES;
  c.containersEnd = 1;
  return Err.OK;
}

const MOVE_BYTES: u32 = 4096;

function isZero(ptr: u32, bytes: u32): bool {
  let at = <usize>ptr;
  const end = at + bytes;
  while (at + 8 <= end) {
    if (load<u64>(at)) return false;
    at += 8;
  }
  while (at < end) if (load<u8>(at++)) return false;
  return true;
}

/** Writes zeros where there are others: what was never written stays without memory behind it. */
function zeroRange(from: u32, to: u32): void {
  while (from < to) {
    const bytes = min(MOVE_BYTES, to - from);
    if (!isZero(from, bytes)) memory.fill(<usize>from, 0, <usize>bytes);
    from += bytes;
  }
}

/** Moves a region up, from its end down, piece by piece; zeros are written only over something else. */
function moveUp(to: u32, from: u32, bytes: u32): void {
  let left = bytes;
  while (left) {
    const piece = min(MOVE_BYTES, left);
    left -= piece;
    if (!isZero(from + left, piece)) memory.copy(<usize>(to + left), <usize>(from + left), <usize>piece);
    else zeroRange(to + left, to + left + piece);
  }
}

/** Enlarges the frames and the index.  Index and arena move up; the caller tells the design by how much. */
export function growRegions(nrFrames: u32, indexBytes: u64): u32 {
  const c = core();
  const usedEnd = c.arenaNext;
  const slabBytes = c.arenaNext - c.arenaPtr;
  const framesEnd = c.framesPtr + c.nrRecords * PAGE_FRAME_BYTES;
  const nrRecords = c.nrRecords ? nrFrames : 0;
  const newIndexPtr = regionEnd(c.framesPtr, <u64>nrRecords * PAGE_FRAME_BYTES);
  const newArenaPtr = regionEnd(newIndexPtr, indexBytes);
  // What the arena has left may go, but for what the design relies on.
  const kept = min((c.arenaEnd - usedEnd) / SLAB_BYTES, c.arenaPromised);
  if (!growTo(newArenaPtr + slabBytes + <u64>kept * SLAB_BYTES)) return Err.NO_MEMORY; // G2

  const indexPtr = <u32>newIndexPtr;
  const arenaPtr = <u32>newArenaPtr;
  // From the top down: each region moves onto ground that is free or already left.
  moveUp(arenaPtr, c.arenaPtr, slabBytes);
  moveUp(indexPtr, c.indexPtr, c.indexBytes);
  zeroRange(framesEnd, min(indexPtr, usedEnd)); // G3
  zeroRange(indexPtr + c.indexBytes, min(arenaPtr, usedEnd));
  c.nrFrames = nrFrames;
  c.nrRecords = nrRecords;
  c.indexPtr = indexPtr;
  c.indexBytes = <u32>indexBytes;
  c.arenaPtr = arenaPtr;
  c.arenaNext = arenaPtr + slabBytes;
  c.arenaEnd = <u32>memory.size() * WASM_PAGE_BYTES;
  return Err.OK;
}
