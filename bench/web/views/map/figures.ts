/**
 * figures: what the map says in numbers, as pure data: owners in each block, free runs, folios by order.
 *
 *   owners in a block      the palette's bet: a block of 64 frames has room for three owners besides "no owner"
 *   unusable free space    Gorman's index: the share of free memory that cannot serve a request of an order, because it
 *                          lies in smaller runs: 1 − (free frames in aligned free runs of 2^order) ÷ (free frames);
 *                          0 = all of it serves, 1 = none does
 */
import type { BlockFigures } from "../../../../src/lab/protocol.js";

export interface Bar {
  readonly label: string;
  readonly count: number;
  /** 0 … 1 */
  readonly share: number;
}

export interface FigureTable {
  readonly id: string;
  readonly title: string;
  readonly head: readonly [string, string, string];
  readonly bars: readonly Bar[];
  readonly note: string;
}

const OWNERS = ["no owner", "1 owner", "2 owners", "3 owners", "4 or more"] as const;
/** Requests above it are not served by the buddy allocator of x86. */
const BUDDY_MAX = 10;

export function figureTables({ byOwners, folios, freeRuns }: BlockFigures): FigureTable[] {
  const blocks = byOwners.reduce((a, b) => a + b, 0);
  const used = blocks - byOwners[0];
  const fitting = used === 0 ? 1 : (used - byOwners[4]) / used;
  const free = freeRuns[0] ?? 0;
  const nrFolios = folios.reduce((a, b) => a + b, 0);
  return [
    {
      id: "blocks",
      title: "Owners in each block of 64 frames",
      head: ["In the block", "Blocks", "Share of blocks in use"],
      bars: byOwners.map((count, i) => ({
        label: OWNERS[i]!,
        count,
        share: i === 0 || used === 0 ? 0 : count / used,
      })),
      note:
        used === 0
          ? "No block has an owner at this moment."
          : `${percent(fitting)} of the blocks in use fit the palette: it has room for three owners besides none; a fourth makes a block overflow.`,
    },
    {
      id: "free",
      title: "Unusable free space by order",
      head: ["Order", "Free frames in such runs", "Unusable for it"],
      bars: Array.from({ length: BUDDY_MAX + 1 }, (_, order) => {
        const count = freeRuns[order] ?? 0;
        return { label: String(order), count, share: free === 0 ? 0 : 1 - count / free };
      }),
      note: "A run is 2^order free frames, aligned. Frames that the source never spoke of count as free.",
    },
    {
      id: "folios",
      title: "Folios by order",
      head: ["Order", "Folios", "Share of folios"],
      bars: folios
        .map((count, order) => ({
          label: String(order),
          count,
          share: nrFolios === 0 ? 0 : count / nrFolios,
        }))
        .filter(({ count }, order) => order <= BUDDY_MAX || count > 0),
      note: `${nrFolios.toLocaleString("en")} folios are allocated at this moment.`,
    },
  ];
}

export function percent(share: number): string {
  const rounded = (share * 100).toFixed(1);
  return share > 0 && rounded === "0.0"
    ? "< 0.1 %"
    : share < 1 && rounded === "100.0"
      ? "> 99.9 %"
      : `${rounded} %`;
}

/** All tables below each other, for a spreadsheet. */
export function figureRows(tables: readonly FigureTable[]): (readonly [string, string, number, number])[] {
  return tables.flatMap(({ title, bars }) =>
    bars.map(({ label, count, share }) => [title, label, count, share] as const),
  );
}
