/**
 * open-source: the first replay of a source, recorded: of a capture through the reader, of a generated history as it comes.
 */
import { readListedGroups } from "../capture/oracle.js";
import { type DesignModule, type Replay, type ReplayOptions, replayCapture } from "../capture/replay.js";
import type { Scanner } from "../capture/scanner.js";
import { type VerifyResult, verifyCapture } from "../capture/verification.js";
import { Core } from "../core/core.js";
import { breathe } from "./breathe.js";
import type { Checkpoints } from "./checkpoints.js";
import { composedHistory } from "./composed.js";
import { Differences } from "./differences.js";
import { EvenClock, TraceClock } from "./event-clock.js";
import { LabFaultError } from "./fault.js";
import { OP_WORDS } from "./op-log.js";
import type { Progress } from "./progress.js";
import type { ReadableCapture } from "./read-source.js";
import { LOG_BYTES_MAX, Recording } from "./recording.js";
import type { HistorySettings } from "./settings.js";

/** A source after its first replay. */
export interface Recorded {
  readonly recording: Recording;
  readonly nrFrames: number;
  readonly result: VerifyResult | undefined;
  readonly differences: Differences;
  /** Tables that a verdict would need and that are not there. */
  readonly missing: readonly string[];
}

/** Frames that are shown end at a whole multiple. */
const SHOWN_FRAMES = 4096;
const BATCH_OPS = 8192;
const LOG_OP_BYTES = 8;

export async function recordCapture(
  { files, share }: ReadableCapture,
  scanner: Scanner,
  designs: readonly DesignModule[],
  progress: Progress,
): Promise<Recorded> {
  const clock = new TraceClock();
  const recording = new Recording(clock);
  let replay: Replay | undefined;
  const options: Omit<ReplayOptions, "listed"> = {
    scanner,
    designs,
    onStart: (started) => {
      replay = started;
      follow(started, recording, clock);
    },
  };
  /** The same text; between two chunks the worker tells how far it is, and takes messages. */
  const paced = {
    ...files,
    trace: {
      name: files.trace.name,
      open: async function* () {
        for await (const chunk of files.trace.open()) {
          yield chunk;
          if (!progress.isDue) continue;
          progress.tell("Replaying", replay?.events ?? 0, share());
          await breathe();
        }
        progress.tell("Comparing", replay?.events ?? 0, undefined);
      },
    },
  };
  const missing = (["groups", "stat", "frames"] as const).filter((key) => files[key] === undefined);
  const differences = new Differences();
  let result: VerifyResult | undefined;
  progress.tell("Reading", 0, undefined);
  if (missing.length === 0) {
    const onDifference = differences.take.bind(differences);
    ({ result } = await verifyCapture(paced, { ...options, onDifference }));
  } else await replayCapture(paced, { ...options, listed: await readListedGroups(files) });
  const { core } = replay!.ledgers[0]!;
  recording.finish(core, replay!.events);
  recording.timeline.take(core, replay!.events, clock.seconds);
  const frames = Math.max(recording.log.highestFrame + 1, 1);
  return {
    recording,
    nrFrames: Math.min(core.nrFrames, Math.ceil(frames / SHOWN_FRAMES) * SHOWN_FRAMES),
    result,
    differences,
    missing: missing.map((key) => TABLE_NAMES[key]),
  };
}

const TABLE_NAMES = { groups: "groups.tsv", stat: "memory.stat.tsv", frames: "frames.tsv" } as const;

function follow(replay: Replay, recording: Recording, clock: TraceClock): void {
  const { groups } = replay.attribution;
  replay.onEvents = (batch, before) => clock.take(batch, before);
  replay.onOperations = (words, count, events) =>
    recording.record(
      replay.ledgers[0]!.core,
      words,
      count,
      (i) => events[i]!,
      (id) => groups.byId(id)?.path ?? "",
    );
  replay.sampleEvery = recording.timeline.step;
  replay.onSample = (events, seconds) => {
    recording.timeline.take(replay.ledgers[0]!.core, events, seconds - replay.firstSeconds);
    replay.sampleEvery = recording.timeline.step;
  };
}

/** Runs a history on a ledger of the design.  Throws WorkloadError, LedgerError or LabFaultError. */
export async function recordHistory(
  settings: HistorySettings,
  { module }: DesignModule,
  progress: Progress,
  checkpoints?: Checkpoints,
): Promise<Recorded> {
  const { nrFrames, nrEvents } = settings;
  const most = LOG_BYTES_MAX / LOG_OP_BYTES / 2;
  if (nrEvents > most)
    throw new LabFaultError(
      "the settings",
      `${nrEvents} operations are more than this page can keep`,
      `give ${most} or fewer`,
    );
  const history = composedHistory(settings);
  const { maxContainers, maxPids } = history;
  const core = new Core(module, { nrFrames, maxContainers, maxPids });
  let events = 0;
  const recording = new Recording(new EvenClock(() => events), checkpoints);
  const { timeline, spans } = recording;
  const words = new Uint32Array(BATCH_OPS * OP_WORDS);
  const pathOf = (id: number, parent: number) => `${spans.pathOf(parent)}/${id}`;
  let nextSample = timeline.step;
  while (true) {
    const count = history.fill(words.subarray(0, Math.min(BATCH_OPS, nextSample - events) * OP_WORDS));
    if (count === 0) break;
    const before = events;
    recording.record(core, words, count, (i) => before + i + 1, pathOf);
    core.execute(words, count, false);
    events += count;
    if (events >= nextSample) {
      timeline.take(core, events, recording.clock.secondsAt(events));
      nextSample = events + timeline.step;
    }
    if (!progress.isDue) continue;
    progress.tell("Running", events, events / nrEvents);
    await breathe();
  }
  recording.finish(core, events);
  timeline.take(core, events, recording.clock.seconds);
  return { recording, nrFrames, result: undefined, differences: new Differences(), missing: [] };
}
