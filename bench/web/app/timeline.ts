/**
 * timeline: from events to seconds, or any other axis, between the samples of what is open.
 */
import type { LabTimeline } from "../../../src/lab/protocol.js";

/** Seconds since the first event, at a number of events. */
export function secondsAt({ events, seconds }: LabTimeline, event: number): number {
  return between(events, seconds, event);
}

/** Index of the last sample at or before `value`; 0 if there is none. */
export function sampleBefore(ascending: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ascending[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** `to` where `from`, which never falls, is `value`; straight between samples. */
export function between(from: ArrayLike<number>, to: ArrayLike<number>, value: number): number {
  if (from.length === 0) return 0;
  const at = sampleBefore(from, value);
  const next = Math.min(at + 1, from.length - 1);
  const [x0, x1, y0, y1] = [from[at]!, from[next]!, to[at]!, to[next]!];
  if (x1 <= x0) return y0;
  return y0 + (y1 - y0) * Math.min(1, Math.max(0, (value - x0) / (x1 - x0)));
}
