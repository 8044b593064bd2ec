/**
 * core: one instance of the WebAssembly core, in a memory of its own or in one that several agents share.
 *
 * Everything above speaks to a ledger through this class: calls, and typed views of linear memory.  A view dies when
 * memory grows, so nobody keeps one across a call.
 */
import {
  ABI_HASH,
  AGENTS_PTR,
  AGENTS_SHIFT,
  Agent,
  ANNOUNCE_AT,
  Container,
  ContainerFlag,
  Core as CoreRecord,
  Err,
  FRAME_LAYOUTS,
  type FrameOffsets,
  LedgerLock,
  LOCK_PTR,
  LOCK_WAITERS,
  NO_FRAME_RECORDS,
  TRANSFER_BYTES,
} from "../abi.js";
import { Agents, type AgentTicket } from "./agents.js";
import { type CorePlace, type CoreSize, checkedSize } from "./core-size.js";
import { Counting } from "./counting.js";
import {
  AbiMismatchError,
  AGENT_REMEDY,
  errorName,
  LedgerError,
  type LedgerErrorCode,
  SharingError,
} from "./errors.js";
import { type CoreExports, closeCalls, freshMemory, instantiateCore, isShared } from "./instance.js";
import { Lockless } from "./lockless.js";
import { Marks } from "./marks.js";
import { type BatchEnd, OpRunner, type Refusals } from "./op-runner.js";
import { Views } from "./views.js";

export type { CorePlace, CoreSize } from "./core-size.js";
export { type BatchEnd, OP_WORDS, OPS_BUFFER_OPS } from "./op-runner.js";

/** u32 pfns in and u16 owners out share the transfer buffer. */
export const LOOKUP_BATCH = Math.floor(TRANSFER_BYTES / 6);
export const RANGE_BATCH = TRANSFER_BYTES / 2;

export class Core extends Views {
  /** Where this module keeps the fields of a page frame; the modules of `build/layout` differ. */
  readonly frame: FrameOffsets;
  /** The other agents and this one; undefined in a memory of its own. */
  readonly agents: Agents | undefined;
  /** Number of this agent; 0 in a memory of its own. */
  readonly agent: number;
  #generation = 0;
  readonly module: WebAssembly.Module;
  /** Counted pages: charges, stocks, statistics. */
  readonly counting: Counting;
  readonly marks: Marks;
  /** Pages charged beside other agents, without the ledger lock. */
  readonly lockless: Lockless;
  readonly #calls: CoreExports;
  /** Single lookups until this agent announces; 0 = offline, each announces by itself. */
  #untilAnnounced = 0;
  readonly #ops: OpRunner;
  readonly #transferPtr: number;
  readonly #containersPtr: number;
  readonly #framesPtr: number;

  /**
   * Opens an empty ledger, or joins one in shared memory.  Throws LedgerError (NO_MEMORY, BAD_ARG), AbiMismatchError, or
   * SharingError.
   */
  constructor(module: WebAssembly.Module, where: CoreSize | CorePlace) {
    const shared = isShared(module);
    const joins = "memory" in where;
    super(joins ? where.memory : freshMemory(shared), shared);
    this.module = module;
    this.agent = joins ? where.agent : 0;
    this.agents = shared ? new Agents(this.memory) : undefined;
    this.#calls = instantiateCore(module, this.memory, this.agent);
    this.frame = FRAME_LAYOUTS[this.#calls.FRAME_LAYOUT.value]!;
    if (joins) this.#join(where);
    else this.#init(where, shared);
    const buffers = this.agent * this.coreWord(CoreRecord.agentBytes);
    const opsPtr = this.coreWord(CoreRecord.opsPtr) + buffers;
    this.#ops = new OpRunner(this, this.#calls, opsPtr, shared ? this.agent : undefined);
    this.#transferPtr = this.coreWord(CoreRecord.transferPtr) + buffers;
    this.#containersPtr = this.coreWord(CoreRecord.containersPtr);
    this.counting = new Counting(this, this.#calls, this.#transferPtr, this.agents);
    this.marks = new Marks(this.#calls);
    this.lockless = new Lockless(this, this.#calls, this.#transferPtr, this.agents);
    this.#framesPtr = this.coreWord(CoreRecord.framesPtr);
  }

  #init(size: CoreSize, shared: boolean): void {
    const { transferBytes, agents } = checkedSize(size, shared);
    const records = size.frameRecords === false ? NO_FRAME_RECORDS : 0;
    this.#check(
      this.#calls.init(
        size.nrFrames,
        size.maxContainers,
        size.maxPids,
        transferBytes,
        records | (agents << AGENTS_SHIFT),
        size.journalBytes ?? 0,
      ),
      `open(${size.nrFrames} frames${records === 0 ? "" : " without records"})`,
    );
    const own = this.agents?.reserve();
    if (own !== undefined) this.agents?.claim(own);
    this.#generation = own?.generation ?? 0;
  }

  #join(place: CorePlace): void {
    const hash = this.coreWord(CoreRecord.abiHash);
    if (hash !== ABI_HASH) throw new AbiMismatchError("the shared ledger", hash, ABI_HASH);
    const kind = this.designId | (this.frameLayout << 16);
    if (this.coreWord(CoreRecord.designId) !== kind) throw new SharingError("other-design");
    if (!this.agents?.claim(place)) throw new SharingError("used-up");
    this.#generation = place.generation;
  }

