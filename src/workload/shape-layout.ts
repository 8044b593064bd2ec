/**
 * shape-layout: a machine's frames cut into places for runs, in the proportions of a profile.
 *
 *   zone of order 0     │AAA·BBBBB·AA··CCCC│BB·AAAA…│   blocks of 64 frames: owners drawn per block, runs and gaps
 *                        └─┘ └───┘               drawn from the profile; a place is a run, or 16 folios of a longer one
 *   zone of order 9     │DDDDDDDD│AAAAAAAA│          a place is a folio
 *   zones that nobody pays for                      the same without owners
 *
 * A history allocates and frees whole places, so live frames keep these runs at any size and for any length.
 *
 * COST  8 bytes a place while it is made, about 2 bytes a frame.
 */
import { AliasTable } from "./alias-table.js";
import type { Random } from "./random.js";
import { BLOCK_FRAMES, BLOCK_ORDER, type ShapeProfile } from "./shape-profile.js";

/** Folios of one place, at most. */
export const PLACE_FOLIOS = 16;

/** Places of one order, charged or not: numbers first … end - 1. */
export interface Zone {
  readonly order: number;
  readonly outside: boolean;
  readonly first: number;
  readonly end: number;
}

export class ShapeLayout {
  readonly zones: readonly Zone[];
  /** By place: first pfn, folios, owner 0 … nrOwners - 1. */
  pfns: Uint32Array;
  folios: Uint8Array;
  owners: Uint16Array;
  nrPlaces = 0;

  constructor(profile: ShapeProfile, nrFrames: number, owners: readonly number[], random: Random) {
    const guess = Math.max(1024, Math.ceil(nrFrames / 4));
    this.pfns = new Uint32Array(guess);
    this.folios = new Uint8Array(guess);
    this.owners = new Uint16Array(guess);
    const draw = new Draws(profile, owners, random);
    const zones: Zone[] = [];
    let pfn = 0;
    for (const { order, outside, frames } of zoneFrames(profile, nrFrames)) {
      const size = 1 << order;
      const start = Math.ceil(pfn / Math.max(size, BLOCK_FRAMES)) * Math.max(size, BLOCK_FRAMES);
      const end = Math.min(nrFrames, start + Math.max(frames, 4 * size));
      const first = this.nrPlaces;
      if (outside || order >= BLOCK_ORDER) this.#plain(start, end, order, draw);
      else this.#mixed(start, end, order, draw);
      if (this.nrPlaces > first) zones.push({ order, outside, first, end: this.nrPlaces });
      pfn = Math.max(pfn, end);
    }
    this.zones = zones;
  }

  #place(pfn: number, folios: number, owner: number): void {
    if (this.nrPlaces === this.pfns.length) this.#grow();
    this.pfns[this.nrPlaces] = pfn;
    this.folios[this.nrPlaces] = folios;
    this.owners[this.nrPlaces++] = owner;
  }

  #grow(): void {
    const length = this.pfns.length * 2;
    const pfns = new Uint32Array(length);
    const folios = new Uint8Array(length);
    const owners = new Uint16Array(length);
    pfns.set(this.pfns);
    folios.set(this.folios);
    owners.set(this.owners);
    this.pfns = pfns;
    this.folios = folios;
    this.owners = owners;
  }

  /** One folio after the other. */
  #plain(start: number, end: number, order: number, draw: Draws): void {
    const size = 1 << order;
    const folios = order >= BLOCK_ORDER ? 1 : 4;
    for (let pfn = start; pfn + folios * size <= end; pfn += folios * size)
      this.#place(pfn, folios, draw.owner());
  }

  /** Runs of owners, some of them per block, with gaps between. */
  #mixed(start: number, end: number, order: number, draw: Draws): void {
    const size = 1 << order;
    let block = -1;
    let last = -1;
    let runEnd = 0;
    for (let pfn = start; pfn < end; ) {
      if (pfn >>> BLOCK_ORDER !== block) {
        block = pfn >>> BLOCK_ORDER;
        draw.palette(runEnd > block << BLOCK_ORDER ? last : -1);
      }
      const owner = draw.fromPalette(last);
      // Two runs of one owner would be one: a gap keeps them apart.
      if (owner === last && pfn === runEnd) {
        pfn += Math.ceil(draw.someGap() / size) * size;
        last = -1;
        continue;
      }
      const folios = Math.max(1, Math.round(draw.run() / size));
      runEnd = Math.min(end - ((end - pfn) % size), pfn + folios * size);
      if (runEnd <= pfn) return;
      for (let at = pfn; at < runEnd; at += PLACE_FOLIOS * size)
        this.#place(at, Math.min(PLACE_FOLIOS, (runEnd - at) / size), owner);
      last = owner;
      pfn = runEnd + Math.ceil(draw.gap() / size) * size;
    }
  }
}

