// index: what a module exports.  Which owner design it holds was decided when it was built.
//
// Numbers go in and out as 32 bits: a u32 result reaches JavaScript signed, so hosts apply `>>> 0`.
import { ABI_HASH as HASH, FRAME_LAYOUT as LAYOUT } from "./abi";
import { core } from "./core/region";

export const ABI_HASH: u32 = HASH;
export const DESIGN_ID: u32 = OwnerLookup.DESIGN;
/** FrameLayout of the module: where a host finds a page frame's fields. */
export const FRAME_LAYOUT: u32 = LAYOUT;

export { agentOnline } from "./core/grace-period";
export { lockLedger, unlockLedger } from "./core/ledger-lock";
export { drainImage, stockedPages } from "./core/stock";
export { countedPages } from "./core/take-over";
export {
  agentOffline,
  agentQuiescent,
  audit,
  auditOwners,
  chargeBatch,
  clearMark,
  containerTotals,
  drainStocks,
  execOne,
  execute,
  flushStats,
  framesInto,
  growFrames,
  nextMarked,
  nextOwned,
  onlineOwnerOf,
  onlineOwnersRange,
  ownerOf,
  ownersInto,
  ownersRange,
  recountOwners,
  setMark,
  setStockPolicy,
  unchargeBatch,
} from "./mm/calls";
export { countBatch, countCharge, countUncharge } from "./mm/count";
export { init, usedBytes } from "./mm/lifecycle";
export { chargeLockless, foldLockless, unchargeLockless } from "./mm/lockless";
export { abandonCall, detachAgent, recoverAgent } from "./mm/recovery";

export function nrFrames(): u32 {
  return core().nrFrames;
}

/** Bytes held for the owner index now. */
export function usedIndexBytes(): u32 {
  return OwnerLookup.usedBytes();
}
