/**
 * capture-shaped: a history that resembles a capture, at any size and of any length.
 *
 *   profile ─► layout    frames cut into places: runs of one owner, a few owners to a block
 *           ─► step      a kind and a lifetime are drawn │ a free place of its zone: its folios are allocated, charged,
 *                        cached, put on lists             │ places whose time has come are freed
 *
 * What was never freed in the capture lives here until its zone is full: the oldest then makes room.  So memory fills
 * up to the layout and stays there, however long the history is.
 *
 * PARAMETERS  profile     what `fitProfile` made of a capture; the built-in profile of `nested`
 *             containers  owners; as many as the capture had.  More of them share its shares
 * COST        about 7 bytes a frame; no allocation while it runs.
 */
import { LruList, PageType } from "../abi.js";
import { AliasTable } from "./alias-table.js";
import { checkHistory, type HistoryParameters, type HistoryWorkload } from "./history.js";
import { WorkloadError } from "./parameters.js";
import { FOR_GOOD, lifeOf, PlaceQueues } from "./place-queues.js";
import { NESTED_PROFILE } from "./profile-nested.js";
import { Random } from "./random.js";
import { PLACE_FOLIOS, ShapeLayout } from "./shape-layout.js";
import type { KindShape, ShapeProfile } from "./shape-profile.js";
import { SteppedHistory } from "./stepped-history.js";

const NAME = "capture-shaped";
const ENDS_A_STEP = 16;
const CLAIMS_A_STEP = 4;
const ACTIVATES_A_STEP = 64;
const ACTIVATE_TRIES = 8;
const MADE_A_STEP = 256;
/** Ticks of one folio's own: a place of a short life holds no more folios than fit it. */
const TICKS_A_FOLIO = 6;
const TASKS_LIVE = 64;
const NO_LIST = 5;

/** Folios of one place that a life of each class has time for. */
const FOLIOS_WITHIN = Uint8Array.from({ length: FOR_GOOD + 1 }, (_, lifeClass) =>
  lifeClass === FOR_GOOD
    ? PLACE_FOLIOS
    : Math.max(1, Math.min(PLACE_FOLIOS, Math.floor(lifeOf(lifeClass) / TICKS_A_FOLIO))),
);

class CaptureShaped extends SteppedHistory {
  readonly name = NAME;
  readonly maxContainers: number;
  readonly maxPids: number;
  readonly #random: Random;
  readonly #kinds: readonly KindShape[];
  readonly #lists: readonly AliasTable[];
  readonly #layout: ShapeLayout;
  readonly #queues: PlaceQueues;
  /** Outcomes of a draw: kind, class of lifetime, zone. */
  readonly #draws: AliasTable;
  readonly #drawnKind: Uint8Array;
  readonly #drawnClass: Uint8Array;
  readonly #drawnZone: Uint8Array;
  /** By place: its kind + 1 while it lives, its list, its folios. */
  readonly #liveKind: Uint8Array;
  readonly #liveList: Uint8Array;
  readonly #liveFolios: Uint8Array;
  readonly #zoneTop: Uint32Array;
  readonly #depths: readonly number[];
  readonly #spine: number;
  readonly #nrOwners: number;
  readonly #forks: number;
  readonly #mostActivates: number;
  #made = 0;
  #tick = 0;
  #activatesDue = 0;
  #forkedAt = 0;
  #forked = 0;
  #exited = 0;

