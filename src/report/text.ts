/**
 * text: the terminal's form of a report.
 */
import type { VerifyResult } from "../capture/verification.js";
import type { CounterRow } from "../capture/verify-counters.js";
import type { DesignInfo } from "../designs.js";
import type { ReportGroup } from "./report-data.js";

/** Styles text; every function returns its argument where colour is off. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
}

const number = new Intl.NumberFormat("en-US");
const count = (n: number) => number.format(n);

/** Columns of the tree: header, and the memory.stat item behind it. */
const TREE_COLUMNS = [
  ["cache", "cache"],
  ["rss", "rss"],
  ["shmem", "shmem"],
  ["inact anon", "inactive_anon"],
  ["act anon", "active_anon"],
  ["inact file", "inactive_file"],
  ["act file", "active_file"],
  ["kmem", "kmem.usage_in_bytes"],
  ["usage", "usage_in_bytes"],
] as const;

/** Text of a trace made fit for a terminal: control characters could move the cursor or set its title. */
export function printable(text: string): string {
  let shown = "";
  for (const char of text) {
    const code = char.charCodeAt(0);
    const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0);
    shown += isControl ? `\\x${code.toString(16).padStart(2, "0")}` : char;
  }
  return shown;
}

/** One line: what was replayed. */
export function captureLine(result: VerifyResult, groups: readonly ReportGroup[]): string {
  const removed = groups.filter((g) => !g.online).length;
  const gone = removed === 0 ? "" : ` (${removed} removed)`;
  return `${result.capture}: ${count(result.events)} events in ${result.seconds.toFixed(1)} s, ${groups.length} groups${gone}, ${result.designs.length} owner design${result.designs.length === 1 ? "" : "s"}`;
}

/** The containers as a tree, the ledger's pages beside the kernel's where they differ. */
export function containerTree(result: VerifyResult, groups: readonly ReportGroup[], paint: Paint): string[] {
  const rows = result.designs[0]?.counters ?? [];
  const byGroup = new Map<string, Map<string, CounterRow>>();
  for (const row of rows) {
    const items = byGroup.get(row.group) ?? new Map<string, CounterRow>();
    items.set(row.item, row);
    byGroup.set(row.group, items);
  }
  const notes: string[] = [];
  const cell = (row: CounterRow | undefined): string => {
    if (row === undefined) return "";
    if (row.kernelPages === row.ledgerPages) return count(row.ledgerPages);
    const reason = row.reason ?? "no reason found";
    if (!notes.includes(reason)) notes.push(reason);
    return `${count(row.ledgerPages)}≠${count(row.kernelPages)} [${notes.indexOf(reason) + 1}]`;
  };
  const table: string[][] = [["container (pages)", ...TREE_COLUMNS.map(([header]) => header)]];
  for (const [name, group] of treeOrder(groups)) {
    const items = byGroup.get(group.path);
    if (items === undefined && group.online) continue;
    table.push([
      group.online ? name : `${name} (removed)`,
      ...TREE_COLUMNS.map(([, item]) => (group.online ? cell(items?.get(item)) : "")),
    ]);
  }
  const lines = align(table);
  lines[0] = paint.dim(lines[0] ?? "");
  return [
    ...lines,
    paint.dim("  a figure alone: the ledger and the kernel agree; ledger≠kernel [why] where they do not"),
    ...notes.map((note, i) => paint.dim(`  [${i + 1}] ${note}`)),
  ];
}

/** Frames, speed and memory of each design. */
export function designTable(result: VerifyResult, designs: readonly DesignInfo[], paint: Paint): string[] {
  const table = [
    ["design", "kernel", "steady", "same", "missing", "extra", "in flux", "ns/event", "B/page", "of memory"],
  ];
  for (const d of result.designs)
    table.push([
      d.design,
      ...[
        d.frames.kernel,
        d.frames.steady,
        d.frames.same,
        d.frames.missing,
        d.frames.extra,
        d.frames.inFlux,
      ].map(count),
      d.nsPerEvent.toFixed(1),
      d.bytesPerPage.toFixed(3),
      `${((d.bytesPerPage / 4096) * 100).toFixed(4)} %`,
    ]);
  const lines = align(table);
  lines[0] = paint.dim(lines[0] ?? "");
  return lines.map((line, i) => {
    const info = designs.find((d) => d.name === result.designs[i - 1]?.design);
    return info === undefined ? line : `${line}   ${paint.dim(info.from)}`;
  });
}

export function verdictLines(result: VerifyResult, paint: Paint): string[] {
  const { agree, disagree, memcgOnly, taskOnly } = result.witnesses;
  const colour = { exact: paint.good, bounded: paint.warn, incomplete: paint.warn, wrong: paint.bad }[
    result.verdict
  ];
  const others = [
    memcgOnly > 0 ? `${count(memcgOnly)} by memcg event alone` : "",
    taskOnly > 0 ? `${count(taskOnly)} by task alone` : "",
  ].filter((text) => text !== "");
  const skipped = Object.entries(result.skipped)
    .sort((a, b) => b[1] - a[1])
    .map(([name, n]) => `${name} ${count(n)}`);
  return [
    `witnesses on LRU insertions: ${count(agree)} agree, ${count(disagree)} disagree${others.length === 0 ? "" : `, ${others.join(", ")}`}`,
    ...result.witnesses.listed
      .slice(0, 3)
      .map((d) =>
        paint.dim(
          `  line ${d.line}: pfn 0x${d.pfn.toString(16)} task ${printable(d.task || "outside")}, memcg ${printable(d.memcg || "outside")}`,
        ),
      ),
    ...(skipped.length === 0
      ? []
      : [`not used: ${skipped.slice(0, 8).join(", ")}${skipped.length > 8 ? ", …" : ""}`]),
    `verdict: ${paint.bold(colour(result.verdict))}`,
    ...result.because.map((why) => `  ${why}`),
  ];
}

/** Groups depth first, each with its indented name. */
function treeOrder(groups: readonly ReportGroup[]): [string, ReportGroup][] {
  const children = new Map<number, number[]>();
  groups.forEach((group, index) => {
    const siblings = children.get(group.parent) ?? [];
    siblings.push(index);
    children.set(group.parent, siblings);
  });
  const ordered: [string, ReportGroup][] = [];
  const visit = (parent: number, depth: number) => {
    for (const index of children.get(parent) ?? []) {
      const group = groups[index]!;
      const base = depth === 0 ? group.path : group.path.slice(group.path.lastIndexOf("/") + 1);
      ordered.push([`${"  ".repeat(depth)}${printable(base)}`, group]);
      visit(index, depth + 1);
    }
  };
  visit(-1, 0);
  return ordered;
}

/** First column to the left, the others to the right. */
function align(table: readonly (readonly string[])[]): string[] {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => (row[column] ?? "").length)),
  );
  return table.map((row) =>
    row
      .map((text, column) => (column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
}
