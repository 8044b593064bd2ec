/**
 * zipf-sampler: ranks 1 … n, rank k drawn with a probability that goes as 1 / k^theta.
 *
 *   p │▌
 *     │▌▖
 *     │▌▌▖▖▖▗▗▗ ▁ ▁ ▁ ▁ ▁        theta 0 is even, 0.99 is what YCSB uses for popular records
 *     └──────────────── rank
 *
 * Exact for every n and theta, without a table: rejection from the integral of the density.  About one draw in ten
 * is taken again.
 *
 * AFTER  Hörmann and Derflinger 1996, "Rejection-inversion to generate variates from monotone discrete distributions".
 */
import type { Random } from "./random.js";

export class ZipfSampler {
  readonly #n: number;
  readonly #theta: number;
  readonly #areaOfFirst: number;
  readonly #areaOfAll: number;
  readonly #cut: number;

  /** `n`: ranks, at least 1; `theta`: 0 or more. */
  constructor(n: number, theta: number) {
    this.#n = n;
    this.#theta = theta;
    this.#areaOfFirst = this.#area(1.5) - 1;
    this.#areaOfAll = this.#area(n + 0.5);
    this.#cut = 2 - this.#inverseArea(this.#area(2.5) - 2 ** -theta);
  }

  /** A rank, 1 … n. */
  draw(random: Random): number {
    while (true) {
      const u = this.#areaOfAll + random.unit() * (this.#areaOfFirst - this.#areaOfAll);
      const x = this.#inverseArea(u);
      const k = Math.min(this.#n, Math.max(1, Math.round(x)));
      if (k - x <= this.#cut || u >= this.#area(k + 0.5) - k ** -this.#theta) return k;
    }
  }

  /** Integral of x^-theta from 1 to x. */
  #area(x: number): number {
    const power = 1 - this.#theta;
    return Math.abs(power) < 1e-9 ? Math.log(x) : (x ** power - 1) / power;
  }

  #inverseArea(area: number): number {
    const power = 1 - this.#theta;
    return Math.abs(power) < 1e-9 ? Math.exp(area) : Math.max(0, area * power + 1) ** (1 / power);
  }
}
