// lifecycle: the ledger's birth and growth.
import {
  AGENT_STATE_MASK,
  AGENTS_SHIFT,
  AgentState,
  CONTAINERS_MAX,
  CORE_MAGIC,
  Err,
  FRAME_LAYOUT,
  NO_FRAME_RECORDS,
  NR_AGENTS,
  SLAB_BYTES,
  TRANSFER_BYTES,
} from "../abi";
import { agentAt, thisAgent } from "../core/agent";
import { growRegions, isJournal, journalBytesFor, layOutRegions } from "../core/grow";
import { ledgerLock } from "../core/ledger-lock";
import { core } from "../core/region";
import { journalClose, journalOpen } from "../prim/journal";

/** Five levels of trees of 64 ways reach this far. */
const FRAMES_MAX: u32 = 1 << 30;

/** Bytes that a transfer buffer may have. */
const TRANSFER_BYTES_MAX: u32 = 1 << 30;

/** Pids end at 2^22 on Linux. */
const PIDS_MAX: u32 = 1 << 22;

/**
 * Lays out a ledger in fresh memory.  `maxContainers` counts id 0, which is no container; `transferBytes` 0 stands for
 * TRANSFER_BYTES; `flags` may hold NO_FRAME_RECORDS, which designs that keep owners in frames refuse, and from bit
 * AGENTS_SHIFT on the number of agents, without which there is one and no undo journal.  `journalBytes` is that of a ledger
 * that had fewer frames when it began, to be opened again as it was; 0: as much as these frames get.
 */
export function init(
  nrFrames: u32,
  maxContainers: u32,
  maxPids: u32,
  transferBytes: u32,
  flags: u32,
  journalBytes: u32,
): u32 {
  if (core().magic == CORE_MAGIC) return Err.EXISTS;
  if (nrFrames == 0 || maxContainers < 2 || maxContainers > CONTAINERS_MAX) return Err.BAD_ARG;
  const bytes = transferBytes ? transferBytes : TRANSFER_BYTES;
  if (maxPids > PIDS_MAX || bytes < TRANSFER_BYTES || bytes > TRANSFER_BYTES_MAX) return Err.BAD_ARG;
  const nrAgents = flags >> AGENTS_SHIFT;
  const kind = flags & ((1 << AGENTS_SHIFT) - 1);
  if (nrAgents > NR_AGENTS || kind > NO_FRAME_RECORDS) return Err.BAD_ARG;
  if (kind && OwnerLookup.NEEDS_RECORDS) return Err.BAD_ARG;
  if (journalBytes && !(nrAgents && isJournal(journalBytes, nrFrames))) return Err.BAD_ARG;
  if (nrFrames > FRAMES_MAX) return Err.NO_MEMORY;
  const journal: u32 = !nrAgents ? 0 : journalBytes ? journalBytes : journalBytesFor(nrFrames);
  const nrRecords = kind ? 0 : nrFrames;
  const indexBytes = OwnerLookup.sizeBytes(nrFrames);
  const err = layOutRegions(
    nrFrames,
    nrRecords,
    maxContainers,
    maxPids,
    bytes,
    indexBytes,
    nrAgents,
    journal,
  );
  if (err) return err;
  core().designId = OwnerLookup.DESIGN | (FRAME_LAYOUT << 16);
  OwnerLookup.init();
  if (SHARED && nrAgents) journalOpen(core().journalPtr, core().journalBytes);
  return Err.OK;
}

/** Whether no other agent has this ledger, or is about to. */
function isAlone(): bool {
  for (let number: u32 = 0; number < core().nrAgents; number++) {
    if (number == thisAgent()) continue;
    if ((agentAt(number).life & AGENT_STATE_MASK) != AgentState.FREE) return false;
  }
  return true;
}

/**
 * Makes room for more frames.  What the ledger holds stays; where it lies does not, so nobody else may be there (BUSY).
 * Regions that move cannot be moved back: an agent that dies meanwhile leaves the ledger TORN.
 */
export function growFrames(nrFrames: u32): u32 {
  const c = core();
  if (c.magic != CORE_MAGIC || nrFrames < c.nrFrames) return Err.BAD_ARG;
  if (nrFrames > FRAMES_MAX) return Err.NO_MEMORY;
  if (SHARED) {
    if (!isAlone()) return Err.BUSY;
    ledgerLock().torn = 1;
    journalClose();
  }
  const arenaPtr = c.arenaPtr;
  const err = growRegions(nrFrames, OwnerLookup.sizeBytes(nrFrames));
  if (!err) OwnerLookup.relocate(c.arenaPtr - arenaPtr);
  if (SHARED) {
    if (c.journalBytes) journalOpen(c.journalPtr, c.journalBytes);
    ledgerLock().torn = 0;
  }
  return err;
}

/** Bytes of linear memory in use: all regions, and the slabs that are not free. */
export function usedBytes(): u32 {
  const c = core();
  return c.arenaNext - c.arenaFreeSlabs * SLAB_BYTES;
}
