/**
 * place-queues: the places of a layout, free ones on a stack per zone, live ones in queues of equal lifetime.
 *
 *   zone 0   free  │ 9 8 7 … │◄─ last freed, first taken
 *            live  class 4  ►7►3►          each place of a class lives as long as the others: so the oldest ends first,
 *                  class 9  ►1►            and a look at the heads finds all that are due
 *                  for good ►0►2►          these end only where room is wanted
 *
 * COST  13 bytes a place; every operation takes constant time but `due`, which looks at each queue in use.
 */
import { Random } from "./random.js";
import type { Zone } from "./shape-layout.js";
import { NR_LIFETIMES } from "./shape-profile.js";

/** The class of places that end only where room is wanted. */
export const FOR_GOOD = NR_LIFETIMES;
const CLASSES = NR_LIFETIMES + 1;
const NONE = 0xffffffff;
/** Places are handed out in rising order, mixed within so many: a machine fills up from one end. */
const MIX = 512;

const LIVES = Float64Array.from({ length: CLASSES }, (_, lifeClass) => Math.round(1.41 * 2 ** lifeClass));

/** Ticks that a place of a class lives: the middle of the class, in proportion. */
export function lifeOf(lifeClass: number): number {
  return LIVES[lifeClass]!;
}

export class PlaceQueues {
  readonly #zones: readonly Zone[];
  readonly #free: Uint32Array;
  readonly #nrFree: Uint32Array;
  readonly #next: Uint32Array;
  /** Lower 32 bits of the tick at which a place began. */
  readonly #born: Uint32Array;
  readonly #class: Uint8Array;
  readonly #head: Uint32Array;
  readonly #tail: Uint32Array;
  /** Tick at which the head of each queue is due; Infinity where there is none. */
  readonly #due: Float64Array;
  #firstDue = Infinity;

  constructor(zones: readonly Zone[], nrPlaces: number, seed: number) {
    const random = new Random(seed);
    this.#zones = zones;
    this.#free = new Uint32Array(nrPlaces);
    this.#nrFree = new Uint32Array(zones.length);
    this.#next = new Uint32Array(nrPlaces);
    this.#born = new Uint32Array(nrPlaces);
    this.#class = new Uint8Array(nrPlaces);
    this.#head = new Uint32Array(zones.length * CLASSES).fill(NONE);
    this.#tail = new Uint32Array(zones.length * CLASSES).fill(NONE);
    this.#due = new Float64Array(zones.length * CLASSES).fill(Infinity);
    zones.forEach(({ first, end }, zone) => {
      const free = this.#free.subarray(first, end);
      for (let i = 0; i < free.length; i++) free[i] = end - 1 - i;
      for (let i = 0; i < free.length; i++) {
        const from = i - (i % MIX);
        const other = from + random.below(Math.min(MIX, free.length - from));
        const place = free[i]!;
        free[i] = free[other]!;
        free[other] = place;
      }
      this.#nrFree[zone] = free.length;
    });
  }

  /** A free place; -1 where there is none. */
  take(zone: number): number {
    if (this.#nrFree[zone] === 0) return -1;
    return this.#free[this.#zones[zone]!.first + --this.#nrFree[zone]!]!;
  }

  give(zone: number, place: number): void {
    this.#free[this.#zones[zone]!.first + this.#nrFree[zone]!++] = place;
  }

  /** A taken place begins to live, at this tick. */
  begin(zone: number, place: number, lifeClass: number, tick: number): void {
    const queue = zone * CLASSES + lifeClass;
    this.#born[place] = tick % 4294967296;
    this.#class[place] = lifeClass;
    this.#next[place] = NONE;
    const tail = this.#tail[queue]!;
    if (tail !== NONE) this.#next[tail] = place;
    else {
      this.#head[queue] = place;
      if (lifeClass !== FOR_GOOD) {
        const due = tick + lifeOf(lifeClass);
        this.#due[queue] = due;
        if (due < this.#firstDue) this.#firstDue = due;
      }
    }
    this.#tail[queue] = place;
  }

  /** A zone with a place that is due at this tick; -1 where there is none.  `endDue` takes the place. */
  due(tick: number): number {
    if (tick < this.#firstDue) return -1;
    const due = this.#due;
    let first = Infinity;
    for (let queue = 0; queue < due.length; queue++) {
      if (due[queue]! <= tick) return queue;
      if (due[queue]! < first) first = due[queue]!;
    }
    this.#firstDue = first;
    return -1;
  }

  /** Takes the head of a queue that `due` named. */
  endDue(queue: number, tick: number): number {
    return this.#shift(queue, tick);
  }

  zoneOf(queue: number): number {
    return Math.floor(queue / CLASSES);
  }

  /** Takes the place that is to make room: the oldest of those for good, else of the longest lives; -1 = none. */
  evict(zone: number, tick: number): number {
    for (let lifeClass = FOR_GOOD; lifeClass >= 0; lifeClass--) {
      const queue = zone * CLASSES + lifeClass;
      if (this.#head[queue] !== NONE) return this.#shift(queue, tick);
    }
    return -1;
  }

  #shift(queue: number, tick: number): number {
    const place = this.#head[queue]!;
    const next = this.#next[place]!;
    this.#head[queue] = next;
    if (next === NONE) {
      this.#tail[queue] = NONE;
      this.#due[queue] = Infinity;
    } else if (this.#class[place] !== FOR_GOOD) {
      // Lives are shorter than 2^32 ticks, so the lower halves tell the age.
      const age = (tick - this.#born[next]!) % 4294967296;
      const due = tick - (age < 0 ? age + 4294967296 : age) + lifeOf(this.#class[next]!);
      this.#due[queue] = due;
      if (due < this.#firstDue) this.#firstDue = due;
    }
    return place;
  }
}
