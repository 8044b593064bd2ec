// calls: what a host calls, each inside what it needs in shared memory.
//
//   execute, batches, growth, recounts …  lock ──► work ──► commit ──► unlock
//   lookups                               nothing, or an announcement to grace periods, or the lock: the design says
//
// CONTEXT     A call that cannot go on stops with a trap (no room in the journal, LOCKED); its host then calls
//             abandonCall.  Without SHARED each of these is the function that it wraps.
import { ANNOUNCE_AT, Err, StockPolicy } from "../abi";
import { thisAgent } from "../core/agent";
import {
  agentOffline as agentOfflineNow,
  agentQuiescent as agentQuiescentNow,
  quiescentBetween,
} from "../core/grace-period";
import { lockLedger, unlockLedger } from "../core/ledger-lock";
import { announce, beginReading, endReading } from "../core/read-side";
import { core } from "../core/region";
import { flushStats as flushStatsNow } from "../core/stats";
import { leaveCounting, reclaimOthers, serveRequest } from "../core/stock";
import { forgetWriter } from "../core/write-gate";
import { chargeBatch as chargeBatchNow, unchargeBatch as unchargeBatchNow } from "./charge-batch";
import { growFrames as growFramesNow } from "./lifecycle";
import * as look from "./lookup";
import { framesInto as framesIntoNow, ownersInto as ownersIntoNow } from "./lookup-batch";
import * as marks from "./marks";
import { execOne as execOneNow, execute as executeNow } from "./op-stream";
import { auditOwners as auditOwnersNow, recountOwners as recountOwnersNow } from "./recount";
import { drainAgent } from "./recovery";

/** Begins a lookup; what it answers goes to endLookup. */
function beginLookup(): bool {
  if (!SHARED) return false;
  if (!OwnerLookup.LOCK_FREE_READS) {
    lockLedger();
    return true;
  }
  return OwnerLookup.RETIRES ? beginReading() : false;
}

/** Ends a call of many lookups: an agent that stays online announces, once per call of ANNOUNCE_AT or more. */
function endLookups(begun: bool, nrPages: u32): void {
  endLookup(begun);
  if (SHARED && OwnerLookup.RETIRES && !begun && nrPages >= ANNOUNCE_AT) announce();
}

function endLookup(begun: bool): void {
  if (!SHARED) return;
  if (!OwnerLookup.LOCK_FREE_READS) unlockLedger();
  else if (OwnerLookup.RETIRES) endReading(begun);
}

export function execute(ptr: u32, nrOps: u32, stopAtError: bool): u32 {
  lockLedger();
  const done = executeNow(ptr, nrOps, stopAtError);
  unlockLedger();
  return done;
}

export function execOne(word0: u32, word1: u32, word2: u32, word3: u32): u32 {
  lockLedger();
  const err = execOneNow(word0, word1, word2, word3);
  unlockLedger();
  return err;
}

export function chargeBatch(pfnsPtr: u32, nrPfns: u32, memcgId: u32, type: u32): u32 {
  lockLedger();
  const err = chargeBatchNow(pfnsPtr, nrPfns, memcgId, type);
  quiescentBetween();
  unlockLedger();
  return err;
}

export function unchargeBatch(pfnsPtr: u32, nrPfns: u32): u32 {
  lockLedger();
  const err = unchargeBatchNow(pfnsPtr, nrPfns);
  quiescentBetween();
  unlockLedger();
  return err;
}

export function growFrames(nrFrames: u32): u32 {
  lockLedger();
  const err = growFramesNow(nrFrames);
  unlockLedger();
  return err;
}

// What these leave in memory is read under the same lock: their host takes it.
export { containerTotals } from "../core/container";
export { audit } from "./audit";

export function recountOwners(outPtr: u32): u32 {
  lockLedger();
  const err = recountOwnersNow(outPtr);
  unlockLedger();
  return err;
}

export function auditOwners(outPtr: u32): u32 {
  lockLedger();
  const differences = auditOwnersNow(outPtr);
  unlockLedger();
  return differences;
}

/** Owner of a page, 0 = none.  Any number may be asked. */
export function ownerOf(pfn: u32): u32 {
  const begun = beginLookup();
  const id: u32 = pfn < core().nrFrames ? OwnerLookup.ownerOf(pfn) : 0;
  endLookup(begun);
  return id;
}

/** Reads containers too, so it takes the lock in every design. */
export function onlineOwnerOf(pfn: u32): u32 {
  lockLedger();
  const id = look.onlineOwnerOf(pfn);
  unlockLedger();
  return id;
}

export function ownersRange(firstPfn: u32, nrPages: u32, outPtr: u32): u32 {
  const begun = beginLookup();
  const err = look.ownersRange(firstPfn, nrPages, outPtr);
  endLookups(begun, nrPages);
  return err;
}

export function onlineOwnersRange(firstPfn: u32, nrPages: u32, outPtr: u32): u32 {
  lockLedger();
  const err = look.onlineOwnersRange(firstPfn, nrPages, outPtr);
  unlockLedger();
  return err;
}

export function nextOwned(pfn: u32): u32 {
  const begun = beginLookup();
  const found = look.nextOwned(pfn);
  endLookup(begun);
  return found;
}

export function ownersInto(pfnsPtr: u32, outPtr: u32, nrPfns: u32): u32 {
  const begun = beginLookup();
  const err = ownersIntoNow(pfnsPtr, outPtr, nrPfns);
  endLookups(begun, nrPfns);
  return err;
}

export function framesInto(pfnsPtr: u32, outPtr: u32, nrPfns: u32): u32 {
  const begun = beginLookup();
  const err = framesIntoNow(pfnsPtr, outPtr, nrPfns);
  endLookups(begun, nrPfns);
  return err;
}

export function setMark(pfn: u32, mark: u32): u32 {
  lockLedger();
  const err = marks.setMark(pfn, mark);
  unlockLedger();
  return err;
}

export function clearMark(pfn: u32, mark: u32): u32 {
  lockLedger();
  const err = marks.clearMark(pfn, mark);
  unlockLedger();
  return err;
}

export function nextMarked(pfn: u32, mark: u32): u32 {
  lockLedger();
  const found = marks.nextMarked(pfn, mark);
  unlockLedger();
  return found;
}

/** Brings ContainerStats up to date: `exact`, or within STATS_BEHIND updates per agent. */
export function flushStats(exact: bool): void {
  lockLedger();
  flushStatsNow(exact);
  unlockLedger();
}

/** Gives back the stocks of all agents that are not counting just now, this one's first, and asks the others. */
export function drainStocks(): void {
  drainAgent();
  reclaimOthers(0, true);
}

/** Drains stocks, and has a StockPolicy from now on: BAD_ARG, no such. */
export function setStockPolicy(policy: u32): u32 {
  if (policy > <u32>StockPolicy.SEVEN_SLOTS) return Err.BAD_ARG;
  drainStocks();
  core().stockPolicy = policy;
  return Err.OK;
}

export function agentOffline(number: u32): u32 {
  if (number == thisAgent()) {
    leaveCounting();
    forgetWriter(number);
  }
  return agentOfflineNow(number);
}

/** Has a request of others served, if there is one. */
export function agentQuiescent(number: u32): u32 {
  if (number == thisAgent()) serveRequest();
  return agentQuiescentNow(number);
}