  constructor({ nrFrames, nrEvents, seed, containers }: ReturnType<typeof checkHistory>, p: ShapeProfile) {
    super(nrFrames, nrEvents);
    const owners = Array.from({ length: containers }, (_, i) => p.owners[i % p.owners.length]!);
    this.#depths = Array.from({ length: containers }, (_, i) => p.depths[i % p.owners.length] ?? 1);
    this.#spine = this.#depths.reduce((most, depth) => Math.max(most, depth), 1) - 1;
    this.#nrOwners = containers;
    this.maxContainers = this.#spine + containers + 1;
    this.maxPids = containers + 1 + TASKS_LIVE + 1;
    this.#random = new Random(seed);
    this.#kinds = p.kinds;
    this.#forks = p.forks;
    this.#mostActivates = p.kinds.reduce((most, { activates }) => Math.max(most, activates), 1e-9);
    this.#lists = p.kinds.map(({ lists }) => {
      const listed = [0, 1, 2, 3, 4].map((list) => lists[list] ?? 0);
      const none = Math.max(0, 1 - listed.reduce((sum, share) => sum + share, 0));
      return new AliasTable([...listed, none]);
    });
    this.#layout = new ShapeLayout(p, nrFrames, owners, this.#random);
    const { zones, nrPlaces } = this.#layout;
    this.#queues = new PlaceQueues(zones, nrPlaces, seed);
    this.#zoneTop = Uint32Array.from(zones, ({ first }) => first);
    this.#liveKind = new Uint8Array(nrPlaces);
    this.#liveList = new Uint8Array(nrPlaces);
    this.#liveFolios = new Uint8Array(nrPlaces);

    const weights: number[] = [];
    const outcomes: (readonly [number, number, number])[] = [];
    p.kinds.forEach((kind, k) => {
      const zone = zones.findIndex((z) => z.order === kind.order && z.outside === (kind.type === 0));
      if (zone < 0) return;
      const freed = kind.lifetimes.reduce((sum, share) => sum + share, 0);
      for (let c = 0; c <= FOR_GOOD; c++) {
        const share = c === FOR_GOOD ? Math.max(0, 1 - freed) : (kind.lifetimes[c] ?? 0);
        if (share === 0) continue;
        weights.push((kind.share * share) / this.#meanFolios(zone, FOLIOS_WITHIN[c]!));
        outcomes.push([k, c, zone]);
      }
    });
    if (weights.length === 0)
      throw new WorkloadError(NAME, "the profile has no kinds of folios", "fit it to a capture with pages");
    this.#draws = new AliasTable(weights);
    this.#drawnKind = Uint8Array.from(outcomes, ([kind]) => kind);
    this.#drawnClass = Uint8Array.from(outcomes, ([, lifeClass]) => lifeClass);
    this.#drawnZone = Uint8Array.from(outcomes, ([, , zone]) => zone);
  }

  /** Folios that a place of a zone holds on average, `most` at most: draws are by place, shares by folio. */
  #meanFolios(zone: number, most: number): number {
    const { first, end } = this.#layout.zones[zone]!;
    const sampled = Math.min(end, first + 65536);
    let sum = 0;
    for (let place = first; place < sampled; place++) sum += Math.min(most, this.#layout.folios[place]!);
    return sum / (sampled - first);
  }

  protected step(): void {
    if (this.#made < this.#spine + this.#nrOwners) {
      this.#makeContainers();
      return;
    }
    for (let ended = 0; ended < ENDS_A_STEP; ended++) {
      const queue = this.#queues.due(this.#tick);
      if (queue < 0) break;
      this.#end(this.#queues.zoneOf(queue), this.#queues.endDue(queue, this.#tick));
    }
    for (let i = 0; i < CLAIMS_A_STEP; i++) this.#claim();
    this.#activateSome();
    if ((this.#tick - this.#forkedAt) * this.#forks >= 1) this.#forkOne();
  }

  /** A spine of ancestors, then the owners, each below the one that its depth asks for. */
  #makeContainers(): void {
    for (let i = 0; i < MADE_A_STEP && this.#made < this.#spine + this.#nrOwners; i++) {
      const id = ++this.#made;
      if (id <= this.#spine) {
        this.container(id, id - 1);
        continue;
      }
      const owner = id - this.#spine - 1;
      this.container(id, this.#depths[owner]! - 1);
      this.attach(this.#pidOf(owner), id);
    }
  }

  #pidOf(owner: number): number {
    return 1 + owner;
  }

  #claim(): void {
    const outcome = this.#draws.draw(this.#random);
    const zone = this.#drawnZone[outcome]!;
    const lifeClass = this.#drawnClass[outcome]!;
    const kindNr = this.#drawnKind[outcome]!;
    let place = this.#queues.take(zone);
    if (place < 0) {
      place = this.#queues.evict(zone, this.#tick);
      this.#free(place);
    }
    if (place >= this.#zoneTop[zone]!) this.#zoneTop[zone] = place + 1;
    const { type, order, activates } = this.#kinds[kindNr]!;
    const folios = Math.min(this.#layout.folios[place]!, FOLIOS_WITHIN[lifeClass]!);
    const list = this.#lists[kindNr]!.draw(this.#random);
    const memcg = type === PageType.NONE ? 0 : this.#memcgOf(place);
    const pfn = this.#layout.pfns[place]!;
    const born = this.#tick;
    for (let i = 0; i < folios; i++) this.folio(pfn + (i << order), order, memcg, type);
    this.#tick += folios * (type === PageType.FILE || type === PageType.SHMEM ? 2 : 1);
    this.#liveKind[place] = kindNr + 1;
    this.#liveFolios[place] = folios;
    this.#liveList[place] = type === PageType.NONE ? NO_LIST : list;
    if (this.#liveList[place] !== NO_LIST) {
      for (let i = 0; i < folios; i++) this.lruAdd(pfn + (i << order), order, memcg, type, list);
      this.#tick += folios;
    }
    if (type !== PageType.NONE) this.#activatesDue += activates * folios;
    this.#queues.begin(zone, place, lifeClass, born);
  }

  #memcgOf(place: number): number {
    return this.#spine + 1 + this.#layout.owners[place]!;
  }

  #end(zone: number, place: number): void {
    this.#free(place);
    this.#queues.give(zone, place);
  }

  #free(place: number): void {
    const { type, order, cacheDels } = this.#kinds[this.#liveKind[place]! - 1]!;
    const memcg = type === PageType.NONE ? 0 : this.#memcgOf(place);
    const folios = this.#liveFolios[place]!;
    const pfn = this.#layout.pfns[place]!;
    const cached = type === PageType.FILE || type === PageType.SHMEM;
    if (cached && cacheDels > 0 && this.#random.chance(cacheDels)) {
      for (let i = 0; i < folios; i++) this.cacheDel(pfn + (i << order), order, memcg, type);
      this.#tick += folios;
    }
    for (let i = 0; i < folios; i++) this.free(pfn + (i << order), order, memcg, type);
    this.#tick += folios;
    this.#liveKind[place] = 0;
  }

  /** Activates folios anywhere, of the kinds that are activated in the capture. */
  #activateSome(): void {
    const { zones, pfns } = this.#layout;
    for (let i = 0; i < ACTIVATES_A_STEP && this.#activatesDue >= 1; i++) {
      const zone = this.#drawnZone[this.#draws.draw(this.#random)]!;
      const { first, order } = zones[zone]!;
      const nrPlaces = this.#zoneTop[zone]! - first;
      for (let tries = 0; tries < ACTIVATE_TRIES && nrPlaces > 0; tries++) {
        const place = first + this.#random.below(nrPlaces);
        if (this.#liveKind[place] === 0 || this.#liveList[place]! > LruList.ACTIVE_FILE) continue;
        const kind = this.#kinds[this.#liveKind[place]! - 1]!;
        if (!this.#random.chance(kind.activates / this.#mostActivates)) continue;
        const folio = this.#random.below(this.#liveFolios[place]!);
        this.activate(pfns[place]! + (folio << order), order, this.#memcgOf(place), kind.type);
        this.#tick++;
        this.#activatesDue--;
        break;
      }
    }
    // Where none can be activated yet, what is due is forgotten rather than made up for all at once.
    if (this.#activatesDue > ACTIVATES_A_STEP) this.#activatesDue = ACTIVATES_A_STEP;
  }

  #forkOne(): void {
    const first = this.#nrOwners + 1;
    if (this.#forked - this.#exited > TASKS_LIVE - 1) this.exit(first + (this.#exited++ % TASKS_LIVE));
    this.fork(this.#pidOf(this.#random.below(this.#nrOwners)), first + (this.#forked++ % TASKS_LIVE));
    this.#forkedAt += 1 / this.#forks;
  }
}

export const CAPTURE_SHAPED: HistoryWorkload = {
  name: NAME,
  text: "resembles a capture in runs, owners, orders, lifetimes and mix of events",
  parameters: {},
  containers: 0,
  create(parameters: HistoryParameters) {
    const profile = parameters.profile ?? NESTED_PROFILE;
    if (typeof profile !== "object" || profile.owners.length === 0)
      throw new WorkloadError(NAME, "that is no profile of a capture", "pass what `fitProfile` made");
    return new CaptureShaped(
      checkHistory({ name: NAME, containers: profile.owners.length }, parameters),
      profile,
    );
  },
};
