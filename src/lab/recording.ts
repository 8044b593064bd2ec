/**
 * recording: what a session keeps of a source while it is replayed for the first time, and how it goes back to a moment.
 *
 *   first replay   ops ──► log, containers, checkpoints; samples ──► timeline
 *   seek           nearest checkpoint at or before the event ──► the operations from there on ──► the ledger at that event
 *
 * The ledger that is taken to and fro is the one of the first replay.
 */
import { Err, Op } from "../abi.js";
import type { Core } from "../core/core.js";
import { Checkpoints } from "./checkpoints.js";
import { ContainerSpans } from "./container-spans.js";
import type { EventClock } from "./event-clock.js";
import { LabFaultError } from "./fault.js";
import { LOG_START, type LogPlace, OP_WORDS, OpLog } from "./op-log.js";
import type { Sliced } from "./slices.js";
import { UsageTimeline } from "./usage-timeline.js";

/** Operations of a trace text of some six gigabytes. */
export const LOG_BYTES_MAX = 384 * 2 ** 20;
const BATCH_OPS = 16384;
/** What an operation takes, and what a byte of a checkpoint takes to come back; their ratio matters only. */
const OP_NS = 60;
const RESTORE_BYTE_NS = 0.3;

/** Path of a container, told by its id and its parent's index at the time that it is made. */
export type PathOf = (id: number, parent: number) => string;

export class Recording {
  readonly log = new OpLog();
  readonly spans = new ContainerSpans();
  readonly timeline = new UsageTimeline(this.spans);
  readonly checkpoints: Checkpoints;
  /** Events recorded; a trace may end with some that are no operation. */
  events = 0;
  #core: Core | undefined;
  #place: LogPlace = LOG_START;
  #event = 0;
  readonly #words = new Uint32Array(BATCH_OPS * OP_WORDS);
  readonly #logBytesMax: number;

  constructor(
    readonly clock: EventClock,
    checkpoints = new Checkpoints(),
    logBytesMax = LOG_BYTES_MAX,
  ) {
    this.checkpoints = checkpoints;
    this.#logBytesMax = logBytesMax;
  }

  /** The ledger that is looked at. */
  get core(): Core {
    return this.#core!;
  }
  /** The event that it stands at. */
  get event(): number {
    return this.#event;
  }

  /** Takes operations that `core` is about to run, with the Err that is expected of each in the low byte of word 3. */
  record(
    core: Core,
    words: Uint32Array,
    count: number,
    eventOf: (i: number) => number,
    pathOf: PathOf,
  ): void {
    this.#core = core;
    this.checkpoints.offer(core, this.log.end);
    for (let i = 0; i < count; i++) {
      const at = i * OP_WORDS;
      const event = eventOf(i);
      this.log.append(words, at, event);
      if ((words[at + 3]! & 0xff) !== Err.OK) continue;
      const code = words[at]! & 0xff;
      if (code === Op.CONTAINER_CREATE) {
        const parentId = words[at]! >>> 16;
        const parent = parentId === 0 ? -1 : this.spans.latest(parentId);
        this.spans.create(words[at + 1]!, parentId, pathOf(words[at + 1]!, parent), event);
      } else if (code === Op.REPLAY_REMOVE || code === Op.CONTAINER_REMOVE)
        this.spans.remove(words[at + 1]!, event);
    }
    if (this.log.bytes > this.#logBytesMax)
      throw new LabFaultError(
        "this page",
        `it can keep ${Math.round(this.log.ops / 1e6)} million operations, and there are more`,
        "verify the trace with `npx pageledger verify`, which keeps none",
      );
  }

  /** The first replay is over: the ledger stands behind the last event. */
  finish(core: Core, events: number): void {
    this.#core = core;
    this.events = events;
    this.#place = this.log.end;
    this.#event = events;
  }

  /** Takes the ledger to the moment after so many events; told to stop, to the moment that it has come to. */
  *seek(event: number): Sliced<void> {
    const core = this.core;
    let target = Math.min(this.events, Math.max(0, Math.floor(event)));
    if (yield 0) return;
    const checkpoint = this.checkpoints.before(target);
    const isBehind = this.#place.event > target;
    if (checkpoint !== undefined) {
      const saved = (checkpoint.place.ops - this.#place.ops) * OP_NS;
      if (isBehind || saved > core.memory.buffer.byteLength * RESTORE_BYTE_NS) {
        Checkpoints.restore(core, checkpoint);
        this.#place = checkpoint.place;
      }
    }
    const reader = this.log.reader(this.#place);
    const { event: from } = this.#place;
    for (let count = reader.read(target, this.#words); count > 0; count = reader.read(target, this.#words)) {
      if (reader.highestFrame >= core.nrFrames) core.growFrames(roundUp(this.log.highestFrame + 1));
      core.execute(this.#words, count, false);
      this.#place = reader.place;
      // What else belongs to this event is run all the same: a moment is the state after whole events.
      if (yield (this.#place.event - from) / (target - from)) target = this.#place.event;
    }
    this.#event = target;
  }

  get bytes(): number {
    return this.core.memory.buffer.byteLength + this.log.bytes + this.checkpoints.bytes + this.clock.bytes;
  }
}

const SECTION_FRAMES = 1 << 15;
function roundUp(frames: number): number {
  return Math.ceil(frames / SECTION_FRAMES) * SECTION_FRAMES;
}
