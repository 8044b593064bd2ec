/**
 * session: one source, replayed and kept so that any moment of it can be looked at.
 *
 *   open ──► recorded ──► seek ──► column, frame, history, blocks of that moment
 *
 * Runs in a worker and in Node alike.  Expected failures are LabFaultErrors, or errors that `faultOf` understands.
 */
import type { DesignModule } from "../capture/replay.js";
import { DESIGN_NAMES } from "../designs.js";
import { blockFigures } from "./blocks.js";
import { columnOf } from "./columns.js";
import { LabFaultError } from "./fault.js";
import { frameHistory, frameNow } from "./frame-look.js";
import { momentOf } from "./moment.js";
import { once } from "./once.js";
import { type Recorded, recordCapture, recordHistory } from "./open-source.js";
import { Progress } from "./progress.js";
import type {
  BlockFigures,
  ColumnKind,
  FrameColumn,
  FrameDifference,
  FrameHistory,
  FrameNow,
  LabProgress,
  LabSession,
  LongWork,
  Moment,
  Opened,
  OpenRequest,
} from "./protocol.js";
import { type ReadZip, readSource } from "./read-source.js";
import { inSlices, type Sliced } from "./slices.js";

export interface SessionTools {
  /** Takes archives apart; without it one is refused. */
  readonly readZip?: ReadZip;
  /** The bytes of wasm/NAME.wasm; fetched beside the page unless told otherwise. */
  readonly loadWasm?: (name: string) => Promise<ArrayBuffer | Uint8Array<ArrayBuffer>>;
  /** By name: what sessions that share it have compiled, and need not again. */
  readonly modules?: Map<string, Promise<WebAssembly.Module>>;
}

export class Session implements LabSession {
  readonly #tools: SessionTools;
  readonly #modules: NonNullable<SessionTools["modules"]>;
  #base = "";
  #recorded: Recorded | undefined;
  /** Index of the container that has an id, at the moment last sought. */
  #indexById: Int32Array = new Int32Array(0);
  #tell: (share: number) => void = () => {};
  /** One question after the other: what reads in slices must not find another moment. */
  #turn: Promise<unknown> = Promise.resolve();
  readonly #asked = { seek: 0, column: 0, history: 0 };
  #stopped = { seek: 0, column: 0, history: 0 };

  constructor(tools: SessionTools = {}) {
    this.#tools = tools;
    this.#modules = tools.modules ?? new Map();
  }

  async start(base: string, onShare?: (share: number) => void): Promise<void> {
    this.#base = base;
    if (onShare !== undefined) this.#tell = onShare;
  }

  async open(request: OpenRequest, onProgress: (progress: LabProgress) => void): Promise<Opened> {
    if (this.#recorded !== undefined) throw new Error("a session opens one source");
    const begun = performance.now();
    const progress = new Progress(onProgress);
    const { source } = request;
    // A history is run under the design that is looked at: there is no kernel to verify others against.
    const designs = await this.#loadDesigns(
      source.kind === "generated" ? request.designs.slice(0, 1) : request.designs,
    );
    const recorded =
      source.kind === "generated"
        ? await recordHistory(source.settings, designs[0]!, progress)
        : await recordCapture(
            await readSource(source, this.#base, this.#tools.readZip),
            { module: await this.#module("scan") },
            designs,
            progress,
          );
    this.#recorded = recorded;
    const { recording } = recorded;
    this.#indexById = recording.spans.indexById(recording.event);
    return {
      title: source.kind === "generated" ? source.settings.workload : source.name,
      kind: source.kind,
      design: designs[0]!.name,
      nrFrames: recorded.nrFrames,
      events: recording.events,
      seconds: recording.clock.seconds,
      containers: recording.spans.listed(),
      timeline: recording.timeline.finish(),
      result: recorded.result,
      missing: recorded.missing,
      openMs: performance.now() - begun,
      heldBytes: recording.bytes,
    };
  }

  seek(event: number): Promise<Moment> {
    return this.#inTurn(async () => {
      const { recording } = this.#opened();
      await this.#inSlices("seek", recording.seek(event));
      this.#indexById = recording.spans.indexById(recording.event);
      return momentOf(recording, this.#indexById);
    });
  }

  column(kind: ColumnKind): Promise<FrameColumn | undefined> {
    return this.#inTurn(async () => {
      const { recording, nrFrames } = this.#opened();
      const { event } = recording;
      const values = await this.#inSlices("column", columnOf(kind, recording, nrFrames, this.#indexById));
      return values && { kind, event, values };
    });
  }

  frame(pfn: number): Promise<FrameNow> {
    return this.#inTurn(() => frameNow(this.#opened().recording, pfn, this.#indexById));
  }

  history(pfn: number, limit: number): Promise<FrameHistory | undefined> {
    return this.#inTurn(() => this.#inSlices("history", frameHistory(this.#opened().recording, pfn, limit)));
  }

  blocks(): Promise<BlockFigures> {
    return this.#inTurn(() => {
      const { recording, nrFrames } = this.#opened();
      return { event: recording.event, ...blockFigures(recording.core, nrFrames) };
    });
  }

  differences(reason: string, from: number, count: number): Promise<FrameDifference[]> {
    return this.#inTurn(() => this.#opened().differences.some(reason, from, count));
  }

  async stop(work: LongWork, count: number): Promise<void> {
    this.#stopped[work] = count;
  }

  /** What is under way, and what was asked behind it, ends early. */
  close(): void {
    this.#stopped = { seek: Infinity, column: Infinity, history: Infinity };
  }

  #inTurn<T>(answer: () => T | Promise<T>): Promise<T> {
    const mine = this.#turn.then(answer);
    this.#turn = mine.catch(() => {});
    return mine;
  }

  #inSlices<T>(work: LongWork, sliced: Sliced<T>): Promise<T> {
    // Turns come in the order of the questions, so this is the number of this one.
    const number = ++this.#asked[work];
    return inSlices(sliced, () => number <= this.#stopped[work], this.#tell);
  }

  #opened(): Recorded {
    if (this.#recorded === undefined) throw new Error("nothing is open");
    return this.#recorded;
  }

  #loadDesigns(names: readonly string[]): Promise<DesignModule[]> {
    for (const name of names)
      if (!DESIGN_NAMES.includes(name))
        throw new LabFaultError(
          "the settings",
          `there is no design "${name}"`,
          `choose one of ${DESIGN_NAMES.join(", ")}`,
        );
    if (names.length === 0)
      throw new LabFaultError(
        "the settings",
        "no design is chosen",
        `choose one of ${DESIGN_NAMES.join(", ")}`,
      );
    return Promise.all(
      [...new Set(names)].map(async (name) => ({
        name,
        module: await this.#module(name),
      })),
    );
  }

  #module(name: string): Promise<WebAssembly.Module> {
    return once(this.#modules, name, async () => WebAssembly.compile(await this.#loadWasm(name)));
  }

  async #loadWasm(name: string): Promise<ArrayBuffer | Uint8Array<ArrayBuffer>> {
    if (this.#tools.loadWasm !== undefined) return this.#tools.loadWasm(name);
    const place = `wasm/${name}.wasm`;
    const remedy = "check that the folder wasm lies beside the page, and that the server still runs";
    let response: Response;
    try {
      response = await fetch(new URL(place, this.#base));
    } catch (cause) {
      throw new LabFaultError(place, "it could not be fetched", remedy, { cause });
    }
    if (!response.ok) throw new LabFaultError(place, `the server answered ${response.status}`, remedy);
    return response.arrayBuffer();
  }
}
