/**
 * epochs: the arithmetic of grace periods on a tiny modulus, so that a few steps go round once.
 *
 *   1 → 2 → … → modulus - 1 → 1        0 is left out: it means offline
 */

/** The epoch after this one. */
export function nextEpoch(epoch: number, modulus: number): number {
  return epoch === modulus - 1 ? 1 : epoch + 1;
}

/** Whether an epoch comes before another: the sign of the difference, in as many bits as an epoch has. */
export function isBefore(epoch: number, other: number, modulus: number): boolean {
  return (epoch - other + modulus) % modulus >= modulus / 2;
}
