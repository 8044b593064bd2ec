/**
 * verify-counters: the counters of each group, three ways.
 *
 *   kernel  memory.stat.tsv, as read at the mark `oracle memory.stat begin`
 *   ledger  the same from the ledger's frames at that mark
 *   events  the same from the kernel's own memcg events, added up to that mark
 *
 * Where they differ, the trace must bear out why; a difference without a reason makes the verdict `wrong`.
 */

import { PAGE_BYTES } from "../units.js";
import type { KernelItemsSnapshot } from "./kernel-items.js";
import { Reason } from "./verdict.js";

/** Pages of one container, own or with everything below it. */
export interface ContainerPages {
  readonly anon: number;
  readonly file: number;
  readonly shmem: number;
  readonly kernel: number;
  readonly other: number;
  /** By LRU list number. */
  readonly lru: readonly number[];
  readonly charged: number;
}

export interface CounterRow {
  readonly group: string;
  /** Name in memory.stat (or the file name behind `memory.`). */
  readonly item: string;
  readonly kernelPages: number;
  readonly ledgerPages: number;
  /** What the kernel's own events add up to; absent where no event counts this item. */
  readonly eventPages?: number;
  /** `frames`: the ledger counted frames.  `events`: no event names frames for this item, so events were added up. */
  readonly source: "frames" | "events";
  reason?: Reason;
}

/** Pages of one container that huge folios bear on. */
export interface LargePages {
  /** In folios that were split. */
  readonly split: number;
  /** In folios of more than one page. */
  readonly large: number;
}

export interface CounterContext {
  readonly groups: readonly CountedGroup[];
  readonly stat: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly items: KernelItemsSnapshot;
  /** CPUs that events came from. */
  readonly cpus: number;
  readonly reclaimEvents: number;
  largePages(container: number): LargePages;
  /** Pages that the kernel says it migrated. */
  readonly migratedPages: number;
  /** Whether events were lost. */
  readonly lost: boolean;
}

export interface CountedGroup {
  readonly path: string;
  readonly container: number;
  readonly older: boolean;
  readonly own: ContainerPages;
  readonly total: ContainerPages;
  /** The group and every one below it, removed ones too. */
  readonly subtree: readonly number[];
  /** How many of those are online: removal drains what CPUs had charged ahead. */
  readonly onlineGroups: number;
}

const LRU_ITEMS = ["inactive_anon", "active_anon", "inactive_file", "active_file", "unevictable"] as const;

/** MEMCG_CHARGE_BATCH: pages that a CPU may hold charged ahead for one group (Linux 6.1 and later). */
const STOCK_PAGES = 64;

export function compareCounters(context: CounterContext): CounterRow[] {
  const rows: CounterRow[] = [];
  for (const group of context.groups) {
    const stat = context.stat.get(group.path);
    if (stat === undefined) continue;
    for (const prefix of ["", "total_"]) compareScope(context, group, stat, prefix, rows);
    compareUsage(context, group, stat, rows);
  }
  return rows;
}

