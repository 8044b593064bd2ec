/**
 * timeline: what each container held over the course of a replay, in bounded memory.
 *
 * Samples are taken every so many events.  When there are too many, every second one is dropped and the step doubles,
 * so that a trace of any length leaves between half and all of `SAMPLES_MAX` evenly spaced samples.
 */
import type { Replay } from "./replay.js";

const SAMPLES_MAX = 1024;
/** Samples times containers, for captures with very many groups. */
const CELLS_MAX = 1 << 21;
const FIRST_STEP = 64;

export interface TimelineSample {
  /** Events replayed so far. */
  readonly events: number;
  /** Seconds of the trace's clock. */
  readonly seconds: number;
  /** Pages charged to each container itself, by container id; containers made later are absent. */
  readonly chargedPages: Float64Array;
}

export class Timeline {
  samples: TimelineSample[] = [];

  /** Follows the first ledger of a replay: the counters are the same under every design. */
  constructor(replay: Replay) {
    replay.sampleEvery = FIRST_STEP;
    replay.onSample = (events, seconds) => {
      const ledger = replay.ledgers[0];
      if (ledger === undefined) return;
      const groups = replay.attribution.groups.all();
      const chargedPages = new Float64Array(groups.length === 0 ? 0 : groups[groups.length - 1]!.id + 1);
      for (const group of groups) chargedPages[group.id] = ledger.charged(group.id);
      this.samples.push({ events, seconds, chargedPages });
      if (this.samples.length < SAMPLES_MAX && this.samples.length * chargedPages.length < CELLS_MAX) return;
      this.samples = this.samples.filter((_, i) => i % 2 === 1);
      replay.sampleEvery *= 2;
    };
  }
}
