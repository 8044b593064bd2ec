/**
 * working-set: most touches fall into a window of frames, and the window moves.
 *
 *   pfn ↑           ┌──────┐
 *       │    ┌──────┤ ●●●● │       size   of the window
 *       ┌────┤ ●●●● ├──────┘       stay   touches before it moves by its half
 *       │●●●●├──────┘   ●          inside share of touches in it; the others fall anywhere
 *       └────┘     ●            ► touches
 *
 * PARAMETERS  size    window, as a share of nrFrames; 1/16
 *             inside  share of touches in the window; 0.9
 *             stay    touches before the window moves by half its size; 65536
 */
import { resolveOwn } from "./parameters.js";
import { checkPattern, type PatternWorkload } from "./pattern.js";
import { Random } from "./random.js";

const SHARE = { unit: "share", min: 0, max: 1, fraction: true } as const;
const PARAMETERS = {
  size: { ...SHARE, text: "size of the window, as a share of the frames", fallback: 1 / 16 },
  inside: { ...SHARE, text: "share of touches in the window", fallback: 0.9 },
  stay: {
    text: "touches before the window moves by half its size",
    unit: "touches",
    fallback: 65536,
    min: 1,
    max: 2 ** 40,
  },
} as const;

export const WORKING_SET: PatternWorkload = {
  name: "working-set",
  text: "most touches in a window of frames that moves",
  parameters: PARAMETERS,
  create(parameters) {
    checkPattern("working-set", parameters);
    const { nrFrames, seed } = parameters;
    const { size, inside, stay } = resolveOwn("working-set", PARAMETERS, parameters);
    const random = new Random(seed);
    const window = Math.max(1, Math.round(size * nrFrames));
    const hop = Math.max(1, window >>> 1);
    let start = random.below(nrFrames);
    let left = stay;
    return {
      name: "working-set",
      fill(pfns) {
        for (let i = 0; i < pfns.length; i++) {
          if (left-- === 0) {
            start = (start + hop) % nrFrames;
            left = stay - 1;
          }
          const pfn = random.chance(inside) ? start + random.below(window) : random.below(nrFrames);
          pfns[i] = pfn < nrFrames ? pfn : pfn - nrFrames;
        }
      },
    };
  },
};
