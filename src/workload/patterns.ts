/**
 * patterns: the registry of patterns, by name.
 */
import type { Pattern, PatternParameters, PatternWorkload } from "./pattern.js";
import { SEQUENTIAL } from "./sequential.js";
import { STRIDED, STRIDED_GRID } from "./strided.js";
import { UNIFORM } from "./uniform.js";
import { WORKING_SET } from "./working-set.js";
import { ZIPF } from "./zipf.js";

export const PATTERN_WORKLOADS: readonly PatternWorkload[] = [
  SEQUENTIAL,
  STRIDED,
  ...STRIDED_GRID,
  UNIFORM,
  ZIPF,
  WORKING_SET,
];

/** Makes a pattern by its name: `patterns["zipf"]({ nrFrames: 1 << 20, seed: 1 })`. */
export const patterns: Readonly<Record<string, (parameters: PatternParameters) => Pattern>> =
  Object.fromEntries(PATTERN_WORKLOADS.map(({ name, create }) => [name, create]));
