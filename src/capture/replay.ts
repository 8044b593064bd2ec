/**
 * replay: a capture, event by event, through ledgers of any number of designs at once.
 *
 * The trace is read and attributed once; each batch of operations is then executed by every ledger, and the time of
 * that alone is the design's own.  Memory is bounded whatever the trace's length: batches are reused, ledgers grow
 * with the highest pfn, samples thin themselves out.
 */
import { Container, ContainerFlag, Core as CoreRecord, FrameFlag } from "../abi.js";
import { Core } from "../core/core.js";
import { LedgerError } from "../core/errors.js";
import { Attribution } from "./attribution.js";
import { CaptureError } from "./errors.js";
import { MAX_CONTAINERS, MAX_PIDS } from "./limits.js";
import { OpBatch } from "./op-batch.js";
import type { CaptureFiles } from "./oracle.js";
import { type ScanSummary, scanTrace } from "./reader.js";
import { type EventBatch, Word } from "./records.js";
import type { Scanner } from "./scanner.js";
import type { ContainerPages, LargePages } from "./verify-counters.js";
import type { LedgerFrames } from "./verify-frames.js";

/** An owner design, compiled. */
export interface DesignModule {
  readonly name: string;
  readonly module: WebAssembly.Module;
}

export interface ReplayOptions {
  readonly scanner: Scanner;
  readonly designs: readonly DesignModule[];
  /** inode → path of groups.tsv; empty where there is none. */
  readonly listed: ReadonlyMap<number, string>;
  /** Frames to make room for at the start; more are added as the trace names them. */
  readonly nrFrames?: number;
  readonly onProgress?: (textBytes: number) => void;
  readonly signal?: AbortSignal;
  /** Called with the replay before the first event: to register samplers. */
  readonly onStart?: (replay: Replay) => void;
}

/** Read and checked, but of no use to a ledger: they repeat others, or count what no frame holds. */
const UNUSED_EVENTS = new Set([
  "mm_page_free_batched",
  "count_memcg_events",
  "rss_stat",
  "cgroup_release",
  "mark_victim",
  "mm_page_alloc_failed",
]);

const BATCH_OPS = 16384;
const FRAMES_MIN = 1 << 18;
const SECTION_FRAMES = 1 << 15;
/** The core's counts of events about what the trace had not introduced. */
const STRAY_COUNTS = {
  missedFrees: CoreRecord.missedFrees,
  unknownFrees: CoreRecord.unknownFrees,
  strayLru: CoreRecord.strayLru,
  strayCache: CoreRecord.strayCache,
  missedExits: CoreRecord.missedExits,
} as const;

/** One ledger in a replay. */
export class ReplayLedger implements LedgerFrames {
  readonly core: Core;
  /** Time spent in the operations themselves. */
  executeMs = 0;

  constructor(
    readonly design: string,
    module: WebAssembly.Module,
    nrFrames: number,
  ) {
    this.core = new Core(module, { nrFrames, maxContainers: MAX_CONTAINERS, maxPids: MAX_PIDS });
  }

  get nrFrames(): number {
    return this.core.nrFrames;
  }

  nextOwned(pfn: number): number {
    return this.core.nextOwned(pfn);
  }

  onlineOwnerOf(pfn: number): number {
    return this.core.onlineOwnerOf(pfn);
  }

  ownerOf(pfn: number): number {
    return pfn < this.nrFrames ? this.core.ownerOf(pfn) : 0;
  }

  wasSplit(pfn: number): boolean {
    return (this.frameFlags(pfn) & FrameFlag.WAS_SPLIT) !== 0;
  }

  frameFlags(pfn: number): number {
    if (pfn >= this.nrFrames) return 0;
    return this.core.u16[(this.core.framePtr(pfn) + this.core.frame.flags) >>> 1]!;
  }

  /** Pages of a container, own or (after `core.containerTotals()`) with everything below it. */
  pages(container: number, scope: "own" | "total"): ContainerPages {
    const base = scope === "own" ? Container.anonPages : Container.totalAnonPages;
    const word = (offset: number) => this.core.containerWord(container, base + offset - Container.anonPages);
    return {
      anon: word(Container.anonPages),
      file: word(Container.filePages),
      shmem: word(Container.shmemPages),
      kernel: word(Container.kernelPages),
      other: word(Container.otherPages),
      lru: [0, 1, 2, 3, 4].map((list) => word(Container.inactiveAnonPages + list * 4)),
      charged: word(Container.chargedPages),
    };
  }

