/**
 * looks: what each container is called on the page, and which of the colours it has in every view alike.
 *
 * There are twelve colours, --c0 … --c11; with more containers than that the eleven largest keep one each and the others
 * share the grey --c12.  As in the report (src/report/group-look.ts).
 */
import type { LabContainer, Opened } from "../../../src/lab/protocol.js";
import { visible } from "../../../src/report/html-text.js";

export const COLOUR_SLOTS = 12;
export const OTHERS_SLOT = COLOUR_SLOTS;

export interface Looks {
  /** By container: full path, `(removed)` where it goes, and a number where several of that name are. */
  readonly labels: readonly string[];
  /** By container: 0 … 12. */
  readonly slots: Uint8Array;
  /** Most pages that the container itself held at any sample. */
  readonly peaks: Uint32Array;
}

const made = new WeakMap<Opened, Looks>();

/** The looks of what is open; worked out once. */
export function looksOf(opened: Opened): Looks {
  let looks = made.get(opened);
  if (looks === undefined) {
    looks = workOut(opened);
    made.set(opened, looks);
  }
  return looks;
}

function workOut({ containers, timeline }: Opened): Looks {
  const peaks = Uint32Array.from(containers, (_, i) => peak(timeline.charged[i]));
  const used = containers.map((_, i) => i).filter((i) => peaks[i]! > 0);
  used.sort((a, b) => peaks[b]! - peaks[a]! || a - b);
  const coloured = used.length > COLOUR_SLOTS ? COLOUR_SLOTS - 1 : used.length;
  const slots = new Uint8Array(containers.length).fill(OTHERS_SLOT);
  used.slice(0, coloured).forEach((container, slot) => {
    slots[container] = slot;
  });
  return { labels: labelsOf(containers), slots, peaks };
}

function labelsOf(containers: readonly LabContainer[]): string[] {
  const names = containers.map(
    ({ path, until }) => `${visible(path)}${Number.isFinite(until) ? " (removed)" : ""}`,
  );
  const total = new Map<string, number>();
  for (const name of names) total.set(name, (total.get(name) ?? 0) + 1);
  const seen = new Map<string, number>();
  return names.map((name) => {
    const nr = (seen.get(name) ?? 0) + 1;
    seen.set(name, nr);
    return total.get(name) === 1 ? name : `${name} #${nr}`;
  });
}

function peak(pages: ArrayLike<number> | undefined): number {
  let most = 0;
  for (let i = 0; i < (pages?.length ?? 0); i++) if (pages![i]! > most) most = pages![i]!;
  return most;
}
