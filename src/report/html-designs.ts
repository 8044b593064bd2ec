/**
 * html-designs: the owner designs side by side, and what was left aside or did not agree.
 */
import type { DesignResult } from "../capture/verification.js";
import type { FrameDifference } from "../capture/verify-frames.js";
import { PAGE_BYTES } from "../units.js";
import { escapeHtml, formatNumber, plural } from "./html-text.js";
import type { ReportData } from "./report-data.js";

const LISTED = 20;

/** Heads of columns; those of numbers begin with #. */
const DESIGN_HEAD = [
  "design",
  "owner is kept in",
  "after",
  "#frames same",
  "#missing",
  "#extra",
  "#in flux",
  "#audit differences",
  "#ns per event",
  "#bytes per page",
  "#share of memory",
];
const DIFFERENCE_HEAD = ["#pfn", "kernel", "ledger", "reason"];
const DISAGREEMENT_HEAD = ["#line", "#pfn", "task's group", "event's group"];

/** A table in a box of its own that scrolls; all arguments are HTML. */
function tableHtml(label: string, caption: string, head: readonly string[], rows: readonly string[]): string {
  const heads = head.map((text) =>
    text.startsWith("#")
      ? `<th scope="col" class="num">${text.slice(1)}</th>`
      : `<th scope="col">${text}</th>`,
  );
  const above = caption === "" ? "" : `<caption><span>${caption}</span></caption>`;
  return `<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table>${above}
<thead><tr>${heads.join("")}</tr></thead><tbody>
${rows.join("\n")}
</tbody></table></div>`;
}

function firstOf(shown: number, total: number): string {
  return `The first ${formatNumber(shown)} of ${formatNumber(total)}`;
}

export function designsHtml(data: ReportData): string {
  const { designs } = data.result;
  if (designs.length === 0) return `<p class="empty">No owner design was replayed.</p>`;
  const about = new Map(data.designs.map((d) => [d.name, d]));
  const rows = designs.map((d) => {
    const known = about.get(d.design);
    const n = (value: number, isBad = false) =>
      `<td class="num${isBad && value > 0 ? " bad" : ""}">${formatNumber(value)}</td>`;
    const cells = [
      `<th scope="row">${escapeHtml(d.design)}</th>`,
      `<td class="text">${escapeHtml(known?.title ?? "")}</td>`,
      `<td class="text">${escapeHtml(known?.from ?? "")}</td>`,
      n(d.frames.same),
      n(d.frames.missing, true),
      n(d.frames.extra, true),
      n(d.frames.inFlux),
      n(d.auditDifferences, true),
      `<td class="num">${formatNumber(d.nsPerEvent, 1)}</td>`,
      `<td class="num">${formatNumber(d.bytesPerPage, 3)}</td>`,
      `<td class="num">${formatNumber((100 * d.bytesPerPage) / PAGE_BYTES, 4)} %</td>`,
    ];
    return `<tr>${cells.join("")}</tr>`;
  });
  const speed = (d: DesignResult) => (d.nsPerEvent > 0 ? 1000 / d.nsPerEvent : 0);
  return `${tableHtml("Owner designs", "", DESIGN_HEAD, rows)}
<div class="charts">
${bars("Throughput", "million events per second, more is better", designs, speed, 2)}
${bars("Owner index", "bytes per page frame, less is better", designs, (d) => d.bytesPerPage, 3)}
</div>
<p class="note">Speed is time in the ledger's operations alone; reading and attributing the trace is not in it.</p>`;
}

/** A bar chart in plain HTML: it needs no script and prints. */
function bars(
  title: string,
  unit: string,
  designs: readonly DesignResult[],
  of: (design: DesignResult) => number,
  digits: number,
): string {
  const most = Math.max(...designs.map(of));
  const lines = designs.map((d) => {
    const value = of(d);
    const width = most > 0 && Number.isFinite(value) ? (100 * value) / most : 0;
    return barHtml(escapeHtml(d.design), width, formatNumber(value, digits));
  });
  return `<figure><figcaption><b>${title}</b> <span class="quiet">${unit}</span></figcaption><div class="bars">${lines.join("")}</div></figure>`;
}

/** One bar: `name` and `value` are HTML. */
export function barHtml(name: string, percent: number, value: string): string {
  return `<div class="bar"><span class="bar-name">${name}</span><span class="bar-track"><span class="bar-fill" style="width:${percent.toFixed(2)}%"></span></span><span class="bar-value">${value}</span></div>`;
}

