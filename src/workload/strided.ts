/**
 * strided: every n-th frame; a round that ends goes on one frame further, so that all frames are met.
 *
 *   stride 4   │●   ●   ●   ●   │ ●   ●   ●   ●  │  ●   ●   …
 *              └─ first round ──┴─ second round ─┴─
 *
 * PARAMETERS  stride  frames from one touch to the next; 64
 * AFTER       the grid of the kernel's own benchmark of radix tree and XArray (tools/testing/radix-tree):
 *             1, 2, 7, 15, 63, 64, 65, 128, 256, 512, 12345
 */
import { FRAMES_MAX, resolveOwn } from "./parameters.js";
import { checkPattern, type Pattern, type PatternParameters, type PatternWorkload } from "./pattern.js";
import { Random } from "./random.js";

/** Strides of the kernel's benchmark. */
export const STRIDES = [1, 2, 7, 15, 63, 64, 65, 128, 256, 512, 12345] as const;

const PARAMETERS = {
  stride: {
    text: "frames from one touch to the next",
    unit: "frames",
    fallback: 64,
    min: 1,
    max: FRAMES_MAX,
  },
};

export const STRIDED: PatternWorkload = {
  name: "strided",
  text: "every n-th frame, all of them after n rounds",
  parameters: PARAMETERS,
  create: (parameters) =>
    stridedPattern("strided", parameters, resolveOwn("strided", PARAMETERS, parameters).stride),
};

/** The grid, one workload for each stride. */
export const STRIDED_GRID: readonly PatternWorkload[] = STRIDES.map((stride) => ({
  name: `strided-${stride}`,
  text: `${stride === 1 ? "every frame" : `one frame in ${stride}`}, as the kernel's radix tree benchmark`,
  parameters: {},
  create: (parameters) => stridedPattern(`strided-${stride}`, parameters, stride),
}));

/** Touches 0, stride, 2 × stride … then 1, stride + 1 …, turned by a start that the seed picks. */
export function stridedPattern(name: string, parameters: PatternParameters, stride: number): Pattern {
  checkPattern(name, parameters);
  const { nrFrames, seed } = parameters;
  const step = Math.min(stride, nrFrames);
  const start = new Random(seed).below(nrFrames);
  let round = 0;
  let at = 0;
  return {
    name,
    fill(pfns) {
      for (let i = 0; i < pfns.length; i++) {
        const pfn = at + start;
        pfns[i] = pfn < nrFrames ? pfn : pfn - nrFrames;
        at += step;
        if (at >= nrFrames) {
          round = round + 1 === step ? 0 : round + 1;
          at = round;
        }
      }
    },
  };
}
