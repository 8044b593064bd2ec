/**
 * columns: one value for each page frame, as the ledger has it now.
 */
import { FrameFlag, Op, TYPE_MASK, TYPE_SHIFT } from "../abi.js";
import { type Core, RANGE_BATCH } from "../core/core.js";
import { EVENT_MASK, isFolioOp, OP_WORDS } from "./op-log.js";
import type { ColumnKind } from "./protocol.js";
import type { Recording } from "./recording.js";
import type { Sliced } from "./slices.js";

/** `indexById`: of the containers at this moment.  undefined if it was told to stop. */
export function* columnOf(
  kind: ColumnKind,
  recording: Recording,
  nrFrames: number,
  indexById: Int32Array,
): Sliced<Uint16Array | undefined> {
  const values = new Uint16Array(nrFrames);
  const { core } = recording;
  const known = Math.min(nrFrames, core.nrFrames);
  if (kind === "owner") fillOwners(core, known, values, (id) => indexById[id]! + 1);
  else if (kind === "age") return yield* agesOf(recording, known, values);
  else eachFolio(core, known, FOLIO_VALUE[kind](core), values);
  return values;
}

/** Writes what `toValue` makes of the owner's id; frames without an owner stay as they are. */
function fillOwners(
  core: Core,
  nrFrames: number,
  values: Uint16Array,
  toValue: (id: number) => number,
): void {
  const valueById = Uint16Array.from({ length: 1 << 16 }, (_, id) => (id === 0 ? 0 : toValue(id)));
  for (let first = 0; first < nrFrames; first += RANGE_BATCH) {
    const owners = core.ownersRange(first, Math.min(RANGE_BATCH, nrFrames - first), false);
    for (let i = 0; i < owners.length; i++) {
      const id = owners[i]!;
      if (id !== 0) values[first + i] = valueById[id]!;
    }
  }
}

/** What a folio's frames show, of its head's record at that address. */
type FolioValue = (ptr: number) => number;

const FOLIO_VALUE: Readonly<Record<"type" | "lru" | "order", (core: Core) => FolioValue>> = {
  type:
    ({ u16, frame }) =>
    (ptr) =>
      ((u16[(ptr + frame.flags) >>> 1]! & TYPE_MASK) >>> TYPE_SHIFT) + 1,
  // The record has the list's number plus 1, 0 = on none.
  lru: ({ u16, frame }) => {
    const bytes = new Uint8Array(u16.buffer);
    return (ptr) => bytes[ptr + frame.lru]! + 1;
  },
  order: ({ u16, frame }) => {
    const bytes = new Uint8Array(u16.buffer);
    return (ptr) => bytes[ptr + frame.order]! + 1;
  },
};

function eachFolio(core: Core, nrFrames: number, toValue: FolioValue, values: Uint16Array): void {
  walkFolios(core, nrFrames, (pfn, order, ptr) => {
    const value = toValue(ptr);
    if (order === 0) values[pfn] = value;
    else values.fill(value, pfn, pfn + (1 << order));
  });
}

/** Visits the head of every folio below `nrFrames`. */
export function walkFolios(
  core: Core,
  nrFrames: number,
  visit: (pfn: number, order: number, ptr: number) => void,
): void {
  const { u16, frame } = core;
  const bytes = new Uint8Array(u16.buffer);
  let ptr = core.framePtr(0);
  for (let pfn = 0; pfn < nrFrames; ) {
    let n = 1;
    if ((u16[(ptr + frame.flags) >>> 1]! & FrameFlag.HEAD) !== 0) {
      const order = bytes[ptr + frame.order]!;
      visit(pfn, order, ptr);
      n = 1 << order;
    }
    pfn += n;
    ptr += n * frame.sizeBytes;
  }
}

/**
 * Events since the last one of each frame that has an owner.  An operation on a folio stamps one place of its order, so
 * that a large folio costs no more than a small one; then stamps go down the orders.  The whole log is read.
 */
function* agesOf(
  recording: Recording,
  nrFrames: number,
  values: Uint16Array,
): Sliced<Uint16Array | undefined> {
  const { core, log, event } = recording;
  const stamps: (Uint32Array | undefined)[] = [];
  const stampsOf = (order: number) => {
    stamps[order] ??= new Uint32Array(Math.ceil(nrFrames / 2 ** order));
    return stamps[order]!;
  };
  const words = new Uint32Array(16384 * OP_WORDS);
  const reader = log.reader();
  for (let count = reader.read(event, words); count > 0; count = reader.read(event, words)) {
    if (yield reader.place.event / event) return undefined;
    for (let at = 0; at < count * OP_WORDS; at += OP_WORDS) {
      const head = words[at]!;
      if (!isFolioOp(head & 0xff)) continue;
      const pfn = words[at + 1]!;
      let order = (head >>> 8) & 0xff;
      // A split names the new order; the folio's was that of what last happened to it.
      if ((head & 0xff) === Op.SPLIT)
        for (let above = order + 1, latest = 0; above < stamps.length; above++) {
          const stamp = stamps[above]?.[pfn >>> above] ?? 0;
          if (stamp > latest) {
            latest = stamp;
            order = above;
          }
        }
      const column = stamps[order] ?? stampsOf(order);
      column[pfn >>> order] = words[at + 3]! & EVENT_MASK;
    }
  }
  const last = stampsOf(0);
  for (let order = stamps.length - 1; order > 0; order--) {
    const above = stamps[order];
    if (above === undefined) continue;
    const below = stampsOf(order - 1);
    for (let i = 0; i < below.length; i++) if (above[i >>> 1]! > below[i]!) below[i] = above[i >>> 1]!;
  }
  fillOwners(core, nrFrames, values, () => 1);
  for (let pfn = 0; pfn < nrFrames; pfn++)
    if (values[pfn] !== 0) values[pfn] = 1 + (31 - Math.clz32(1 + event - last[pfn]!));
  return values;
}
