/**
 * clock-step: how fine a clock is.  Browsers make theirs coarse: 5 µs in an isolated page, 100 µs in others.
 */

const STEPS = 20;

/** Smallest step seen, in the clock's unit; 0 for one that stands still. */
export function clockStep(now: () => number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < STEPS; i++) {
    const start = now();
    let next = start;
    for (let turn = 0; next === start && turn < 1e7; turn++) next = now();
    if (next > start) least = Math.min(least, next - start);
  }
  return Number.isFinite(least) ? least : 0;
}
