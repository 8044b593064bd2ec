/**
 * looks: what each container is called on the page, and which of the colours it has in every view alike.
 *
 * As in the report (src/report/group-look.ts): --c0 … --c11, and the grey --c12 that the others share.
 */
import type { Opened } from "../../../src/lab/protocol.js";
import { labelsOf, peakOf, slotsOf } from "../../../src/report/group-look.js";

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
  const peaks = Uint32Array.from(containers, (_, i) => peakOf(timeline.charged[i]));
  const labels = labelsOf(containers.map(({ path, until }) => ({ path, isRemoved: Number.isFinite(until) })));
  return { labels, slots: slotsOf(peaks), peaks };
}