/** How many frames each zone gets: the largest orders first, order 0 in the end takes what is left. */
function zoneFrames(profile: ShapeProfile, nrFrames: number) {
  const wants: { order: number; outside: boolean; share: number }[] = [];
  const kinds = new Set(profile.kinds.map((k) => k.order * 2 + (k.type === 0 ? 1 : 0)));
  for (const key of [...kinds].sort((a, b) => b - a)) {
    const order = key >> 1;
    const outside = (key & 1) === 1;
    const shares = outside ? profile.outsideByOrder : profile.pagesByOrder;
    wants.push({
      order,
      outside,
      share: Math.max(1e-3, (shares[order] ?? 0) * (outside ? profile.outside : 1 - profile.outside)),
    });
  }
  const total = wants.reduce((sum, { share }) => sum + share, 0);
  return wants
    .filter(({ order }) => 8 << order <= nrFrames)
    .map(({ order, outside, share }) => ({
      order,
      outside,
      frames: order === 0 && !outside ? nrFrames : Math.floor((nrFrames * share) / total),
    }));
}

/** What the layout draws from a profile. */
class Draws {
  readonly #random: Random;
  readonly #owners: AliasTable;
  readonly #nrOwners: number;
  readonly #shares: readonly number[];
  readonly #largest: number;
  readonly #runs: AliasTable;
  readonly #runPages: readonly number[];
  readonly #gaps: AliasTable | undefined;
  readonly #gapPages: readonly number[];
  readonly #gapShare: number;
  readonly #perBlock: AliasTable;
  readonly #palette = new Uint16Array(BLOCK_FRAMES);
  #nrPalette = 1;
  #unused = 0;
  #nrRuns = 0;
  #nrGaps = 0;

  constructor(profile: ShapeProfile, owners: readonly number[], random: Random) {
    this.#random = random;
    this.#owners = new AliasTable(owners);
    this.#nrOwners = owners.length;
    this.#shares = owners;
    this.#largest = owners.reduce((most, share) => Math.max(most, share), 0);
    const runs = profile.runs.length > 0 ? profile.runs : ([[1, 1]] as const);
    this.#runs = new AliasTable(runs.map(([, share]) => share));
    this.#runPages = runs.map(([pages]) => pages);
    this.#gaps = profile.gaps.length > 0 ? new AliasTable(profile.gaps.map(([, share]) => share)) : undefined;
    this.#gapPages = profile.gaps.map(([pages]) => pages);
    this.#gapShare = profile.gapShare;
    this.#perBlock = new AliasTable(profile.ownersPerBlock.length > 0 ? profile.ownersPerBlock : [1]);
  }

  owner(): number {
    return this.#owners.draw(this.#random);
  }

  run(): number {
    return this.#within(this.#runPages[this.#runs.draw(this.#random)]!);
  }

  /** Pages until the next run: none, as long as gaps are more than their share of the runs so far. */
  gap(): number {
    this.#nrRuns++;
    return this.#nrGaps < this.#gapShare * this.#nrRuns ? this.someGap() : 0;
  }

  someGap(): number {
    this.#nrGaps++;
    return this.#gaps === undefined ? 1 : this.#within(this.#gapPages[this.#gaps.draw(this.#random)]!);
  }

  /** A length of a class: those above 16 span up to their double. */
  #within(pages: number): number {
    return pages <= 16 ? pages : this.#random.between(pages, 2 * pages - 1);
  }

  /** Picks the owners of the next block; `carried` reaches in from the one before, -1 = none does. */
  palette(carried: number): void {
    const wanted = Math.min(this.#nrOwners, 1 + this.#perBlock.draw(this.#random));
    let count = 0;
    if (carried >= 0) this.#palette[count++] = carried;
    for (let tries = 0; count < wanted && tries < 8 * BLOCK_FRAMES; tries++) {
      const owner = this.owner();
      let known = false;
      for (let i = 0; i < count; i++) known ||= this.#palette[i] === owner;
      if (!known) this.#palette[count++] = owner;
    }
    this.#nrPalette = count;
    this.#unused = carried >= 0 ? 1 : 0;
  }

  /** An owner of the block: each in turn first, so that all of them are met; then any but the last, by their shares. */
  fromPalette(last: number): number {
    if (this.#unused < this.#nrPalette) return this.#palette[this.#unused++]!;
    if (this.#nrPalette === 1) return this.#palette[0]!;
    let place = this.#random.below(this.#nrPalette);
    for (let tries = 0; tries < 16; tries++) {
      const owner = this.#palette[place]!;
      if (owner !== last && this.#random.chance(this.#shares[owner]! / this.#largest)) return owner;
      place = this.#random.below(this.#nrPalette);
    }
    return this.#palette[place] !== last
      ? this.#palette[place]!
      : this.#palette[(place + 1) % this.#nrPalette]!;
  }
}