  // Shared memory

  /** Goes online for grace periods, announces that it holds no address, or goes offline.  See the rules of grace-period. */
  online(): void {
    this.#tell(this.#calls.agentOnline);
    this.#untilAnnounced = ANNOUNCE_AT;
  }
  quiescent(): void {
    this.#tell(this.#calls.agentQuiescent);
  }
  offline(): void {
    this.#tell(this.#calls.agentOffline);
    this.#untilAnnounced = 0;
  }
  #tell(call: (agent: number) => number): void {
    const code = call(this.agent);
    const { agents } = this;
    // An agent that is offline holds no address: there is nothing to announce.
    const said = code === Err.BAD_ARG && agents !== undefined && this.agentWord(Agent.epoch) === 0;
    if (!said) this.#check(code, `agent ${this.agent}`, AGENT_REMEDY.reading);
    agents?.stamp(this.agent);
  }

  /** Runs `work` while no other agent writes; within itself too.  Calls that stop in `work` give the lock back. */
  exclusively<T>(work: () => T): T {
    if (this.agents === undefined || this.#holdsLedger()) return work();
    this.#calls.lockLedger();
    try {
      return work();
    } finally {
      if (this.#holdsLedger()) this.#calls.unlockLedger();
    }
  }

  #holdsLedger(): boolean {
    return (this.u32[(LOCK_PTR + LedgerLock.holder) >>> 2]! & ~LOCK_WAITERS) >>> 0 === this.agent + 1;
  }

  /** Undoes what a dead agent was doing, and frees its number.  LedgerError BUSY, TORN, BAD_ARG. */
  recover({ agent, generation }: AgentTicket): void {
    const code = this.#calls.recoverAgent(agent, generation);
    this.#check(code, `recover(agent ${agent})`, AGENT_REMEDY.recover);
  }

  /** Frees this agent's number; every call but this one throws SharingError `detached` then.  LedgerError BUSY, TORN. */
  detach(): void {
    if (this.agents === undefined || this.agents.closed) return;
    this.#check(this.#calls.detachAgent(this.#generation), "detach", AGENT_REMEDY.detach);
    this.agents.close();
    this.closeViews();
    closeCalls(this.#calls);
  }

  /** A word of this agent's own record. */
  agentWord(offset: number): number {
    return this.u32[(AGENTS_PTR + this.agent * Agent.sizeBytes + offset) >>> 2]!;
  }

  get nrFrames(): number {
    return this.coreWord(CoreRecord.nrFrames);
  }
  /** Page frame records: nrFrames, or 0 in a ledger without them. */
  get nrRecords(): number {
    return this.coreWord(CoreRecord.nrRecords);
  }
  get maxContainers(): number {
    return this.coreWord(CoreRecord.maxContainers);
  }
  get designId(): number {
    return this.#calls.DESIGN_ID.value;
  }

  /** Number of the page descriptor, a FrameLayout. */
  get frameLayout(): number {
    return this.#calls.FRAME_LAYOUT.value;
  }

  /** Address of a page frame's record, below 2^32; its fields are named by `frame`. */
  framePtr(pfn: number): number {
    return this.#framesPtr + pfn * this.frame.sizeBytes;
  }
  /** Address of a container's record. */
  containerPtr(id: number): number {
    return this.#containersPtr + id * Container.sizeBytes;
  }
  /** A u32 field of a container, by its offset in `abi.Container`. */
  containerWord(id: number, offset: number): number {
    return this.u32[(this.containerPtr(id) + offset) >>> 2]!;
  }
  containerFlags(id: number): number {
    return this.u16[(this.containerPtr(id) + Container.flags) >>> 1]!;
  }
  isUsed(id: number): boolean {
    return (this.containerFlags(id) & ContainerFlag.USED) !== 0;
  }

  /** One operation; answers its code in `abi.Err`. */
  runOne(word0: number, word1: number, word2: number): number {
    this.agents?.worked(this.agent, 1);
    return this.#calls.execOne(word0, word1, word2, 0);
  }

  /** The op buffer: OPS_BUFFER_OPS operations of OP_WORDS words.  A view, valid until the next call. */
  opWords(): Uint32Array {
    return this.#ops.words();
  }

  /** Runs the first `count` operations of the op buffer. */
  runOps(count: number, stopAtError: boolean): BatchEnd {
    this.agents?.stamp(this.agent);
    return this.#ops.run(count, stopAtError);
  }

  /**
   * Executes `count` operations (4 words each).  With `stopAtError` the first refused one ends the batch; without it,
   * refused ones are tallied by code and the others go on.
   */
  execute(words: Uint32Array, count: number, stopAtError: boolean): BatchEnd {
    this.agents?.stamp(this.agent);
    return this.#ops.runAll(words, count, stopAtError);
  }

  /** Executes all of them, and answers how many were refused, by code. */
  executeCounting(words: Uint32Array, count: number): Refusals {
    this.agents?.stamp(this.agent);
    return this.#ops.runCounting(words, count);
  }

  /** Refused operations of batches so far, the whole ledger's, by code name. */
  errorCounts(): Refusals {
    return this.#ops.refusals();
  }

  ownerOf(pfn: number): number {
    if (this.#untilAnnounced > 0 && --this.#untilAnnounced === 0) {
      this.#calls.agentQuiescent(this.agent);
      this.agents?.stamp(this.agent);
      this.#untilAnnounced = ANNOUNCE_AT;
    }
    return this.#calls.ownerOf(pfn);
  }
  onlineOwnerOf(pfn: number): number {
    return this.#calls.onlineOwnerOf(pfn);
  }

  /** The first frame from `pfn` on that has an owner; nrFrames if none has. */
  nextOwned(pfn: number): number {
    return this.#calls.nextOwned(pfn) >>> 0;
  }

  /** How many pfns `placePfns` takes: 8 bytes of the transfer buffer for each, 4 of them for what comes out. */
  get placeMax(): number {
    return Math.floor(this.coreWord(CoreRecord.transferBytes) / 8);
  }

  /** Copies pfns to the transfer buffer, for the calls on placed pfns that follow. */
  placePfns(pfns: ArrayLike<number>): void {
    if (pfns.length > this.placeMax) throw new RangeError(`${this.placeMax} pfns can be placed at a time`);
    this.u32.set(pfns, this.#transferPtr >>> 2);
  }

  /** Looks up the owners of placed pfns first … first + count; `ownersPlaced` shows them. */
  lookupPlaced(first: number, count: number): void {
    this.agents?.worked(this.agent, count);
    const out = this.#placedOut(first, count, 2);
    this.#check(
      this.#calls.ownersInto(this.#transferPtr + first * 4, out, count),
      `owners of ${count} frames`,
    );
  }

  /** Owners that lookupPlaced has found, by the place of their pfns.  A view, valid until the next call. */
  ownersPlaced(first: number, count: number): Uint16Array {
    const at = this.#placedOut(first, count, 2) >>> 1;
    return this.u16.subarray(at, at + count);
  }

  /** PageFrame.flags | owner << 16 of placed pfns, as a view valid until the next call.  LedgerError NO_RECORDS. */
  framesPlaced(first: number, count: number): Uint32Array {
    this.agents?.worked(this.agent, count);
    const out = this.#placedOut(first, count, 4);
    this.#check(
      this.#calls.framesInto(this.#transferPtr + first * 4, out, count),
      `frames and owners of ${count} pages`,
    );
    return this.u32.subarray(out >>> 2, (out >>> 2) + count);
  }

  #placedOut(first: number, count: number, bytes: number): number {
    if (first < 0 || first + count > this.placeMax)
      throw new RangeError(`pfns ${first} to ${first + count} of ${this.placeMax} that can be placed`);
    return this.#transferPtr + this.placeMax * 4 + first * bytes;
  }

  /** Charges the folios at the first `count` placed pfns to one container: all, or none. */
  chargePlaced(count: number, memcgId: number, type: number): BatchEnd {
    return this.#batchEnd(count, this.#calls.chargeBatch(this.#transferPtr, count, memcgId, type));
  }

  /** Uncharges the folios at the first `count` placed pfns: all, or none. */
  unchargePlaced(count: number): BatchEnd {
    return this.#batchEnd(count, this.#calls.unchargeBatch(this.#transferPtr, count));
  }

  /** How a batch that does all or nothing has ended; `done` names the page that refused. */
  #batchEnd(count: number, err: number): BatchEnd {
    this.agents?.worked(this.agent, count);
    if (err === Err.OK) return { done: count, code: "OK" };
    const at = this.agents === undefined ? this.coreWord(CoreRecord.batchAt) : this.agentWord(Agent.batchAt);
    return { done: at, code: errorName(err) };
  }

  /** Pages of each owner by id, counted from the owner index alone.  A view, valid until the next call. */
  recountOwners(): Uint32Array {
    this.#check(this.#calls.recountOwners(this.#transferPtr), "recount of owners");
    const at = this.#transferPtr >>> 2;
    return this.u32.subarray(at, at + this.maxContainers);
  }

  /** How many ids the index and the counters disagree about. */
  auditOwners(): number {
    return this.#calls.auditOwners(this.#transferPtr) >>> 0;
  }

  /** Owners of up to LOOKUP_BATCH frames.  The result is a view: valid until the next call. */
  ownersInto(pfns: ArrayLike<number>): Uint16Array {
    const count = pfns.length;
    if (count > LOOKUP_BATCH) throw new RangeError(`a lookup batch holds ${LOOKUP_BATCH} pfns`);
    this.agents?.worked(this.agent, count);
    this.u32.set(pfns, this.#transferPtr >>> 2);
    const out = this.#transferPtr + count * 4;
    this.#check(this.#calls.ownersInto(this.#transferPtr, out, count), `owners of ${count} frames`);
    return this.u16.subarray(out >>> 1, (out >>> 1) + count);
  }

  /** Owners of frames first .. first + count (at most RANGE_BATCH), as a view valid until the next call. */
  ownersRange(firstPfn: number, count: number, online: boolean): Uint16Array {
    if (count > RANGE_BATCH) throw new RangeError(`a range batch holds ${RANGE_BATCH} frames`);
    this.agents?.worked(this.agent, count);
    const call = online ? this.#calls.onlineOwnersRange : this.#calls.ownersRange;
    this.#check(call(firstPfn, count, this.#transferPtr), `owners of ${count} frames from ${firstPfn}`);
    return this.u16.subarray(this.#transferPtr >>> 1, (this.#transferPtr >>> 1) + count);
  }

  containerTotals(): void {
    this.exclusively(() => this.#calls.containerTotals());
  }
  /** Number of differences; what they are is in memory, for who calls this exclusively. */
  audit(): number {
    return this.exclusively(() => this.#calls.audit() >>> 0);
  }
  usedIndexBytes(): number {
    return this.#calls.usedIndexBytes() >>> 0;
  }
  usedBytes(): number {
    return this.#calls.usedBytes() >>> 0;
  }

  growFrames(nrFrames: number): void {
    this.#check(this.#calls.growFrames(nrFrames), `grow(${nrFrames} frames)`, AGENT_REMEDY.grow);
  }

  #check(code: number, what: string, remedies: Partial<Record<LedgerErrorCode, string>> = {}): void {
    if (code === Err.OK) return;
    const remedy = remedies[errorName(code)];
    throw new LedgerError(errorName(code), what, remedy === undefined ? {} : { remedy });
  }
}
