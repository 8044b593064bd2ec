/**
 * progress: what a worker tells while it works, at most twenty times a second.
 */
import type { LabProgress } from "./protocol.js";

const EVERY_MS = 50;

export class Progress {
  readonly #tell: (progress: LabProgress) => void;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(tell: (progress: LabProgress) => void) {
    this.#tell = tell;
  }

  /** Whether it is time to tell something. */
  get isDue(): boolean {
    return performance.now() - this.#toldMs >= EVERY_MS;
  }

  tell(what: string, events: number, share: number | undefined): void {
    this.#toldMs = performance.now();
    this.#tell(share === undefined ? { what, events } : { what, events, share });
  }
}
