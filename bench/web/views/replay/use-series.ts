/**
 * use-series: what each container held over time, as the layers of a stacked chart.
 */

import type { Opened } from "../../../../src/lab/protocol.js";
import { OTHERS_SLOT } from "../../../../src/report/group-look.js";
import { looksOf } from "../../app/looks.js";

export interface UseLayer {
  readonly name: string;
  readonly slot: number;
  /** Its containers, by index. */
  readonly members: readonly number[];
  /** Pages by sample. */
  readonly pages: ArrayLike<number>;
}

/** The coloured containers, largest first, and all others as one. */
export function useLayers(opened: Opened): UseLayer[] {
  const { containers, timeline } = opened;
  const { labels, slots, peaks } = looksOf(opened);
  const layers: UseLayer[] = [];
  const rest = new Float64Array(timeline.events.length);
  const together: number[] = [];
  containers.forEach((_, i) => {
    const pages = timeline.charged[i];
    if (pages === undefined || peaks[i] === 0) return;
    if (slots[i]! < OTHERS_SLOT) layers.push({ name: labels[i]!, slot: slots[i]!, members: [i], pages });
    else {
      together.push(i);
      for (let at = 0; at < rest.length; at++) rest[at]! += pages[at]!;
    }
  });
  layers.sort((a, b) => a.slot - b.slot);
  const { length } = together;
  if (length > 0)
    layers.push({
      name: `${length} other${length === 1 ? "" : "s"}`,
      slot: OTHERS_SLOT,
      members: together,
      pages: rest,
    });
  return layers;
}

/** Each layer on top of those before it, in MiB; a hidden one has no height. */
export function stacked(
  layers: readonly UseLayer[],
  isShown: readonly boolean[],
  samples: number,
): number[][] {
  const below = new Float64Array(samples);
  return layers.map(({ pages }, i) => {
    const layer = new Array<number>(samples);
    for (let at = 0; at < samples; at++) {
      if (isShown[i]) below[at]! += (pages[at] ?? 0) / 256;
      layer[at] = below[at]!;
    }
    return layer;
  });
}

/** Samples as rows: event, seconds, rate, and the pages of every container that ever held one. */
export function useTable(opened: Opened): { head: string[]; rows: (string | number)[][] } {
  const { containers, timeline } = opened;
  const { labels, peaks } = looksOf(opened);
  const held = containers.map((_, i) => i).filter((i) => peaks[i]! > 0);
  const head = ["event", "seconds", "events per second", ...held.map((i) => `${labels[i]} (pages)`)];
  const rows = Array.from(timeline.events, (event, at) => [
    event,
    timeline.seconds[at]!,
    timeline.rate[at]!,
    ...held.map((i) => timeline.charged[i]![at]!),
  ]);
  return { head, rows };
}
