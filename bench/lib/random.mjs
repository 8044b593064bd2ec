// random: numbers by seed, the same on every machine.

/** Xorshift of 32 bits.  @param {number} seed  not 0 @returns {() => number} 0 … 2^32 - 1 */
export function xorshift(seed) {
  let x = seed >>> 0 || 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}
