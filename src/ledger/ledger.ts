/**
 * ledger: who owns which page frame, what each container holds, and what its limit allows.
 *
 * A ledger has page frames 0 … nrFrames - 1 and a tree of containers.  Frames become folios (aligned runs of 2^order),
 * folios are charged to containers.  Whatever an operation throws, it has changed nothing but tallies of refusals.
 *
 * Numbers are plain numbers of the unit that their name says; the branded types of `units` fit wherever they are asked.
 */
import { Core as CoreRecord, Err, Op, type PageType } from "../abi.js";
import type { AgentInfo, AgentTicket, GracePeriodReport } from "../core/agents.js";
import { Core, LOOKUP_BATCH, OP_WORDS, RANGE_BATCH } from "../core/core.js";
import { errorName, LedgerError, SharingError, StallError } from "../core/errors.js";
import { isShared } from "../core/instance.js";
import { checkCount, checkMaxPages, checkPfn, checkPfns, checkPid, checkType } from "./args.js";
import { type AuditReport, auditCore } from "./audit.js";
import type { Container, ContainerHost } from "./container.js";
import { ContainerBook, isName, normalPath } from "./container-book.js";
import { countEntries } from "./count-entries.js";
import { designName } from "./design-name.js";
import { type FolioInfo, folioAt } from "./folio.js";
import {
  type LedgerSize,
  type LedgerStats,
  type NewContainer,
  type OwnersOptions,
  STOCK_POLICIES,
} from "./ledger-types.js";
import { LocklessPages } from "./lockless-pages.js";
import { type BatchHost, type BatchResult, OpBatch } from "./op-batch.js";
import { type ContainerRef, OpVerbs, opText, word0 } from "./op-verbs.js";
import { PageMarks } from "./page-marks.js";
import { placeMany } from "./place-many.js";
import { attachCore, type SharedLedger, shareCore, ticketOf } from "./sharing.js";
import { encodeSnapshot, installSnapshot, type RestoreOptions } from "./snapshot.js";

const DEFAULT_CONTAINERS = 1024;
const DEFAULT_PIDS = 32768;

/** Retired objects that may wait before checkStall names who holds them back: some megabytes. */
const STALL_AT = 65_536;

export class Ledger extends OpVerbs {
  readonly #core: Core;
  readonly #book: ContainerBook;
  readonly #host: ContainerHost & BatchHost;

