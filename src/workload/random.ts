/**
 * random: the seeded numbers that every workload draws from.
 *
 *   seed ─ splitmix ─► a b c │ counter        sfc32: three words of chaos and one that counts,
 *                      └──── mixed ────► u32  so no cycle is shorter than 2^32 draws
 *
 * The same seed gives the same numbers on every machine: integer arithmetic only.  No draw allocates.
 *
 * AFTER  Chris Doty-Humphrey's "small fast counting" generator (PractRand).
 */
export class Random {
  // Typed memory rather than fields: a u32 above 2^31 in a field would be a boxed number.
  readonly #s = new Uint32Array(4);

  /** `seed`: any number; its lower 53 bits count. */
  constructor(seed: number) {
    const s = this.#s;
    let state = (seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x85ebca6b)) >>> 0;
    for (let i = 0; i < 3; i++) {
      state = (state + 0x9e3779b9) >>> 0;
      let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      s[i] = z ^ (z >>> 15);
    }
    s[3] = 1;
    for (let i = 0; i < 12; i++) this.u32();
  }

  /** 0 … 2^32 - 1 */
  u32(): number {
    const s = this.#s;
    const a = s[0]!;
    const b = s[1]!;
    const c = s[2]!;
    const counter = s[3]!;
    const mixed = (a + b + counter) | 0;
    s[3] = counter + 1;
    s[0] = b ^ (b >>> 9);
    s[1] = c + (c << 3);
    s[2] = ((c << 21) | (c >>> 11)) + mixed;
    return mixed >>> 0;
  }

  /** 0 … n - 1, for n up to 2^32.  Off by at most n / 2^32 from even. */
  below(n: number): number {
    return Math.floor((this.u32() * n) / 4294967296);
  }

  /** low … high */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** 0 up to, not including, 1; 32 bits of it. */
  unit(): number {
    return this.u32() / 4294967296;
  }

  /** True with this probability, 0 … 1. */
  chance(probability: number): boolean {
    return this.u32() < probability * 4294967296;
  }
}
