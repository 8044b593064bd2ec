/**
 * testimony: how often the two witnesses of an LRU insertion agree, and the first cases where they do not.
 */
import { LISTED_MAX } from "./limits.js";

/** Both witnesses spoke about an LRU insertion and named different groups. */
export interface Disagreement {
  readonly line: number;
  readonly pfn: number;
  /** Paths of the groups; "" is outside the capture. */
  readonly task: string;
  readonly memcg: string;
}

export class Testimony {
  /** LRU insertions where both witnesses name the same group. */
  agree = 0;
  /** … where they differ. */
  disagree = 0;
  /** … where only the memcg event names one (the task was not seen entering a group). */
  memcgOnly = 0;
  /** … where the trace has no memcg event to compare with. */
  taskOnly = 0;
  readonly listed: Disagreement[] = [];
  readonly #pathOf: (container: number) => string;

  constructor(pathOf: (container: number) => string) {
    this.#pathOf = pathOf;
  }

  /** `task` and `memcg` are containers, 0 = none. */
  compare(line: number, pfn: number, task: number, memcg: number): void {
    if (task === memcg) {
      if (task !== 0) this.agree++;
      return;
    }
    // A task that no event placed says nothing: it was there before the trace, or is of no group of the capture.
    if (task === 0) {
      this.memcgOnly++;
      return;
    }
    this.disagree++;
    if (this.listed.length < LISTED_MAX)
      this.listed.push({ line, pfn, task: this.#pathOf(task), memcg: this.#pathOf(memcg) });
  }
}