export function leftoversHtml(data: ReportData): string {
  const { result } = data;
  return `<div class="columns">
<div><h3>Events skipped</h3>${countList(result.skipped, "Every event of the trace was used.")}</div>
<div><h3>Stray operations</h3>${countList(result.stray, "None: each event was about a frame or task that the trace had introduced.")}</div>
</div>
<h3>Frames placed otherwise</h3>${frameDifferences(result.designs)}
<h3>Disagreements of witnesses</h3>${disagreements(data)}`;
}

function countList(counts: Readonly<Record<string, number>>, none: string): string {
  const entries = Object.entries(counts).filter(([, n]) => n > 0);
  if (entries.length === 0) return `<p class="empty">${none}</p>`;
  entries.sort((a, b) => b[1] - a[1]);
  const rows = entries.map(
    ([name, n]) => `<tr><th scope="row">${escapeHtml(name)}</th><td class="num">${formatNumber(n)}</td></tr>`,
  );
  return `<div class="scroll"><table class="narrow"><tbody>${rows.join("")}</tbody></table></div>`;
}

/** Designs that differ alike are shown once. */
function frameDifferences(designs: readonly DesignResult[]): string {
  const alike = new Map<string, DesignResult[]>();
  for (const design of designs) {
    if (Object.values(design.frames.reasons).every((n) => n === 0) && design.frames.listed.length === 0)
      continue;
    const key = JSON.stringify([design.frames.reasons, design.frames.listed]);
    const same = alike.get(key);
    if (same === undefined) alike.set(key, [design]);
    else same.push(design);
  }
  if (alike.size === 0)
    return `<p class="empty">None: every steady frame is where the kernel has it, under each design.</p>`;
  return [...alike.values()].map((same) => differencesOf(same)).join("");
}

function differencesOf(same: readonly DesignResult[]): string {
  const { reasons, listed } = same[0]!.frames;
  const names = same.map((d) => `<b>${escapeHtml(d.design)}</b>`).join(", ");
  const counts = Object.entries(reasons).map(
    ([reason, n]) =>
      `<li${reason === "" ? ' class="bad"' : ""}>${plural(n, "frame")}: ${reasonText(reason)}</li>`,
  );
  const total = Object.values(reasons).reduce((sum, n) => sum + n, 0);
  const rows = listed.slice(0, LISTED).map((d: FrameDifference) => {
    const side = (path: string) =>
      path === "" ? `<span class="quiet">none</span>` : `<bdi>${escapeHtml(path)}</bdi>`;
    return `<tr><td class="num"><code>0x${d.pfn.toString(16)}</code></td><td class="path">${side(d.kernel)}</td><td class="path">${side(d.ledger)}</td><td class="text${d.reason === "" ? " bad" : ""}">${reasonText(d.reason)}</td></tr>`;
  });
  const table =
    rows.length === 0
      ? ""
      : tableHtml(
          "Frames placed otherwise",
          firstOf(rows.length, Math.max(total, rows.length)),
          DIFFERENCE_HEAD,
          rows,
        );
  return `<p>Under ${names}:</p><ul>${counts.join("")}</ul>${table}`;
}

function reasonText(reason: string): string {
  return reason === "" ? "no reason found" : escapeHtml(reason);
}

function disagreements(data: ReportData): string {
  const { disagree, listed } = data.result.witnesses;
  if (disagree === 0 && listed.length === 0)
    return `<p class="empty">None: wherever a task and a memcg event both name the owner of a page, they name the same one.</p>`;
  const side = (path: string) =>
    path === "" ? `<span class="quiet">outside the capture</span>` : `<bdi>${escapeHtml(path)}</bdi>`;
  const rows = listed
    .slice(0, LISTED)
    .map(
      (d) =>
        `<tr><td class="num">${formatNumber(d.line)}</td><td class="num"><code>0x${d.pfn.toString(16)}</code></td><td class="path">${side(d.task)}</td><td class="path">${side(d.memcg)}</td></tr>`,
    );
  return `<p>The group of the task that took a page, and the group that the kernel's counter event beside it names. The
ledger follows the event.</p>${tableHtml("Disagreements", firstOf(rows.length, disagree), DISAGREEMENT_HEAD, rows)}`;
}