  /** Pages charged to a container itself. */
  charged(container: number): number {
    return this.core.containerWord(container, Container.chargedPages);
  }

  /** Folios that an operation of the replay had to split. */
  get splitFolios(): number {
    return this.core.coreWord(CoreRecord.splitFolios);
  }

  /** Pages of a container in folios that were split, and in folios that are large; counted when first asked. */
  largePages(): (container: number) => LargePages {
    let counted: Map<number, LargePages> | undefined;
    return (container) => {
      counted ??= this.#countLargePages();
      return counted.get(container) ?? { split: 0, large: 0 };
    };
  }

  #countLargePages(): Map<number, LargePages> {
    const pages = new Map<number, LargePages>();
    const { order } = this.core.frame;
    const bytes = new Uint8Array(this.core.memory.buffer);
    for (let pfn = this.nextOwned(0); pfn < this.nrFrames; pfn = this.nextOwned(pfn + 1)) {
      const isSplit = this.wasSplit(pfn);
      const isLarge = bytes[this.core.framePtr(pfn) + order]! > 0;
      if (!isSplit && !isLarge) continue;
      const owner = this.ownerOf(pfn);
      const { split, large } = pages.get(owner) ?? { split: 0, large: 0 };
      pages.set(owner, { split: split + (isSplit ? 1 : 0), large: large + (isLarge ? 1 : 0) });
    }
    return pages;
  }

  /** Events about frames or tasks that the trace had not introduced, and refused operations, by name. */
  stray(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const [name, offset] of Object.entries(STRAY_COUNTS)) {
      const n = this.core.coreWord(offset);
      if (n > 0) counts[name] = n;
    }
    return { ...counts, ...this.core.errorCounts() };
  }

  /** Bytes per page frame of the owner index, as really allocated now. */
  get bytesPerPage(): number {
    return this.core.usedIndexBytes() / this.core.nrFrames;
  }
}

export class Replay {
  readonly ledgers: readonly ReplayLedger[];
  readonly attribution: Attribution;
  /** Called after each batch of events is in the ledgers, once `every` events have passed. */
  onSample: ((events: number, seconds: number) => void) | undefined;
  sampleEvery = 0;
  /**
   * Called with each batch of operations, before the ledgers execute it: who wants to play it again keeps a copy.  A replay
   * cut after n events has executed those whose event, counted from 1, is n or less.
   */
  onOperations: ((words: Uint32Array, count: number, events: Float64Array) => void) | undefined;
  /** Called with each batch of events, and the number of those before it, before it is replayed. */
  onEvents: ((batch: EventBatch, before: number) => void) | undefined;
  /** Called at `tracing_mark_write`, with all events before it in the ledgers. */
  onMark: ((text: string) => void) | undefined;
  events = 0;
  seconds = 0;
  firstSeconds = Number.NaN;
  summary: ScanSummary | undefined;
  readonly #ops: OpBatch;
  readonly #file: string;
  #nextSample = 0;
  #first = 0;

