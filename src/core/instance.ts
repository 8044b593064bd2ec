/**
 * instance: a core module brought to life in a memory, and its calls.
 *
 * A module for shared memory is told which agent it works for.  Its calls may stop with a trap: where the undo journal
 * has no room, where the ledger lock cannot be had, or by a fault of the engine; or with another error, as where the thread's
 * stack ends.  What the call had done is then undone and the lock given back, at once or before the next call, and an error
 * says why.
 */
import { instantiateSync } from "@assemblyscript/loader";
import { ABI_HASH, AGENTS_PTR, Agent, Err, LedgerLock, LOCK_PTR, LOCK_WAITERS } from "../abi.js";
import { AbiMismatchError, errorName, LedgerError, SharingError } from "./errors.js";

/** Exports of every core module; see assembly/index.ts. */
export interface CoreExports extends Record<string, unknown> {
  readonly ABI_HASH: { readonly value: number };
  readonly DESIGN_ID: { readonly value: number };
  readonly FRAME_LAYOUT: { readonly value: number };
  init(
    nrFrames: number,
    maxContainers: number,
    maxPids: number,
    transferBytes: number,
    flags: number,
    journalBytes?: number,
  ): number;
  growFrames(nrFrames: number): number;
  execute(ptr: number, nrOps: number, stopAtError: boolean): number;
  execOne(word0: number, word1: number, word2: number, word3: number): number;
  ownerOf(pfn: number): number;
  onlineOwnerOf(pfn: number): number;
  ownersInto(pfnsPtr: number, outPtr: number, count: number): number;
  ownersRange(firstPfn: number, count: number, outPtr: number): number;
  framesInto(pfnsPtr: number, outPtr: number, count: number): number;
  chargeBatch(pfnsPtr: number, count: number, memcgId: number, type: number): number;
  unchargeBatch(pfnsPtr: number, count: number): number;
  chargeLockless(pfnsPtr: number, count: number, memcgId: number): number;
  unchargeLockless(pfnsPtr: number, count: number): number;
  foldLockless(id: number): void;
  recountOwners(outPtr: number): number;
  auditOwners(outPtr: number): number;
  nextOwned(pfn: number): number;
  setMark(pfn: number, mark: number): number;
  clearMark(pfn: number, mark: number): number;
  nextMarked(pfn: number, mark: number): number;
  onlineOwnersRange(firstPfn: number, count: number, outPtr: number): number;
  containerTotals(): void;
  audit(): number;
  usedIndexBytes(): number;
  usedBytes(): number;
  agentOnline(agent: number): number;
  agentOffline(agent: number): number;
  agentQuiescent(agent: number): number;
  countCharge(id: number, nrPages: number, kind: number): number;
  countUncharge(id: number, nrPages: number, kind: number): number;
  countBatch(ptr: number, nrEntries: number): number;
  countedPages(id: number): number;
  stockedPages(id: number): number;
  flushStats(exact: boolean): void;
  drainStocks(): void;
  drainImage(): void;
  setStockPolicy(policy: number): number;
  lockLedger(): void;
  unlockLedger(): void;
  abandonCall(): number;
  detachAgent(generation: number): number;
  recoverAgent(agent: number, generation: number): number;
}

/** Wasm pages (64 KiB) that a fresh memory starts with; `init` grows it to what the regions need. */
const INITIAL_WASM_PAGES = 1;
const MAXIMUM_WASM_PAGES = 65536;

/** Whether a module was built for a memory that several agents share. */
export function isShared(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.imports(module).some(({ name, kind }) => name === "agent" && kind === "global");
}

/** Throws SharingError where the platform has no shared memory to give. */
export function freshMemory(shared: boolean): WebAssembly.Memory {
  if (shared && typeof SharedArrayBuffer === "undefined") throw new SharingError("not-isolated");
  return new WebAssembly.Memory({ initial: INITIAL_WASM_PAGES, maximum: MAXIMUM_WASM_PAGES, shared });
}

/** Throws AbiMismatchError for a module of another build. */
export function instantiateCore(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  agent: number,
): CoreExports {
  if (!WebAssembly.Module.exports(module).some((e) => e.name === "ABI_HASH"))
    throw new AbiMismatchError("a module that is none of this package's", 0, ABI_HASH);
  const env: { memory: WebAssembly.Memory; agent: number } = { memory, agent };
  const { exports } = instantiateSync<CoreExports>(module, { env });
  const calls = exports as unknown as CoreExports;
  const hash = calls.ABI_HASH.value >>> 0;
  if (hash !== ABI_HASH) throw new AbiMismatchError("the core module", hash, ABI_HASH);
  return isShared(module) ? guarded(calls, memory, agent) : calls;
}

/** From now on each of these calls, of an agent that has detached, throws SharingError. */
export function closeCalls(calls: CoreExports): void {
  const refuse = () => {
    throw new SharingError("detached");
  };
  const guardedCalls = calls as Record<string, unknown>;
  for (const [name, value] of Object.entries(calls))
    if (typeof value === "function") guardedCalls[name] = refuse;
}

/** The same calls; after a trap, or whatever else is thrown, what was begun is undone, and the error says what stopped it. */
function guarded(calls: CoreExports, memory: WebAssembly.Memory, agent: number): CoreExports {
  const guardedCalls: Record<string, unknown> = {};
  // Where the stack has ended, undoing may find no room on it either.
  let undoDue = false;
  for (const [name, value] of Object.entries(calls)) {
    guardedCalls[name] = value;
    if (typeof value !== "function") continue;
    const call = value as (...args: number[]) => number;
    guardedCalls[name] = (...args: number[]) => {
      if (undoDue) {
        calls.abandonCall();
        undoDue = false;
      }
      try {
        return call(...args);
      } catch (cause) {
        undoDue = true;
        const error = afterThrow(calls, memory, agent, name, cause);
        undoDue = false;
        throw error;
      }
    };
  }
  return guardedCalls as CoreExports;
}

function afterThrow(
  calls: CoreExports,
  memory: WebAssembly.Memory,
  agent: number,
  name: string,
  cause: unknown,
): unknown {
  const words = new Uint32Array(memory.buffer);
  const reasonAt = (AGENTS_PTR + agent * Agent.sizeBytes + Agent.stopReason) >>> 2;
  const reason = words[reasonAt]!;
  words[reasonAt] = Err.OK;
  const holds = (words[(LOCK_PTR + LedgerLock.holder) >>> 2]! & ~LOCK_WAITERS) >>> 0 === agent + 1;
  const full = holds && words[(LOCK_PTR + LedgerLock.journalFull) >>> 2] !== 0;
  const undone = calls.abandonCall();
  if (undone !== Err.OK) return new LedgerError(errorName(undone), `${name}: undo`, { cause });
  if (full)
    return new LedgerError("NO_MEMORY", name, {
      remedy: "too much to undo at once: use smaller batches, or folios of a lower order",
      cause,
    });
  return reason === Err.OK ? cause : new LedgerError(errorName(reason), name, { cause });
}
