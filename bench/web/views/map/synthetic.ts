/**
 * synthetic: 2^n frames without a capture, to measure how fast the map is drawn: #/map?synthetic=24.
 *
 * Folios of order 0 to 6 and 9 with an owner each, drawn from a hash of their first pfn: the same frames each time.  Owners
 * are as uneven as tenants are; one folio in eight is free.  There is no history, and there are no figures.
 */

import { breathe } from "../../../../src/lab/breathe.js";
import type { ColumnKind, FrameColumn, FrameNow } from "../../../../src/lab/protocol.js";
import { OTHERS_SLOT } from "../../../../src/report/group-look.js";
import type { MapSource } from "./source.js";
import { fixedValues, ownerValues } from "./values.js";

export const SYNTHETIC_SHIFTS = { least: 10, most: 26 } as const;
const OWNERS = 40;
const HUGE_ORDER = 9;
/** Frames between two looks at the clock. */
const SLICE = 2 ** 14;
const SLICE_MS = 6;

export function syntheticSource(shift: number): MapSource {
  const nrFrames = 2 ** shift;
  const labels = Array.from({ length: OWNERS }, (_, i) => `/synthetic/${i}`);
  const owners = ownerValues({
    labels,
    slots: Uint8Array.from(labels, (_, i) => Math.min(i, OTHERS_SLOT)),
    peaks: Uint32Array.from(labels, (_, i) => OWNERS - i),
  });
  return {
    title: `2^${shift} made-up frames`,
    nrFrames,
    isWhole: true,
    valuesOf: (kind) => (kind === "owner" ? owners : fixedValues(kind)),
    pathOf: (container) => labels[container] ?? "",
    column: (kind) => makeColumn(kind, nrFrames),
    async frame(pfn): Promise<FrameNow> {
      const { head, order, seed } = folioOf(pfn);
      const owner = valueIn("owner", order, seed) - 1;
      const flags = owner < 0 ? "" : "charged";
      const type = owner < 0 ? "" : "anon";
      return { pfn, owner, isAllocated: owner >= 0, head, order, type, lru: "", flags, mappings: 0 };
    },
    history: async () => ({ events: [], total: 0 }),
    giveWay: () => {},
    blocks: async () => undefined,
  };
}

async function makeColumn(kind: ColumnKind, nrFrames: number): Promise<FrameColumn> {
  const values = new Uint16Array(nrFrames);
  let began = performance.now();
  for (let pfn = 0; pfn < nrFrames; ) {
    const stop = Math.min(nrFrames, pfn + SLICE);
    while (pfn < stop) {
      const { order, seed } = folioOf(pfn);
      const value = valueIn(kind, order, seed);
      for (const end = Math.min(nrFrames, pfn + (1 << order)); pfn < end; pfn++) values[pfn] = value;
    }
    if (performance.now() - began > SLICE_MS) {
      await breathe();
      began = performance.now();
    }
  }
  return { kind, event: 0, values };
}

/** One stretch of 2^9 frames in five is one folio; in the others, each block of 64 has folios of an order of its own. */
function folioOf(pfn: number): { head: number; order: number; seed: number } {
  const isHuge = hash(pfn >>> HUGE_ORDER) % 5 === 0;
  const order = isHuge ? HUGE_ORDER : hash(~(pfn >>> 6)) % 7;
  const head = pfn - (pfn % (1 << order));
  return { head, order, seed: hash(head * 16 + order) };
}

function valueIn(kind: ColumnKind, order: number, seed: number): number {
  const isFree = (seed & 7) === 0;
  if (isFree) return 0;
  const part = ((seed >>> 3) % 4096) / 4096;
  if (kind === "owner") return 1 + Math.floor(OWNERS * part ** 3);
  if (kind === "type") return 2 + Math.floor(part * 4);
  if (kind === "lru") return 2 + Math.floor(part * 5);
  if (kind === "order") return order + 1;
  return 1 + Math.floor(part * 20);
}

function hash(seed: number): number {
  let h = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b);
  h = Math.imul(h ^ (h >>> 16), 0x45d9f3b);
  return (h ^ (h >>> 16)) >>> 0;
}
