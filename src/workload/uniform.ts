/**
 * uniform: any frame, each as likely as the other.
 *
 *   touches  ● ●  ●   ●● ●    ●  ●●  ●    ● ●      no order: the caches' worst case
 *
 * PARAMETERS  none but those of all patterns: nrFrames, seed
 */
import { checkPattern, type PatternWorkload } from "./pattern.js";
import { Random } from "./random.js";

export const UNIFORM: PatternWorkload = {
  name: "uniform",
  text: "any frame, each as likely as the other",
  parameters: {},
  create(parameters) {
    checkPattern("uniform", parameters);
    const { nrFrames } = parameters;
    const random = new Random(parameters.seed);
    return {
      name: "uniform",
      fill(pfns) {
        for (let i = 0; i < pfns.length; i++) pfns[i] = random.below(nrFrames);
      },
    };
  },
};
