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
  const labels = groupLabels(data);
  const peaks = data.groups.map((_, i) => peak(data.timeline.pages[i] ?? []));
  const frames = data.groups.map((_, i) => (i < 254 ? (ownedFrames[i + 1] ?? 0) : 0));
  const size = (i: number) => Math.max(peaks[i]!, frames[i]!);
  const used = data.groups.map((_, i) => i).filter((i) => size(i) > 0);
  used.sort((a, b) => size(b) - size(a) || a - b);
  const coloured = used.length > COLOUR_SLOTS ? COLOUR_SLOTS - 1 : used.length;
  const slots = new Map(used.slice(0, coloured).map((group, slot) => [group, slot]));
  return labels.map((label, i) => ({
    label,
    slot: slots.get(i) ?? OTHERS_SLOT,
    peakPages: peaks[i]!,
    ownedFrames: frames[i]!,
  }));
}

function groupLabels(data: ReportData): string[] {
  const total = new Map<string, number>();
  const base = data.groups.map((g) => `${visible(g.path)}${g.online ? "" : " (removed)"}`);
  for (const name of base) total.set(name, (total.get(name) ?? 0) + 1);
  const seen = new Map<string, number>();
  return base.map((name) => {
    const nr = (seen.get(name) ?? 0) + 1;
    seen.set(name, nr);
    return total.get(name) === 1 ? name : `${name} #${nr}`;
  });
}

function peak(pages: readonly number[]): number {
  let most = 0;
  for (const n of pages) if (n > most) most = n;
  return most;
}
