/**
 * pace: what pictures of the map take, learned from those before; so that those of a motion are drawn in time.
 */
/** What a picture of a motion may take, and its samples in any case. */
const PICTURE_MS_MAX = 14;
const SAMPLES_MS_MIN = 2;

export class Pace {
  /** What a picture takes that has hardly any samples, and what each adds. */
  #pictureMs = 4;
  #sampleMs = 0;

  /** By halves and quarters: the browser tells late, and by steps of milliseconds, that a picture is done. */
  learn(ms: number, samples: number, pixels: number): void {
    if (samples >= pixels / 4) {
      const each = Math.max(0, ms - this.#pictureMs) / samples;
      this.#sampleMs = this.#sampleMs === 0 ? each : (this.#sampleMs + each) / 2;
    } else if (samples < pixels / 16) this.#pictureMs += (ms - this.#pictureMs) / 4;
  }

  /** How many a picture of a motion may have; Infinity if they take no time. */
  get samplesMax(): number {
    return Math.max(SAMPLES_MS_MIN, PICTURE_MS_MAX - this.#pictureMs) / this.#sampleMs;
  }
}
