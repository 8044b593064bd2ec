/**
 * random-history: operations drawn at random, valid and invalid mixed, from a space so small that they collide.
 *
 * The same seed gives the same history.  PAGELEDGER_SEED sets it, to run a failure again.
 */
import { Op, PAGES_MAX } from "../../src/abi.js";

/** Words 0, 1 and 2. */
export type EncodedOp = readonly [number, number, number];

/** xorshift32: small, fast, and the same everywhere. */
export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0 || 1;
    for (let i = 0; i < 8; i++) this.below(2);
  }
  /** 0 … n - 1 */
  below(n: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % n;
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
}

/** The seed of this run: PAGELEDGER_SEED, or the test's own. */
export function seedOf(fallback: number): number {
  const asked = Number(process.env.PAGELEDGER_SEED);
  return Number.isInteger(asked) && asked !== 0 ? asked : fallback;
}

export interface Space {
  readonly name: string;
  readonly nrFrames: number;
  /** Frames that operations name; all of them if not said. */
  readonly pfns?: (random: Random) => readonly number[];
  /** Ids and pids count from 0. */
  readonly maxContainers: number;
  readonly maxPids: number;
  readonly orderMax: number;
  /** Percentage of arguments out of bounds or out of place. */
  readonly hostile: number;
}

const spread = (count: number, span: number) => (random: Random) => {
  const pfns: number[] = [];
  for (let i = 0; i < count; i++) {
    const base = random.below(span / 64) * 64;
    for (let p = 0; p < 16; p++) pfns.push(base + p);
  }
  return pfns;
};

export const DENSE: Space = {
  name: "dense",
  nrFrames: 128,
  maxContainers: 9,
  maxPids: 6,
  orderMax: 4,
  hostile: 4,
};
export const SPARSE: Space = {
  name: "sparse",
  nrFrames: 2 ** 22,
  pfns: spread(12, 2 ** 22),
  maxContainers: 9,
  maxPids: 6,
  orderMax: 4,
  hostile: 4,
};
export const HOSTILE: Space = {
  name: "hostile",
  nrFrames: 67,
  maxContainers: 9,
  maxPids: 6,
  orderMax: 4,
  hostile: 60,
};
/** More owners to 64 pages than a wide block of the palette has slots. */
export const CROWDED: Space = {
  name: "crowded",
  nrFrames: 160,
  maxContainers: 40,
  maxPids: 6,
  orderMax: 1,
  hostile: 4,
};
/** Folios of whole blocks of the palette, leaves of a tree, entries of several levels of an XArray. */
export const HUGE: Space = {
  name: "huge",
  nrFrames: 16_384,
  pfns: (random) => Array.from({ length: 256 }, (_, i) => (i * 64 + random.below(2) * 63) % 16_384),
  maxContainers: 9,
  maxPids: 6,
  orderMax: 9,
  hostile: 4,
};

const STRICT: readonly [number, number][] = [
  [Op.ALLOC, 16],
  [Op.CHARGE, 14],
  [Op.UNCHARGE, 4],
  [Op.FREE, 8],
  [Op.LRU_ADD, 9],
  [Op.LRU_ACTIVATE, 5],
  [Op.LRU_DEL, 4],
  [Op.CACHE_ADD, 8],
  [Op.CACHE_DEL, 4],
  [Op.MAP, 5],
  [Op.UNMAP, 5],
  [Op.SET_TYPE, 4],
  [Op.MOVE_CHARGE, 7],
  [Op.SPLIT, 4],
  [Op.CONTAINER_CREATE, 4],
  [Op.CONTAINER_REMOVE, 1],
  [Op.CONTAINER_SET_MAX, 3],
  [Op.TASK_ATTACH, 3],
  [Op.TASK_FORK, 3],
  [Op.TASK_EXIT, 3],
];

const REPLAY: readonly [number, number][] = [
  [Op.ALLOC_CHARGE, 22],
  [Op.RELEASE, 12],
  [Op.RECHARGE, 8],
  [Op.LRU_PUT, 12],
  [Op.REPLAY_ACTIVATE, 6],
  [Op.REPLAY_LRU_DEL, 5],
  [Op.REPLAY_CACHE_DEL, 4],
  [Op.CONTAINER_CREATE, 3],
  [Op.CONTAINER_SET_MAX, 1],
  [Op.TASK_ATTACH, 2],
  [Op.REPLAY_FORK, 2],
  [Op.TASK_EXIT, 2],
  [Op.REPLAY_REMOVE, 2],
];

/** What is there now, so that more operations than chance allows find something to work on. */
export interface Hints {
  readonly folios: ReadonlyMap<number, { readonly order: number }>;
  readonly containers: ReadonlyMap<number, { readonly online: boolean }>;
}

/** Percentage of arguments taken from the hints, where there are any. */
const HINTED = 70;

/** Which operations a history is made of. */
export type Vocabulary = "strict" | "replay" | "both";

export class RandomHistory {
  readonly random: Random;
  /** Frames that operations name, as long as they are in place. */
  readonly pfns: readonly number[];
  readonly #codes: readonly number[];
  readonly #space: Space;
  #hints: Hints | undefined;

