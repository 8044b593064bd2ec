/**
 * synthetic: 2^n frames without a capture, to measure how fast the map is drawn: #/map?synthetic=24.
 *
 * Folios of order 0 to 9 with an owner each, drawn from a hash of their first pfn: the same frames each time.  Owners
 * are as uneven as tenants are; one folio in eight is free.  There is no history, and there are no figures.
 */
import type { ColumnKind, FrameColumn, FrameNow } from "../../../../src/lab/protocol.js";
import { breathe } from "./frame-store.js";
import type { MapSource } from "./source.js";
import { fixedValues, ownerValues } from "./values.js";

export const SYNTHETIC_SHIFTS = { least: 10, most: 26 } as const;
const OWNERS = 40;
const TOP_ORDER = 9;
const SLICE = 2 ** 18;

export function syntheticSource(shift: number): MapSource {
  const nrFrames = 2 ** shift;
  const containers = Array.from({ length: OWNERS }, (_, i) => ({
    path: `/synthetic/${i}`,
    parent: -1,
    from: 0,
    until: Number.POSITIVE_INFINITY,
  }));
  const owners = ownerValues(
    containers,
    containers.map((_, i) => i),
  );
  return {
    title: `2^${shift} made-up frames`,
    nrFrames,
    isWhole: true,
    valuesOf: (kind) => (kind === "owner" ? owners : fixedValues(kind)),
    pathOf: (container) => containers[container]?.path ?? "",
    column: (kind) => makeColumn(kind, nrFrames),
    async frame(pfn): Promise<FrameNow> {
      const { head, order, seed } = folioOf(pfn);
      const owner = valueIn("owner", order, seed) - 1;
      const flags = owner < 0 ? "" : "charged";
      const type = owner < 0 ? "" : "anon";
      return { pfn, owner, isAllocated: owner >= 0, head, order, type, lru: "", flags, mappings: 0 };
    },
    history: async () => ({ events: [], total: 0 }),
    blocks: async () => undefined,
  };
}

async function makeColumn(kind: ColumnKind, nrFrames: number): Promise<FrameColumn> {
  const values = new Uint16Array(nrFrames);
  let wait = SLICE;
  for (let pfn = 0; pfn < nrFrames; ) {
    const { order, seed } = folioOf(pfn);
    const end = Math.min(nrFrames, pfn + 2 ** order);
    values.fill(valueIn(kind, order, seed), pfn, end);
    pfn = end;
    if (pfn >= wait) {
      await breathe();
      wait = pfn + SLICE;
    }
  }
  return { kind, event: 0, values };
}

/** Halves an aligned stretch of 2^9 frames until the hash of its start says that it is a folio. */
function folioOf(pfn: number): { head: number; order: number; seed: number } {
  for (let order = TOP_ORDER; ; order--) {
    const head = pfn - (pfn % 2 ** order);
    const seed = hash(head * 16 + order);
    if (order === 0 || seed % 5 === 0) return { head, order, seed: hash(seed) };
  }
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
