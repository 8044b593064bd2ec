/**
 * owners: a map of owners for benchmarks of lookups, as dense and as mixed as asked.
 *
 *   64 pages  │AAAA··BBBBBBB···AAA··CC····BBBBB···AAAAAAA··CCCC···BBB··│
 *              run   gap                                     A B C: the palette of this block
 *
 * Captures of real kernels have runs of 2 to 11 pages and 2 to 4 owners in a block of 64; those are the defaults.
 * Gaps are as long as the density wants, scattered around their mean.
 */
import { checked, checkSeed, WorkloadError } from "./parameters.js";
import { Random } from "./random.js";

export interface OwnerMapParameters {
  readonly seed: number;
  /** Share of frames that have an owner, above 0 up to 1; 1. */
  readonly density?: number;
  /** Owners are 1 … containers; 64. */
  readonly containers?: number;
  /** Pages in a run of one owner, shortest and longest; 2 and 11. */
  readonly runMin?: number;
  readonly runMax?: number;
  /** Owners in a block of 64 frames, fewest and most; 2 and 4. */
  readonly ownersMin?: number;
  readonly ownersMax?: number;
}

const BLOCK_SHIFT = 6;
const PALETTE_MAX = 64;

/** Fills a map of owners, index = pfn, 0 = none.  Answers how many frames have an owner.  Throws WorkloadError. */
export function ownersFor(owners: Uint16Array, parameters: OwnerMapParameters): number {
  const { seed, density = 1, containers = 64, runMin = 2, runMax = 11 } = parameters;
  const { ownersMin = 2, ownersMax = 4 } = parameters;
  const check = (name: string, value: number, max: number, min = 1) =>
    checked("owners", name, value, { min, max, unit: name });
  checkSeed("owners", seed);
  checked("owners", "density", density, { min: 0, max: 1, fraction: true, unit: "share of frames" });
  if (density === 0) throw new WorkloadError("owners", "density cannot be 0", "give a share above 0");
  check("containers", containers, 65535);
  check("runMin", runMin, 2 ** 20);
  check("runMax", runMax, 2 ** 20, runMin);
  check("ownersMin", ownersMin, PALETTE_MAX);
  check("ownersMax", ownersMax, PALETTE_MAX, ownersMin);

  owners.fill(0);
  const random = new Random(seed);
  const palette = new Uint16Array(PALETTE_MAX);
  const gapPerPage = (1 - density) / density;
  let nrPalette = 0;
  let block = -1;
  let last = 0;
  let lastEnd = 0;
  let owned = 0;
  /** Part of a page of gap that is due: fractions add up. */
  let due = 0;
  let pfn = Math.floor(random.unit() * gapPerPage * (runMin + runMax) * 0.5);
  while (pfn < owners.length) {
    if (pfn >>> BLOCK_SHIFT !== block) {
      block = pfn >>> BLOCK_SHIFT;
      nrPalette = Math.min(containers, random.between(ownersMin, ownersMax));
      // A run that reaches in from the block before is one of this block's owners.
      let kept = 0;
      if (lastEnd > block << BLOCK_SHIFT) palette[kept++] = last;
      for (let i = kept; i < nrPalette; i++) palette[i] = drawOther(palette, i, containers, random);
    }
    let owner = palette[random.below(nrPalette)]!;
    if (owner === last && nrPalette > 1) owner = palette[otherPlace(palette, nrPalette, last, random)]!;
    last = owner;
    const end = Math.min(owners.length, pfn + random.between(runMin, runMax));
    owners.fill(owner, pfn, end);
    lastEnd = end;
    owned += end - pfn;
    // Between none and twice the mean; the fraction stays due.
    due += (end - pfn) * gapPerPage * 2 * random.unit();
    const gap = Math.floor(due);
    due -= gap;
    pfn = end + gap;
  }
  return owned;
}

/** A container that is not among the first `count` of the palette. */
function drawOther(palette: Uint16Array, count: number, containers: number, random: Random): number {
  while (true) {
    const id = 1 + random.below(containers);
    if (!palette.subarray(0, count).includes(id)) return id;
  }
}

/** A place of the palette that does not hold `last`. */
function otherPlace(palette: Uint16Array, count: number, last: number, random: Random): number {
  const first = random.below(count);
  return palette[first] === last ? (first + 1) % count : first;
}
