/**
 * zipf: few frames are touched often, most rarely; the popular ones lie anywhere.
 *
 *   touches    █                ▃
 *              █       ▂        █   ▁        ▅
 *            ▁ █ ▁ ▁   █  ▁ ▁ ▁ █ ▁ █  ▁ ▁ ▁ █     pfn →
 *
 * PARAMETERS  theta  how uneven: 0 even, 0.99 as YCSB's popular records, above 1 steeper; 0.99
 * AFTER       YCSB's scrambled zipfian; here ranks are scattered one to one, so no two ranks share a frame.
 */
import { resolveOwn } from "./parameters.js";
import { checkPattern, type PatternWorkload } from "./pattern.js";
import { Random } from "./random.js";
import { Scatter } from "./scatter.js";
import { ZipfSampler } from "./zipf-sampler.js";

const PARAMETERS = {
  theta: {
    text: "how uneven; 0 even, 0.99 as in YCSB",
    unit: "exponent",
    fallback: 0.99,
    min: 0,
    max: 8,
    fraction: true,
  },
} as const;

export const ZIPF: PatternWorkload = {
  name: "zipf",
  text: "few frames often, most rarely, the popular ones anywhere",
  parameters: PARAMETERS,
  create(parameters) {
    checkPattern("zipf", parameters);
    const { nrFrames, seed } = parameters;
    const { theta } = resolveOwn("zipf", PARAMETERS, parameters);
    const random = new Random(seed);
    const sampler = new ZipfSampler(nrFrames, theta);
    const scatter = new Scatter(nrFrames, seed);
    return {
      name: "zipf",
      fill(pfns) {
        for (let i = 0; i < pfns.length; i++) pfns[i] = scatter.of(sampler.draw(random) - 1);
      },
    };
  },
};
