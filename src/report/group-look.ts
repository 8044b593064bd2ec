/**
 * group-look: what each group is called in a report, and which colour it has in the chart and in the map alike.
 *
 * There are twelve colours; with more groups than that the eleven largest keep one each and the others share a grey.
 */
import { visible } from "./html-text.js";
import type { ReportData } from "./report-data.js";

export const COLOUR_SLOTS = 12;
/** Slot of everything without a colour of its own. */
export const OTHERS_SLOT = COLOUR_SLOTS;

export interface GroupLook {
  /** Full path, with `(removed)` where it is gone and a number where several of that name are. */
  readonly label: string;
  readonly slot: number;
  readonly peakPages: number;
  readonly ownedFrames: number;
}

/** Looks of all groups, by index.  `ownedFrames` is by owner byte: group index + 1. */
export function groupLooks(data: ReportData, ownedFrames: ArrayLike<number>): GroupLook[] {
  const labels = labelsOf(data.groups.map(({ path, online }) => ({ path, isRemoved: !online })));
  const peaks = data.groups.map((_, i) => peakOf(data.timeline.pages[i]));
  const frames = data.groups.map((_, i) => (i < 254 ? (ownedFrames[i + 1] ?? 0) : 0));
  const slots = slotsOf(peaks.map((peak, i) => Math.max(peak, frames[i]!)));
  return labels.map((label, i) => ({
    label,
    slot: slots[i]!,
    peakPages: peaks[i]!,
    ownedFrames: frames[i]!,
  }));
}

/** Full paths, with `(removed)` where a group is gone and a number where several of that name are. */
export function labelsOf(groups: readonly { path: string; isRemoved: boolean }[]): string[] {
  const names = groups.map(({ path, isRemoved }) => `${visible(path)}${isRemoved ? " (removed)" : ""}`);
  const total = new Map<string, number>();
  for (const name of names) total.set(name, (total.get(name) ?? 0) + 1);
  const seen = new Map<string, number>();
  return names.map((name) => {
    const nr = (seen.get(name) ?? 0) + 1;
    seen.set(name, nr);
    return total.get(name) === 1 ? name : `${name} #${nr}`;
  });
}

/** Colour of each group by its size: the largest first; what has no pages has none of its own. */
export function slotsOf(sizes: ArrayLike<number>): Uint8Array {
  const slots = new Uint8Array(sizes.length).fill(OTHERS_SLOT);
  const used = [...slots.keys()].filter((i) => sizes[i]! > 0);
  used.sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const coloured = used.length > COLOUR_SLOTS ? COLOUR_SLOTS - 1 : used.length;
  used.slice(0, coloured).forEach((group, slot) => {
    slots[group] = slot;
  });
  return slots;
}

/** The most of some samples; 0 where there are none. */
export function peakOf(pages: ArrayLike<number> = []): number {
  let most = 0;
  for (let i = 0; i < pages.length; i++) if (pages[i]! > most) most = pages[i]!;
  return most;
}