  constructor(seed: number, space: Space, vocabulary: Vocabulary) {
    this.random = new Random(seed);
    this.#space = space;
    this.pfns = space.pfns?.(this.random) ?? Array.from({ length: space.nrFrames }, (_, i) => i);
    const weights = [...(vocabulary === "replay" ? [] : STRICT), ...(vocabulary === "strict" ? [] : REPLAY)];
    this.#codes = weights.flatMap(([code, weight]) => Array.from({ length: weight }, () => code));
  }

  next(hints?: Hints): EncodedOp {
    this.#hints = hints;
    const { random } = this;
    if (this.#isHostile() && random.chance(5))
      return [random.below(2 ** 32), random.below(2 ** 32), random.below(2 ** 32)];
    const code = random.pick(this.#codes);
    const wantsFolio = code !== Op.ALLOC && code !== Op.ALLOC_CHARGE;
    const head = wantsFolio ? this.#hintedHead() : undefined;
    const order = head === undefined || code === Op.SPLIT || random.chance(10) ? this.#order() : head.order;
    const pfnOf = (o: number) => head?.pfn ?? this.#pfn(o);
    switch (code) {
      case Op.CONTAINER_CREATE:
        return this.#encode(code, 0, random.chance(40) ? 0 : this.#id(), this.#newId(), this.#max());
      case Op.CONTAINER_REMOVE:
      case Op.REPLAY_REMOVE:
        return this.#encode(code, 0, 0, this.#id(), 0);
      case Op.CONTAINER_SET_MAX:
        return this.#encode(code, 0, 0, this.#id(), this.#max());
      case Op.TASK_ATTACH:
        return this.#encode(code, 0, random.chance(20) ? 0 : this.#id(), this.#pid(), 0);
      case Op.TASK_FORK:
      case Op.REPLAY_FORK:
      case Op.TASK_EXIT:
        return this.#encode(code, 0, 0, this.#pid(), this.#pid());
      case Op.LRU_ADD:
      case Op.LRU_PUT:
        return this.#encode(
          code,
          order,
          0,
          pfnOf(order),
          this.#isHostile() ? random.below(9) : random.below(5),
        );
      case Op.CHARGE:
      case Op.SET_TYPE:
      case Op.ALLOC_CHARGE:
      case Op.RECHARGE: {
        const type = this.#isHostile() ? random.below(9) : random.below(5);
        return this.#encode(code, order, random.chance(15) ? 0 : this.#id(), pfnOf(order), type);
      }
      case Op.CACHE_ADD:
        return this.#encode(code, 0, random.chance(40) ? 0 : this.#id(), pfnOf(order), 0);
      default:
        return this.#encode(code, order, this.#id(), pfnOf(order), random.below(4));
    }
  }

  #encode(code: number, order: number, id: number, word1: number, word2: number): EncodedOp {
    return [(code | (order << 8) | (id << 16)) >>> 0, word1, word2];
  }

  /** A folio that is there. */
  #hintedHead(): { pfn: number; order: number } | undefined {
    const { random } = this;
    if (this.#hints === undefined || this.#hints.folios.size === 0 || !random.chance(HINTED))
      return undefined;
    const [pfn, { order }] = random.pick([...this.#hints.folios]);
    return { pfn, order };
  }

  #isHostile(): boolean {
    return this.random.chance(this.#space.hostile);
  }

  #order(): number {
    if (this.#isHostile()) return this.random.pick([0, 5, 7, 21, 32, 255]);
    // Small ones more often, or the first few large folios would fill the space.
    return Math.min(this.random.below(this.#space.orderMax + 1), this.random.below(this.#space.orderMax + 1));
  }

  #pfn(order: number): number {
    const { random } = this;
    if (this.#isHostile())
      return random.pick([
        0,
        this.#space.nrFrames - 1,
        this.#space.nrFrames,
        2 ** 32 - 1,
        random.below(2 ** 32),
      ]);
    const pfn = random.pick(this.pfns);
    return random.chance(85) ? pfn - (pfn % 2 ** (order % 32)) : pfn;
  }

  #id(): number {
    const { maxContainers } = this.#space;
    const online = [...(this.#hints?.containers ?? [])].filter(([, c]) => c.online);
    if (online.length > 0 && this.random.chance(HINTED)) return this.random.pick(online)[0];
    return this.#isHostile()
      ? this.random.pick([0, maxContainers, 65535, maxContainers - 1])
      : 1 + this.random.below(maxContainers - 1);
  }

  /** An id without regard to the hints: a new container wants one that is free. */
  #newId(): number {
    return this.random.chance(80) ? 1 + this.random.below(this.#space.maxContainers - 1) : this.#id();
  }

  #pid(): number {
    const { maxPids } = this.#space;
    return this.#isHostile() ? this.random.pick([maxPids, 2 ** 22, 2 ** 32 - 1]) : this.random.below(maxPids);
  }

  #max(): number {
    return this.random.chance(40) ? PAGES_MAX : this.random.below(40);
  }
}
