/**
 * touches: a pattern of frames made a history: the first touch of a frame faults it in, later ones activate it.
 *
 *   pfns   7        3        7          7     …
 *   ops    alloc 7  alloc 3  activate   activate
 *          charge   charge     7          7            owners change every 8 frames, scattered over the containers
 *          lru add  lru add
 *
 * PARAMETERS  those of the pattern; containers  1 … 65000; 16
 * COST        nrFrames / 8 bytes.
 */
import { LruList, PageType } from "../abi.js";
import { checkHistory, type HistoryParameters, type HistoryWorkload } from "./history.js";
import type { Pattern, PatternWorkload } from "./pattern.js";
import { Scatter } from "./scatter.js";
import { STEP_OPS_MAX, SteppedHistory } from "./stepped-history.js";

const CONTAINERS = 16;
const OWNER_SHIFT = 3;
/** A touch is three operations at most. */
const STEP_TOUCHES = Math.floor(STEP_OPS_MAX / 3);

class Touches extends SteppedHistory {
  readonly maxContainers: number;
  readonly maxPids: number;
  readonly #pattern: Pattern;
  readonly #containers: number;
  readonly #scatter: Scatter;
  readonly #present: Uint32Array;
  readonly #pfns = new Uint32Array(STEP_TOUCHES);
  #made = 0;

  constructor(
    readonly name: string,
    pattern: Pattern,
    { nrFrames, nrEvents, seed, containers }: ReturnType<typeof checkHistory>,
  ) {
    super(nrFrames, nrEvents);
    this.maxContainers = containers + 1;
    this.maxPids = containers + 1;
    this.#pattern = pattern;
    this.#containers = containers;
    this.#scatter = new Scatter(Math.ceil(nrFrames / (1 << OWNER_SHIFT)), seed);
    this.#present = new Uint32Array(Math.ceil(nrFrames / 32));
  }

  protected step(): void {
    if (this.#made < this.#containers) {
      this.container(++this.#made, 0);
      this.attach(this.#made, this.#made);
      return;
    }
    this.#pattern.fill(this.#pfns);
    for (let i = 0; i < this.#pfns.length; i++) this.#touch(this.#pfns[i]!);
  }

  #touch(pfn: number): void {
    const memcg = 1 + (this.#scatter.of(pfn >>> OWNER_SHIFT) % this.#containers);
    const bit = 1 << (pfn & 31);
    if ((this.#present[pfn >>> 5]! & bit) !== 0) {
      this.activate(pfn, 0, memcg, PageType.ANON);
      return;
    }
    this.#present[pfn >>> 5]! |= bit;
    this.charged(pfn, 0, memcg, PageType.ANON);
    this.lruAdd(pfn, 0, memcg, PageType.ANON, LruList.INACTIVE_ANON);
  }
}

/** The history of a pattern's touches. */
export function touchesOf(pattern: PatternWorkload): HistoryWorkload {
  return {
    name: pattern.name,
    text: `touches: ${pattern.text}`,
    parameters: pattern.parameters,
    containers: CONTAINERS,
    create(parameters: HistoryParameters) {
      const sizes = checkHistory({ name: pattern.name, containers: CONTAINERS }, parameters);
      return new Touches(pattern.name, pattern.create(parameters), sizes);
    },
  };
}
