/**
 * slices: long work that lets messages in between, so that it can be told to stop.
 *
 *   work   yields how much of it is done, 0 … 1, every millisecond or so, first of all before it has begun
 *          next(true) bids it come to an end: it does as little more as leaves everything in order
 */
import { breathe } from "./breathe.js";

export type Sliced<T> = Generator<number, T, boolean>;

/** Work between two looks at the messages. */
const SLICE_MS = 25;

export async function inSlices<T>(
  work: Sliced<T>,
  isStopped: () => boolean,
  tell: (share: number) => void,
): Promise<T> {
  let step = work.next(false);
  for (let began = performance.now(); step.done !== true; step = work.next(isStopped())) {
    if (performance.now() - began < SLICE_MS) continue;
    tell(step.value);
    await breathe();
    began = performance.now();
  }
  return step.value;
}
