/**
 * alias-table: draws from any finite distribution in constant time.
 *
 *   weight  │▓▓▓▓▓▓▓▓│         each column is filled to the mean height with a part of one other outcome:
 *           │▓▓▓▓▓▓▓▓│▒▒│      a draw picks a column evenly, then one of the two in it
 *           └────────┴──┴─
 *
 * AFTER  Walker 1977; built as in Vose 1991.
 */
import type { Random } from "./random.js";

export class AliasTable {
  readonly #threshold: Uint32Array;
  readonly #alias: Uint32Array;

  /** `weights`: none negative, at least one above 0.  RangeError otherwise. */
  constructor(weights: ArrayLike<number>) {
    const n = weights.length;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      if (!(weights[i]! >= 0)) throw new RangeError(`weight ${i} is ${weights[i]}: none may be negative`);
      sum += weights[i]!;
    }
    if (!(sum > 0)) throw new RangeError("a distribution needs at least one weight above 0");
    this.#threshold = new Uint32Array(n);
    this.#alias = new Uint32Array(n);
    const height = Float64Array.from(weights, (w) => (w / sum) * n);
    const low: number[] = [];
    const high: number[] = [];
    height.forEach((h, i) => {
      (h < 1 ? low : high).push(i);
    });
    while (low.length > 0 && high.length > 0) {
      const small = low.pop()!;
      const large = high[high.length - 1]!;
      this.#threshold[small] = Math.min(0xffffffff, Math.floor(height[small]! * 4294967296));
      this.#alias[small] = large;
      height[large]! -= 1 - height[small]!;
      if (height[large]! < 1) low.push(high.pop()!);
    }
    // What is left is full up to rounding: its alias is itself.
    for (const i of [...low, ...high]) {
      this.#threshold[i] = 0xffffffff;
      this.#alias[i] = i;
    }
  }

  /** Index of an outcome. */
  draw(random: Random): number {
    const column = random.below(this.#alias.length);
    return random.u32() < this.#threshold[column]! ? column : this.#alias[column]!;
  }
}
