/**
 * html-containers: the groups as a tree, each counter of the ledger beside the kernel's.
 *
 * Equal figures are quiet (`=`); different ones are shown both, with a letter for the reason below the table.
 */
import type { CounterRow } from "../capture/verify-counters.js";
import type { FrameMapFigures } from "./frame-figures.js";
import { escapeHtml, formatMib, formatNumber, formatPages, plural } from "./html-text.js";
import type { ReportData } from "./report-data.js";

/** Columns in this order, after usage; items that are not named here follow them. */
const ITEMS = [
  "cache",
  "rss",
  "shmem",
  "mapped_file",
  "inactive_anon",
  "active_anon",
  "inactive_file",
  "active_file",
  "unevictable",
];
const USAGE_ITEMS = ["usage_in_bytes", "kmem.usage_in_bytes"];
const SHORT_NAME: Readonly<Record<string, string>> = {
  "kmem.usage_in_bytes": "kmem",
  usage_in_bytes: "usage",
};

/** Reasons in order of first use; the page refers to them by letter. */
class Footnotes {
  readonly #reasons: string[] = [];
  readonly #counts: number[] = [];

  mark(reason: string): string {
    let at = this.#reasons.indexOf(reason);
    if (at < 0) at = this.#reasons.push(reason) - 1;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    const text = reason === "" ? "no reason found" : reason;
    const letter = reason === "" ? "!" : letterOf(at);
    return `<sup><a href="#reason-${at}" title="${escapeHtml(text)}" aria-label="reason ${letter}">${letter}</a></sup>`;
  }

  html(): string {
    if (this.#reasons.length === 0)
      return `<p class="note">Every counter shown is the kernel's to the page; there is no difference to explain.</p>`;
    const items = this.#reasons.map((reason, at) => {
      const text =
        reason === "" ? "no reason found: the replay, or the capture, is wrong" : escapeHtml(reason);
      const letter = reason === "" ? "!" : letterOf(at);
      const count = plural(this.#counts[at]!, "counter");
      return `<li id="reason-${at}"${reason === "" ? ' class="bad"' : ""}><b>${letter}</b> ${text} <span class="quiet">(${count})</span></li>`;
    });
    return `<h3>Reasons for differences</h3><ul class="reasons">${items.join("")}</ul>`;
  }
}

function letterOf(at: number): string {
  return at < 26 ? String.fromCharCode(97 + at) : `r${at + 1}`;
}

export function containersHtml(data: ReportData, figures: FrameMapFigures): string {
  if (data.groups.length === 0) return `<p class="empty">The capture names no memory cgroup.</p>`;
  const counters = data.result.designs[0]?.counters ?? [];
  const rows = new Map<string, Map<string, CounterRow>>();
  const items = new Set<string>();
  for (const row of counters) {
    const ofGroup = rows.get(row.group) ?? new Map<string, CounterRow>();
    rows.set(row.group, ofGroup.set(row.item, row));
    items.add(row.item);
  }
  const named = (prefix: string) => ITEMS.map((item) => prefix + item).filter((item) => items.has(item));
  const known = new Set([...ITEMS, ...ITEMS.map((item) => `total_${item}`), ...USAGE_ITEMS]);
  const others = [...items].filter((item) => !known.has(item));
  const isTotal = (item: string) => item.startsWith("total_");
  const own = [
    ...USAGE_ITEMS.filter((item) => items.has(item)),
    ...named(""),
    ...others.filter((item) => !isTotal(item)),
  ];
  const total = [...named("total_"), ...others.filter(isTotal)];

  const notes = new Footnotes();
  const tree = treeOrder(data);
  const table = (columns: readonly string[], caption: string, withFrames: boolean) =>
    tableHtml({ data, figures, rows, tree, columns, caption, withFrames, notes });
  const ownTable = table(own, "Own pages of each group, and what it uses with the groups below", true);
  const totalTable = total.length === 0 ? "" : table(total, "With all groups below", false);
  const differing = counters.filter((row) => row.kernelPages !== row.ledgerPages).length;
  const summary =
    counters.length === 0
      ? "The capture has no counters of the kernel to compare with."
      : `${formatNumber(counters.length - differing)} of ${plural(counters.length, "counter")} equal the kernel's.`;
  return `<p>${summary} Figures are pages of 4 KiB: <code>ledger =</code> where the kernel counts the same, else
<code>ledger ≠ kernel</code> and a letter for the reason. <code>usage</code> and <code>kmem</code> include the groups
below, as the kernel counts them; frames held are those at the end of the trace.</p>
${ownTable}
${totalTable === "" ? "" : `<details><summary>With all groups below (total_*)</summary>${totalTable}</details>`}
${notes.html()}
${otherDesigns(data)}`;
}

interface TableParts {
  readonly data: ReportData;
  readonly figures: FrameMapFigures;
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, CounterRow>>;
  readonly tree: readonly TreeRow[];
  readonly columns: readonly string[];
  readonly caption: string;
  readonly withFrames: boolean;
  readonly notes: Footnotes;
}