function compareScope(
  context: CounterContext,
  group: CountedGroup,
  stat: ReadonlyMap<string, number>,
  prefix: string,
  rows: CounterRow[],
): void {
  const { items } = context;
  const pages = prefix === "" ? group.own : group.total;
  const members = prefix === "" ? [group.container] : group.subtree;
  const events = (item: number) => members.reduce((sum, id) => sum + items.lruvec(id, item), 0);
  const kernel = (item: string) => (stat.get(prefix + item) ?? Number.NaN) / PAGE_BYTES;
  const bound = STOCK_PAGES * context.cpus;
  const from = rows.length;

  const add = (item: string, ledgerPages: number, eventPages: number, source: CounterRow["source"]) => {
    const kernelPages = kernel(item);
    if (Number.isNaN(kernelPages)) return undefined;
    const row: CounterRow = {
      group: group.path,
      item: prefix + item,
      kernelPages,
      ledgerPages,
      eventPages,
      source,
    };
    rows.push(row);
    if (kernelPages === ledgerPages) return undefined;
    if (eventPages === ledgerPages && Math.abs(kernelPages - ledgerPages) <= bound) row.reason = Reason.LAZY;
    return row;
  };

  add("cache", pages.file + pages.shmem, events(items.filePages), "frames");
  add("shmem", pages.shmem, events(items.shmem), "frames");
  const mapped = events(items.fileMapped);
  add("mapped_file", mapped, mapped, "events");
  const rss = add("rss", pages.anon, events(items.anonMapped), "frames");
  if (rss && rss.reason === undefined && rss.eventPages === rss.kernelPages)
    if (Math.abs(rss.kernelPages - rss.ledgerPages) <= bound) rss.reason = Reason.BATCH;

  // A folio that moved between lists unseen is still on one of them: then the lists together hold as many pages.
  const lists = LRU_ITEMS.map((item, lru) => add(item, pages.lru[lru]!, events(lru), "frames"));
  const sum = (of: (item: string, lru: number) => number) =>
    LRU_ITEMS.reduce((n, item, lru) => n + of(item, lru), 0);
  const together = sum((_, lru) => pages.lru[lru]!) === sum(kernel);
  for (const row of lists) {
    if (row === undefined || row.reason !== undefined) continue;
    // The kernel's own events must bear the kernel's figure out, but for what it had not flushed yet.
    const off = Math.abs((row.eventPages ?? 0) - row.kernelPages);
    if (off > bound) continue;
    if (context.reclaimEvents > 0 && (together || off === 0)) row.reason = Reason.RECLAIM;
    else if (together) row.reason = Reason.LRU_MOVE;
  }
  for (let i = from; i < rows.length; i++) explain(context, group, members, rows[i]!);
}

/** Reasons of the whole capture, for a difference that nothing closer explains and that is not larger than they allow. */
function explain(
  context: CounterContext,
  group: CountedGroup,
  members: readonly number[],
  row: CounterRow,
): void {
  const off = Math.abs(row.kernelPages - row.ledgerPages);
  if (off === 0 || row.reason !== undefined) return;
  const borneOut = row.eventPages === undefined || row.eventPages === row.kernelPages;
  const large = (kind: keyof LargePages) =>
    members.reduce((sum, id) => sum + context.largePages(id)[kind], 0);
  const more = row.ledgerPages > row.kernelPages;
  if (row.source === "frames" && borneOut && off <= large("split")) row.reason = Reason.SPLIT;
  else if (row.item.endsWith("rss") && borneOut && more && off <= large("split") + large("large"))
    row.reason = Reason.UNMAPPED;
  else if (context.lost) row.reason = Reason.LOST;
  else if (row.source === "frames" && off <= context.migratedPages) row.reason = Reason.MIGRATED;
  else if (group.older) row.reason = Reason.OLDER;
}

/** usage_in_bytes and kmem.usage_in_bytes are counted up the tree, with up to 64 pages ahead per CPU and group. */
function compareUsage(
  context: CounterContext,
  group: CountedGroup,
  stat: ReadonlyMap<string, number>,
  rows: CounterRow[],
): void {
  const kmem = group.subtree.reduce((sum, id) => sum + context.items.state(id, context.items.kmem), 0);
  const bound = STOCK_PAGES * context.cpus * group.onlineGroups;
  const add = (item: string, ledgerPages: number, source: CounterRow["source"], eventPages?: number) => {
    const bytes = stat.get(item);
    if (bytes === undefined) return;
    const kernelPages = bytes / PAGE_BYTES;
    const row: CounterRow = {
      group: group.path,
      item,
      kernelPages,
      ledgerPages,
      ...(eventPages === undefined ? {} : { eventPages }),
      source,
    };
    rows.push(row);
    if (kernelPages === ledgerPages) return;
    if (Math.abs(kernelPages - ledgerPages) <= bound) row.reason = Reason.STOCK;
    else explain(context, group, group.subtree, row);
  };
  add("kmem.usage_in_bytes", kmem, "events", kmem);
  // Frames say which pages are charged; of kernel memory most is charged by the byte, and has events only.
  add("usage_in_bytes", group.total.charged - group.total.kernel + kmem, "frames");
}
