/**
 * sequential: one frame after the other, round and round, from a start that the seed picks.
 *
 *   touches  ▁▂▃▄▅▆▇█▁▂▃▄▅▆▇█     0 1 2 3 … nrFrames-1 0 1 …
 *
 * PARAMETERS  none but those of all patterns: nrFrames, seed
 */
import type { PatternWorkload } from "./pattern.js";
import { stridedPattern } from "./strided.js";

export const SEQUENTIAL: PatternWorkload = {
  name: "sequential",
  text: "one frame after the other, round and round",
  parameters: {},
  create: (parameters) => stridedPattern("sequential", parameters, 1),
};