function tableHtml(parts: TableParts): string {
  const { data, columns, withFrames, notes } = parts;
  const head = columns.map((item) => `<th scope="col" class="num">${headName(item)}</th>`).join("");
  const frames = withFrames ? `<th scope="col" class="num">frames held</th>` : "";
  const body = parts.tree.map(({ group, depth }) => {
    const { path, online, parent } = data.groups[group]!;
    const above = parent < 0 ? undefined : data.groups[parent]?.path;
    const name = above !== undefined && path.startsWith(`${above}/`) ? path.slice(above.length + 1) : path;
    const counted = online ? parts.rows.get(path) : undefined;
    const cells = columns.map((item) => counterCell(counted?.get(item), notes)).join("");
    const held = group < 254 ? formatNumber(parts.figures.byOwner[group + 1]!) : "–";
    const mark = online ? "" : ` <span class="tag">removed</span>`;
    return `<tr${online ? "" : ' class="gone"'}><th scope="row" title="${escapeHtml(path)}"><span class="tree" style="--depth:${depth}"><bdi>${escapeHtml(name)}</bdi>${mark}</span></th>${
      withFrames ? `<td class="num">${quietZero(held)}</td>` : ""
    }${cells}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(parts.caption)}"><table class="counters">
<caption><span>${escapeHtml(parts.caption)}</span></caption><thead><tr><th scope="col">group</th>${frames}${head}</tr></thead><tbody>
${body.join("\n")}
</tbody></table></div>`;
}

function headName(item: string): string {
  const name = SHORT_NAME[item] ?? item;
  return `<span title="${escapeHtml(item)}">${escapeHtml(name).replace(/_/g, "_<wbr>")}</span>`;
}

function counterCell(row: CounterRow | undefined, notes: Footnotes): string {
  if (row === undefined) return `<td class="num none">–</td>`;
  const how = row.source === "events" ? "added up from the kernel's events" : "counted from frames";
  const events = row.eventPages === undefined ? "" : `; events add up to ${formatPages(row.eventPages)}`;
  const ledger = formatPages(row.ledgerPages);
  if (row.ledgerPages === row.kernelPages) {
    const title = `${formatMib(row.ledgerPages)}, ${how}`;
    return `<td class="num" title="${title}">${quietZero(ledger)} <span class="eq">=</span></td>`;
  }
  const by = row.ledgerPages - row.kernelPages;
  const title = `${how}: ${by > 0 ? "+" : "−"}${formatPages(Math.abs(by))} pages${events}`;
  const cls = row.reason === undefined ? "neq bad" : "neq";
  return `<td class="num" title="${escapeHtml(title)}"><span class="${cls}">${ledger} ≠ ${formatPages(row.kernelPages)}${notes.mark(row.reason ?? "")}</span></td>`;
}

function quietZero(text: string): string {
  return text === "0" ? `<span class="quiet">0</span>` : text;
}

interface TreeRow {
  readonly group: number;
  readonly depth: number;
}

/** Each group below its parent, in the order given; a group whose parent chain runs in a circle stands at the top. */
function treeOrder(data: ReportData): TreeRow[] {
  const children = new Map<number, number[]>();
  data.groups.forEach(({ parent }, i) => {
    const at = parent >= 0 && parent < data.groups.length && parent !== i ? parent : -1;
    const list = children.get(at);
    if (list === undefined) children.set(at, [i]);
    else list.push(i);
  });
  const rows: TreeRow[] = [];
  const seen = new Set<number>();
  const visit = (root: number) => {
    const open: TreeRow[] = [{ group: root, depth: 0 }];
    while (open.length > 0) {
      const row = open.pop()!;
      if (seen.has(row.group)) continue;
      seen.add(row.group);
      rows.push(row);
      const below = children.get(row.group) ?? [];
      for (let i = below.length - 1; i >= 0; i--) open.push({ group: below[i]!, depth: row.depth + 1 });
    }
  };
  for (const root of children.get(-1) ?? []) visit(root);
  for (let i = 0; i < data.groups.length; i++) if (!seen.has(i)) visit(i);
  return rows;
}

/** The table shows the first design; another one that counts otherwise is named here. */
function otherDesigns(data: ReportData): string {
  const [first, ...rest] = data.result.designs;
  if (first === undefined || rest.length === 0) return "";
  const key = (row: CounterRow) => `${row.group}\0${row.item}`;
  const pages = new Map(first.counters.map((row) => [key(row), row.ledgerPages]));
  const lines = rest.flatMap((design) => {
    const rows = design.counters.filter((row) => pages.get(key(row)) !== row.ledgerPages);
    if (rows.length === 0) return [];
    const shown = rows.slice(0, 10).map((row) => {
      const was = pages.get(key(row));
      return `<li><code>${escapeHtml(`${row.group} ${row.item}`)}</code> ${formatPages(row.ledgerPages)}, ${escapeHtml(first.design)}: ${was === undefined ? "none" : formatPages(was)}</li>`;
    });
    return [
      `<p class="bad"><b>${escapeHtml(design.design)}</b> differs from <b>${escapeHtml(first.design)}</b> in ${plural(rows.length, "counter")}:</p><ul>${shown.join("")}</ul>`,
    ];
  });
  if (lines.length > 0) return lines.join("");
  return `<p class="note">The ledger's figures are the same under all ${formatNumber(data.result.designs.length)} designs.</p>`;
}
