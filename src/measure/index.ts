/**
 * measure: timing competitors side by side, in Node and in browsers.
 */
export {
  ChecksumError,
  type Competitor,
  type Estimate,
  estimateOf,
  type RatioEstimate,
  type RotateOptions,
  ratioOf,
  rotate,
} from "./rotate.js";
export { benchmarkSampler, clockSampler, type Sampler } from "./sampler.js";
export {
  geometricIntervalOf,
  geometricMean,
  type Interval,
  intervalOf,
  mean,
  median,
  tQuantile,
} from "./statistics.js";