  private constructor(core: Core, names: ReadonlyMap<number, string> = new Map()) {
    super();
    this.#core = core;
    this.#host = {
      core,
      holds: (container) => this.#book.holds(container),
      run: (first, second, third) => this.emit(first, second, third),
      removed: (container) => this.#book.removed(container),
      runBatch: (words, count, stopAtError) => this.#runBatch(words, count, stopAtError),
    };
    this.#book = new ContainerBook(core, this.#host, names);
  }

  /**
   * Opens an empty ledger over a compiled core module.  One of `build/shared` makes it a ledger that other threads can
   * join, see `share`.  Throws LedgerError (BAD_ARG, NO_MEMORY), AbiMismatchError or SharingError.
   */
  static open(module: WebAssembly.Module, size: LedgerSize): Ledger {
    const maxContainers = checkCount("open", "maxContainers", size.maxContainers ?? DEFAULT_CONTAINERS) + 1;
    const maxPids = checkCount("open", "maxPids", size.maxPids ?? DEFAULT_PIDS);
    if (size.agents !== undefined && !isShared(module)) throw new SharingError("not-shared");
    const core = new Core(module, {
      ...(size.agents === undefined ? {} : { agents: size.agents }),
      nrFrames: checkCount("open", "nrFrames", size.nrFrames),
      maxContainers,
      maxPids,
      frameRecords: size.frameRecords ?? true,
    });
    core.counting.setPolicy(STOCK_POLICIES[size.stockPolicy ?? "adaptive"]);
    return new Ledger(core);
  }

  /**
   * Joins a ledger that another thread has shared; see `share`.  Throws SharingError (used-up, other-design) or
   * AbiMismatchError.
   */
  static attach(handle: SharedLedger): Ledger {
    const { core, names } = attachCore(handle);
    return new Ledger(core, names);
  }

  /**
   * Opens a ledger as `snapshot` left it.  The image may come from anywhere: it is checked throughout, and audited
   * unless told otherwise.  Throws SnapshotError, AbiMismatchError, or LedgerError NO_MEMORY.
   */
  static restore(module: WebAssembly.Module, image: Uint8Array, options: RestoreOptions = {}): Ledger {
    const { core, names } = installSnapshot(module, image, options);
    return new Ledger(core, names);
  }

  /** The whole ledger as bytes, to be kept or sent; as long as the memory in use, less the 4 KiB blocks of zeros. */
  snapshot(): Uint8Array<ArrayBuffer> {
    return this.#core.exclusively(() => {
      this.#core.containerTotals(); // folds what was charged without the lock
      return encodeSnapshot(this.#core, new Map(this.#book.all().map(({ id, name }) => [id, name])));
    });
  }

  /** Page frames: pfns are below this. */
  get nrFrames(): number {
    return this.#core.nrFrames;
  }
  /** Name of the owner design. */
  get design(): string {
    return designName(this.#core.designId);
  }

  // Containers

  /**
   * Makes a container, by path ("/tenants/a", whose parent must exist) or by name and parent.  EXISTS, NO_CONTAINER,
   * OFFLINE, BAD_ARG (name or limit), NO_MEMORY when all ids are taken.
   */
  createContainer(what: string | NewContainer): Container {
    const { name, parent, maxPages } =
      typeof what === "string" ? this.#fromPath(what) : this.#fromParts(what);
    const path = `${parent?.path ?? ""}/${name}`;
    const text = `createContainer(${path})`;
    if (!isName(name))
      throw new LedgerError("BAD_ARG", text, { remedy: "a name has 1 to 255 characters, and no slash" });
    const limit = checkMaxPages("createContainer", maxPages);
    if (parent?.online !== false && this.#book.byPath(path) !== undefined)
      throw new LedgerError("EXISTS", text, { remedy: "use the one there is, or another name" });
    return this.#book.create(text, name, parent, (id) =>
      this.emit(word0(Op.CONTAINER_CREATE, 0, parent?.id ?? 0), id, limit),
    );
  }

  /** The online container of that path. */
  container(path: string): Container | undefined {
    return this.#book.byPath(path);
  }
  /** The container of that id, a removed one too while it is held. */
  containerById(id: number): Container | undefined {
    return this.#book.byId(id);
  }
  /** All containers, removed ones that are still held too, by id. */
  containers(): Container[] {
    return this.#book.all();
  }

  /** The container of a task; null outside of all.  BAD_PID. */
  containerOfTask(pid: number): Container | null {
    if (checkPid("containerOfTask", pid) >= this.#core.coreWord(CoreRecord.maxPids))
      throw new LedgerError("BAD_PID", `containerOfTask(pid ${pid})`);
    return this.#handle(this.#core.u16[(this.#core.coreWord(CoreRecord.tasksPtr) >>> 1) + pid]!);
  }

  // Lookups

  /** The owner of a page as the kernel shows it: the nearest online container from the charged one upwards, or null. */
  ownerOf(pfn: number): Container | null {
    return this.#handle(this.#core.onlineOwnerOf(checkPfn("ownerOf", pfn)));
  }
  /** The container that a page is charged to, a removed one too; null if to none, or if there is no such frame. */
  chargedTo(pfn: number): Container | null {
    return this.#handle(this.#core.ownerOf(checkPfn("chargedTo", pfn)));
  }
  /** What is at a frame; null if it is free.  BAD_PFN, NO_RECORDS. */
  folio(pfn: number): FolioInfo | null {
    if (this.#core.nrRecords === 0) throw new LedgerError("NO_RECORDS", `folio(pfn ${pfn})`);
    if (checkPfn("folio", pfn) >= this.nrFrames) throw new LedgerError("BAD_PFN", `folio(pfn ${pfn})`);
    return this.#core.exclusively(() => folioAt(this.#core, pfn));
  }

  /** Container ids of the owners of many pages, 0 for none and for pfns beyond the end. */
  ownersOf(pfns: Uint32Array, options: OwnersOptions = {}): Uint16Array<ArrayBuffer> {
    const owners = new Uint16Array(checkPfns("ownersOf", pfns).length);
    for (let at = 0; at < pfns.length; at += LOOKUP_BATCH)
      owners.set(this.#core.ownersInto(pfns.subarray(at, at + LOOKUP_BATCH)), at);
    if (!options.raw && this.#book.hasOffline()) this.#book.toOnline(owners);
    return owners;
  }

  /** Container ids of the owners of pages first … first + count - 1.  BAD_PFN. */
  ownersOfRange(firstPfn: number, count: number, options: OwnersOptions = {}): Uint16Array<ArrayBuffer> {
    const text = `ownersOfRange(pfn ${firstPfn}, count ${count})`;
    checkPfn("ownersOfRange", firstPfn);
    checkCount("ownersOfRange", "count", count);
    if (firstPfn + count > this.nrFrames) throw new LedgerError("BAD_PFN", text);
    const owners = new Uint16Array(count);
    for (let at = 0; at < count; at += RANGE_BATCH) {
      const n = Math.min(RANGE_BATCH, count - at);
      owners.set(this.#core.ownersRange(firstPfn + at, n, !options.raw), at);
    }
    return owners;
  }

  // Batches

  /** An empty batch of operations for this ledger. */
  batch(): OpBatch {
    return new OpBatch(this.#host);
  }

  /**
   * `charge` for many folios, in batches of 131,072: a batch is charged whole or not at all.  Throws the LedgerError of
   * the first refused folio, `opIndex` its place in `pfns`; batches before it stay charged.  Without frame records: pages
   * in ascending order (else BAD_ARG), of type NONE.
   */
  chargeMany(pfns: Uint32Array, container: ContainerRef, type: PageType): void {
    checkPfns("chargeMany", pfns);
    const id = this.idOf("chargeMany", container);
    const first = word0(Op.CHARGE, 0, id);
    checkType("chargeMany", type);
    placeMany(this.#core, pfns, first, type, (count) => this.#core.chargePlaced(count, id, type));
  }
  /** `uncharge` for many folios; likewise. */
  unchargeMany(pfns: Uint32Array): void {
    placeMany(this.#core, checkPfns("unchargeMany", pfns), Op.UNCHARGE, 0, (count) =>
      this.#core.unchargePlaced(count),
    );
  }

  /** Pages of each container by id, counted from the owner index alone; 0 for ids not in use. */
  recount(): Uint32Array<ArrayBuffer> {
    return this.#core.recountOwners().slice();
  }

  /** Marks of pages' entries: only the design `xarray` has them. */
  get marks(): PageMarks {
    return new PageMarks(this.#core);
  }

  /** Pages charged by many agents at once, without taking turns: ledgers without frame records. */
  get lockless(): LocklessPages {
    return new LocklessPages(this.#core, (verb, container) => this.idOf(verb, container));
  }

  // Counted pages: Container.charge, uncharge and counted

  /**
   * Runs many counted charges and uncharges: entries of two words, the container's id | kind << 16 | 2^31 if it
   * uncharges, then pages.  Throws the LedgerError of the first that is refused, `opIndex` its place; those before it are done.
   */
  countMany(entries: Uint32Array): void {
    countEntries(this.#core.counting, entries);
  }

  /** Gives this agent's stocks back, and those of agents that are offline; agents that are counting are asked to follow. */
  drain(): void {
    this.#core.counting.drain();
  }

  // Shared memory

  /**
   * A handle for one more agent, to be posted to one worker and given to `Ledger.attach` there.  Throws SharingError
   * (not-shared, not-isolated, no-number).
   */
  share(): SharedLedger {
    return shareCore(this.#core, this.#book.all());
  }

  /** Number of this thread's agent; 0 in a ledger that is not shared. */
  get agent(): number {
    return this.#core.agent;
  }

  /** Who has the ledger, by number; none in one that is not shared. */
  agents(): AgentInfo[] {
    return this.#core.agents?.list() ?? [];
  }

  /** What waits for a grace period, and which agents hold it back. */
  gracePeriods(): GracePeriodReport {
    return this.#core.agents?.gracePeriods() ?? { epoch: 0, waiting: 0, stalled: [] };
  }

  /** Throws StallError if an agent is silent and more than `most` retired objects wait for it. */
  checkStall(most = STALL_AT): void {
    const { waiting, stalled } = this.gracePeriods();
    const [agent] = stalled;
    if (waiting > most && agent !== undefined)
      throw new StallError(agent.id, agent.epoch, agent.ageMs, waiting);
  }

  /**
   * Recovers an agent whose thread has ended, by its handle or an entry of `agents()`: what it was in the middle of is
   * undone, and its number is free.  Does nothing if it has detached before.  Throws LedgerError BUSY (another agent reads
   * and does not come out, or recovers this one: recover that first if it has ended too), TORN, BAD_ARG (no such agent, or
   * this one), SharingError.
   */
  recover(agent: AgentTicket | AgentInfo): void {
    if (this.#core.agents === undefined) throw new SharingError("not-shared");
    this.#core.recover(ticketOf(agent));
  }

  /**
   * Leaves a shared ledger: the number is free, and every other call from now on throws SharingError `detached`.  LedgerError
   * BUSY, TORN: as `recover`, where a call of this agent is to be undone still; then it has not left.
   */
  detach(): void {
    this.#core.detach();
  }

  /**
   * For many lookups: goes online, so that calls need not.  From then on `chargedTo` announces once in 64 times and a batch
   * of 64 pages or more at its end; `offline` is due before a pause, for memory that others free waits for it.
   */
  online(): void {
    this.#core.online();
  }
  quiescent(): void {
    this.#core.quiescent();
  }
  offline(): void {
    this.#core.offline();
  }

  // The whole

  /** Adds frames up to `nrFrames`.  BAD_ARG below the present number, NO_MEMORY, BUSY while other agents are there. */
  grow(nrFrames: number): void {
    this.#core.growFrames(checkCount("grow", "nrFrames", nrFrames));
  }

  /** Counts everything anew and compares.  Reads every frame. */
  audit(): AuditReport {
    return auditCore(this.#core);
  }

  stats(): LedgerStats {
    const core = this.#core;
    core.lockless.fold();
    const indexBytes = core.usedIndexBytes();
    return {
      design: this.design,
      nrFrames: core.nrFrames,
      allocatedPages: core.coreWord(CoreRecord.allocatedPages),
      chargedPages: core.coreWord(CoreRecord.chargedPages),
      indexBytes,
      bytesPerPage: indexBytes / core.nrFrames,
      usedBytes: core.usedBytes(),
    };
  }

  /** @internal */
  protected emit(first: number, second: number, third: number): void {
    const err = this.#core.runOne(first, second, third);
    if (err !== Err.OK) throw new LedgerError(errorName(err), opText(first, second, third));
  }

  /** @internal */
  protected knows(container: Container): boolean {
    return this.#book.holds(container);
  }

  #handle(id: number): Container | null {
    return this.#book.byId(id) ?? null;
  }

  #fromPath(path: string) {
    const normal = normalPath(path);
    const slash = normal.lastIndexOf("/");
    const parentPath = normal.slice(0, slash);
    const parent = parentPath === "" ? null : this.#book.byPath(parentPath);
    if (parent === undefined)
      throw new LedgerError("NO_CONTAINER", `createContainer(${normal})`, {
        remedy: `create ${parentPath} first`,
      });
    return { name: normal.slice(slash + 1), parent, maxPages: undefined };
  }

  #fromParts({ name, parent, maxPages }: NewContainer) {
    if (parent === undefined || parent === null) return { name, parent: null, maxPages };
    const handle = this.#book.byId(this.idOf("createContainer", parent));
    if (handle === undefined)
      throw new LedgerError("NO_CONTAINER", `createContainer(${name}, parent ${String(parent)})`);
    return { name, parent: handle, maxPages };
  }

  #runBatch(words: Uint32Array, count: number, stopAtError: boolean): BatchResult {
    if (stopAtError) {
      const { done, code } = this.#core.execute(words, count, true);
      if (code !== "OK") {
        const at = done * OP_WORDS;
        throw new LedgerError(code, opText(words[at]!, words[at + 1]!, words[at + 2]!), { opIndex: done });
      }
      return { executed: done, refused: 0, errors: {} };
    }
    const errors = this.#core.executeCounting(words, count);
    const refused = Object.values(errors).reduce((sum, n) => sum + n, 0);
    return { executed: count, refused, errors };
  }
}
