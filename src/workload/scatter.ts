/**
 * scatter: a one-to-one map of 0 … n - 1 onto itself that leaves no neighbours together.
 *
 *   rank   0  1  2  3  4 …          so that popular ranks are not neighbouring frames
 *          │╲╱╲  ╱│╲ ╱
 *   pfn    7  2  9  0  5 …
 *
 * Rounds of xorshift and odd multiplication permute the next power of two; what falls outside n goes round again.
 */
import { Random } from "./random.js";

const ROUNDS = 3;

export class Scatter {
  readonly #n: number;
  readonly #mask: number;
  readonly #shift: number;
  readonly #odd = new Int32Array(ROUNDS);
  readonly #add = new Int32Array(ROUNDS);

  /** `n`: 1 … 2^31. */
  constructor(n: number, seed: number) {
    const bits = Math.max(1, 32 - Math.clz32(n - 1));
    this.#n = n;
    this.#mask = 2 ** bits - 1;
    this.#shift = Math.max(1, bits >>> 1);
    const random = new Random(seed);
    for (let i = 0; i < ROUNDS; i++) {
      this.#odd[i] = random.u32() | 1;
      this.#add[i] = random.u32();
    }
  }

  /** Where `x`, 0 … n - 1, goes. */
  of(x: number): number {
    let y = x;
    do {
      for (let i = 0; i < ROUNDS; i++) {
        y = (Math.imul(y, this.#odd[i]!) + this.#add[i]!) & this.#mask;
        y ^= y >>> this.#shift;
      }
    } while (y >= this.#n);
    return y;
  }
}
