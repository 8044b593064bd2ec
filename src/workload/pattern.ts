/**
 * pattern: an endless row of page frames, in the order in which something touches them.
 */
import { checkFrames, checkSeed, type OwnParameters, type WorkloadInfo } from "./parameters.js";

export interface Pattern {
  readonly name: string;
  /** Fills the array with the next pfns, each below nrFrames.  Allocates nothing. */
  fill(pfns: Uint32Array): void;
}

export interface PatternParameters extends OwnParameters {
  /** Frames 0 … nrFrames - 1 are touched; 1 … 2^28. */
  readonly nrFrames: number;
  /** Any whole number from 0; the same seed gives the same row. */
  readonly seed: number;
}

export interface PatternWorkload extends WorkloadInfo {
  /** Throws WorkloadError where a parameter is out of bounds. */
  create(parameters: PatternParameters): Pattern;
}

export function checkPattern(name: string, { nrFrames, seed }: PatternParameters): void {
  checkFrames(name, nrFrames);
  checkSeed(name, seed);
}