  constructor(options: ReplayOptions, file: string) {
    const nrFrames = roundUp(Math.max(options.nrFrames ?? 0, FRAMES_MIN));
    this.#file = file;
    this.ledgers = options.designs.map((d) => new ReplayLedger(d.name, d.module, nrFrames));
    this.#ops = new OpBatch(BATCH_OPS, (batch) => this.#execute(batch));
    this.attribution = new Attribution(this.#ops, options.listed, file, {
      mark: (text) => {
        this.flush();
        this.onMark?.(text);
      },
      reclaimIds: () => this.#reclaimIds(),
    });
  }

  /** Takes events; called by the reader. */
  consume(batch: EventBatch): void {
    const { words, count, stride } = batch;
    const last = (count - 1) * stride;
    this.onEvents?.(batch, this.events);
    this.seconds = words[last + Word.TIME_HI]! + words[last + Word.TIME_LO]! / 1e9;
    if (Number.isNaN(this.firstSeconds))
      this.firstSeconds = words[Word.TIME_HI]! + words[Word.TIME_LO]! / 1e9;
    if (this.sampleEvery === 0) {
      this.attribution.consumeRange(batch, 0, count);
      this.events += count;
      return;
    }
    // Cut the batch where a sample is due, so that a sample shows the state after exactly that many events.
    if (this.#nextSample === 0) this.#nextSample = this.sampleEvery;
    let done = 0;
    while (done < count) {
      const upTo = Math.min(count, done + Math.max(1, this.#nextSample - this.events));
      this.attribution.consumeRange(batch, done, upTo);
      this.events += upTo - done;
      done = upTo;
      if (this.events >= this.#nextSample) {
        this.flush();
        const at = (upTo - 1) * stride;
        this.onSample?.(this.events, words[at + Word.TIME_HI]! + words[at + Word.TIME_LO]! / 1e9);
        this.#nextSample = this.events + this.sampleEvery;
      }
    }
  }

  /** Known events that change nothing in a ledger, by name. */
  unusedEvents(): Record<string, number> {
    const unused: Record<string, number> = {};
    for (const [name, count] of this.summary?.counts ?? []) if (UNUSED_EVENTS.has(name)) unused[name] = count;
    return unused;
  }

  /** Brings the ledgers up to the last event. */
  flush(): void {
    this.#ops.flush();
  }

  #execute(batch: OpBatch): void {
    this.onOperations?.(batch.words, batch.count, batch.events);
    // Each batch begins with another ledger: the first to run finds the batch cold in the cache.
    this.#first = (this.#first + 1) % Math.max(1, this.ledgers.length);
    for (let i = 0; i < this.ledgers.length; i++) {
      const ledger = this.ledgers[(this.#first + i) % this.ledgers.length]!;
      this.#makeRoom(ledger, batch);
      const start = performance.now();
      ledger.core.execute(batch.words, batch.count, false);
      ledger.executeMs += performance.now() - start;
    }
  }

  /** Adds frames where the batch names some beyond the end. */
  #makeRoom(ledger: ReplayLedger, batch: OpBatch): void {
    if (batch.highestFrame < ledger.nrFrames) return;
    // A sixteenth more, so that a trace that climbs slowly does not move the ledger's regions at each step.
    const wanted = roundUp(Math.max(batch.highestFrame + 1, Math.floor(ledger.nrFrames * 1.0625)));
    try {
      ledger.core.growFrames(wanted);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      throw new CaptureError(
        {
          file: this.#file,
          line: batch.lines[0],
          reason: `${ledger.design} cannot hold ${wanted} frames (${error.code})`,
          remedy: "replay fewer designs at once, or one that needs less memory (--design column)",
        },
        { cause: error },
      );
    }
  }

  #reclaimIds(): number[] {
    this.flush();
    const core = this.ledgers[0]?.core;
    const ids: number[] = [];
    if (core !== undefined)
      for (let id = 1; id < MAX_CONTAINERS; id++)
        if ((core.containerFlags(id) & ContainerFlag.USED) === 0) ids.push(id);
    return ids;
  }
}

/** Replays a trace from its first event to its last.  Throws CaptureError where it has none. */
export async function replayCapture(files: CaptureFiles, options: ReplayOptions): Promise<Replay> {
  const replay = new Replay(options, files.trace.name);
  options.onStart?.(replay);
  replay.summary = await scanTrace(files.trace.open(), (batch) => replay.consume(batch), {
    scanner: options.scanner,
    file: files.trace.name,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  });
  if (replay.summary.events === 0) throw noEvent(files.trace.name, replay.summary.skipped);
  replay.flush();
  replay.attribution.groups.addRemaining();
  replay.flush();
  return replay;
}

/** Names of events that a refusal gives. */
const NAMES_GIVEN = 5;

/** A text without any event that is known here: of another kind, another kernel, or no trace at all. */
function noEvent(file: string, skipped: ReadonlyMap<string, number>): CaptureError {
  const found = [...skipped].filter(([name]) => !name.startsWith("("));
  if (found.length === 0)
    return new CaptureError({
      file,
      reason: "no event was found",
      remedy: "this is no trace text; record one as docs/captures.md describes",
    });
  found.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const given = found.slice(0, NAMES_GIVEN).map(([name, count]) => `${name} ${count.toLocaleString("en")}`);
  const more = found.length > NAMES_GIVEN ? `, and ${found.length - NAMES_GIVEN} more` : "";
  return new CaptureError({
    file,
    reason: `no event of page frames was found, but ${given.join(", ")}${more}`,
    remedy:
      "record kmem:mm_page_alloc and the other events of docs/captures.md; of a kernel that names them otherwise nothing can be replayed",
  });
}

function roundUp(frames: number): number {
  return Math.ceil(frames / SECTION_FRAMES) * SECTION_FRAMES;
}
