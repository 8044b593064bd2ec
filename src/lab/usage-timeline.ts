/**
 * usage-timeline: what every container held over the course of a source, in bounded memory.
 *
 * Samples are taken every so many events.  When there are too many, every second one is dropped and the step doubles.
 * As src/capture/timeline, but by the index of a container: an id may have had several.
 */
import { Container } from "../abi.js";
import type { Core } from "../core/core.js";
import type { ContainerSpans } from "./container-spans.js";
import type { LabTimeline } from "./protocol.js";

const SAMPLES_MAX = 1024;
/** Samples times containers, for sources with very many groups. */
const CELLS_MAX = 1 << 21;
const FIRST_STEP = 64;

interface Sample {
  readonly events: number;
  readonly seconds: number;
  /** By index; containers made later are absent. */
  readonly charged: Uint32Array;
}

export class UsageTimeline {
  /** Events between two samples. */
  step = FIRST_STEP;
  #samples: Sample[] = [];
  readonly #spans: ContainerSpans;

  constructor(spans: ContainerSpans) {
    this.#spans = spans;
  }

  /** Takes a sample of the ledger as it is after so many events. */
  take(core: Core, events: number, seconds: number): void {
    const { count } = this.#spans;
    if (this.#samples.at(-1)?.events === events) this.#samples.pop();
    const charged = new Uint32Array(count);
    for (let index = 0; index < count; index++) {
      const id = this.#spans.idOf(index);
      if (this.#spans.latest(id) === index) charged[index] = core.containerWord(id, Container.chargedPages);
    }
    this.#samples.push({ events, seconds, charged });
    const nrSamples = this.#samples.length + 1;
    if (nrSamples < SAMPLES_MAX && nrSamples * count < CELLS_MAX) return;
    if (nrSamples <= 3) return;
    this.#samples = this.#samples.filter((_, i) => i % 2 === 1);
    this.step *= 2;
  }

  /** All samples; the first is of the empty ledger. */
  finish(): LabTimeline {
    const { count } = this.#spans;
    const nrSamples = this.#samples.length + 1;
    const events = new Float64Array(nrSamples);
    const seconds = new Float64Array(nrSamples);
    const rate = new Float64Array(nrSamples);
    // In one piece: it changes hands at once.
    const pages = new Uint32Array(count * nrSamples);
    const charged = Array.from({ length: count }, (_, i) =>
      pages.subarray(i * nrSamples, (i + 1) * nrSamples),
    );
    this.#samples.forEach((sample, i) => {
      const at = i + 1;
      events[at] = sample.events;
      seconds[at] = sample.seconds;
      const passed = seconds[at]! - seconds[i]!;
      // Events of one moment have no rate of their own: they show the one before.
      rate[at] = passed > 0 ? (events[at]! - events[i]!) / passed : rate[i]!;
      sample.charged.forEach((held, index) => {
        charged[index]![at] = held;
      });
    });
    return { events, seconds, charged, rate };
  }
}
