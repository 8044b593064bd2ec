/**
 * values: what the numbers of a column mean: their names, which of them are listed, in which order, in which colour.
 */
import { LruList, ORDER_MAX, PageType } from "../../../../src/abi.js";
import type { ColumnKind } from "../../../../src/lab/protocol.js";
import { OTHERS_SLOT } from "../../../../src/report/group-look.js";
import type { Looks } from "../../app/looks.js";

/** How a value is coloured: one of the twelve colours, all other owners' colour, free, or a place on the ramp 0 … 1. */
export type Paint = number | "rest" | "free" | { readonly at: number };

/** A value of a column, as the legend lists it. */
export interface ValueName {
  readonly value: number;
  readonly name: string;
  readonly paint: Paint;
  /** Listed although no frame has it now. */
  readonly stays: boolean;
}

export const KIND_NAMES: Readonly<Record<ColumnKind, string>> = {
  owner: "owner",
  type: "type",
  lru: "LRU list",
  order: "order of the folio",
  age: "age",
};

/** 1 + floor(log2(1 + events)): more than a trace can have. */
const AGES_MAX = 40;

/** Containers with the most they ever held first, each in the colour that it has in every view and at every moment. */
export function ownerValues({ labels, slots, peaks }: Looks): ValueName[] {
  const order = labels.map((_, i) => i).sort((a, b) => peaks[b]! - peaks[a]! || a - b);
  const owners = order.map((index): ValueName => {
    const slot = slots[index]!;
    const isOther = slot === OTHERS_SLOT;
    return {
      value: index + 1,
      name: labels[index]!,
      paint: isOther ? "rest" : slot,
      stays: !isOther,
    };
  });
  return [...owners, free("no owner")];
}

export function fixedValues(kind: Exclude<ColumnKind, "owner">): ValueName[] {
  if (kind === "type") return [...named(TYPES, 1), free("not allocated")];
  if (kind === "lru")
    return [...named(LISTS, 2), entry(1, "on no list", "rest", true), free("not allocated")];
  if (kind === "order") return [...orders(), free("not allocated")];
  return [...ages(), free("no owner")];
}

const TYPES: readonly (readonly [number, string, Paint])[] = [
  [PageType.ANON, "anon", 0],
  [PageType.FILE, "file", 1],
  [PageType.SHMEM, "shmem", 2],
  [PageType.KERNEL, "kernel", 3],
  [PageType.NONE, "not said", "rest"],
];
const LISTS: readonly (readonly [number, string, Paint])[] = [
  [LruList.INACTIVE_ANON, "inactive_anon", 4],
  [LruList.ACTIVE_ANON, "active_anon", 0],
  [LruList.INACTIVE_FILE, "inactive_file", 1],
  [LruList.ACTIVE_FILE, "active_file", 3],
  [LruList.UNEVICTABLE, "unevictable", 6],
];

function named(list: readonly (readonly [number, string, Paint])[], plus: number): ValueName[] {
  return list.map(([number, name, paint]) => entry(number + plus, name, paint, true));
}

function orders(): ValueName[] {
  // Orders above 10 are rare: they share the end of the ramp.
  return Array.from({ length: ORDER_MAX + 1 }, (_, order) =>
    entry(order + 1, `order ${order}, ${memory(2 ** order)}`, { at: Math.min(1, order / 10) }, false),
  );
}

function ages(): ValueName[] {
  return Array.from({ length: AGES_MAX }, (_, i) => {
    const first = 2 ** i - 1;
    const last = 2 ** (i + 1) - 2;
    const range = first === last ? `${first}` : `${count(first)} to ${count(last)}`;
    return entry(i + 1, `${range} events ago`, { at: 1 - Math.min(1, i / 20) }, false);
  });
}

function entry(value: number, name: string, paint: Paint, stays: boolean): ValueName {
  return { value, name, paint, stays };
}

function free(name: string): ValueName {
  return entry(0, name, "free", true);
}

function count(n: number): string {
  return n.toLocaleString("en");
}

/** So many frames as memory: "4 KiB", "2 MiB", "1.5 GiB". */
export function memory(frames: number): string {
  const kib = frames * 4;
  const [size, unit] =
    kib < 1024 ? [kib, "KiB"] : kib < 2 ** 20 ? [kib / 1024, "MiB"] : [kib / 2 ** 20, "GiB"];
  return `${size.toLocaleString("en", { maximumFractionDigits: size < 100 ? 2 : 0 })} ${unit}`;
}

export function hex(pfn: number): string {
  return `0x${pfn.toString(16)}`;
}

/** "0x1a2b" or "6699" → pfn; undefined for anything else. */
export function parsePfn(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^(0x[0-9a-f]{1,12}|[0-9]{1,15})$/i.test(trimmed)) return undefined;
  return Number(trimmed);
}
