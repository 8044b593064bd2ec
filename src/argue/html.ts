/**
 * html: the arguments as one file that needs nothing else.
 *
 * No script at all, and a policy that forbids any request.  All text is escaped.
 */
import { pageHtml } from "../report/html-page.js";
import { escapeHtml, formatNumber, plural } from "../report/html-text.js";
import { PAGE_STYLE } from "../report/page-style.js";
import type { ArgueResult, Argument, Chart, Verdict } from "./finding.js";
import { chartHtml } from "./html-chart.js";
import { ARGUE_STYLE } from "./page-style.js";

/** Class of the report's style sheet that has the colour, and a sign: drawn, since a font may lack it. */
const LOOK: Readonly<Record<Verdict, { readonly tone: string; readonly sign: string }>> = {
  holds: { tone: "exact", sign: "M4 13l5 5L20 6" },
  "holds in part": { tone: "incomplete", sign: "M3 10c3-4 6-4 9-1s6 3 9-1M3 17c3-4 6-4 9-1s6 3 9-1" },
  "does not hold": { tone: "wrong", sign: "M5 5l14 14M19 5L5 19" },
  "not decided": { tone: "bounded", sign: "M8 8a4 4 0 1 1 5 4c-1 .5-1 1-1 3M12 19v1" },
};

export function renderArguments(result: ArgueResult): string {
  const { arguments: all, environment } = result;
  const body = `${headerHtml(result)}
<main>
${all.map((argument, i) => argumentHtml(argument, i + 1)).join("\n")}
</main>
<footer>PageLedger ${escapeHtml(environment.version)}. This file makes no requests and holds no script. Claims are given in our own
words. A figure with an interval is the median over openings: each competitor was opened again and again in a memory of its own,
and all took turns; the interval is that of the median, 95 %. Other figures were counted.</footer>`;
  const title = `The arguments – ${result.machine.name}`;
  return pageHtml({ title, styles: [PAGE_STYLE, ARGUE_STYLE], hasScripts: false, body });
}

function headerHtml(result: ArgueResult): string {
  const { machine, environment } = result;
  const fact = (name: string, value: string, more: string) =>
    `<div><dt>${name}</dt><dd>${value}</dd><dd class="more">${escapeHtml(more)}</dd></div>`;
  const gib = machine.frames / 2 ** 18;
  const rows = result.arguments.map(
    ({ claim, finding }, i) =>
      `<tr><td class="num">${i + 1}</td><th scope="row"><a href="#${claim.id}">${escapeHtml(claim.title)}</a></th><td>${badgeHtml(finding.verdict)}</td><td class="by">${escapeHtml(claim.who)}</td></tr>`,
  );
  const hurried = result.quick
    ? `<p class="missing">A quick run: few rounds on a small machine. Its intervals are wide, and much stays undecided.</p>`
    : "";
  return `<header>
<p class="eyebrow">PageLedger <span aria-hidden="true">·</span> Whose page is it?</p>
<h1>The arguments, as far as figures settle them</h1>
<p>What was claimed in the kernel's threads about where a page's owner should be kept, held against what was measured here, in one
run. A verdict rests on whole 95 % intervals; where the data does not decide, it says so.</p>
${hurried}
<div class="scroll" id="verdicts" tabindex="0" role="region" aria-label="All verdicts"><table class="verdicts"><caption>${plural(result.arguments.length, "claim")}: ${tallyText(result.arguments)}</caption><thead><tr><th scope="col" class="num">#</th><th scope="col">claim</th><th scope="col">verdict</th><th scope="col" class="by">by</th></tr></thead><tbody>
${rows.join("\n")}
</tbody></table></div>
<dl class="facts">
${fact("machine", `<bdi>${escapeHtml(machine.name)}</bdi>`, machine.source === "capture" ? "a capture of a real kernel" : "generated, no capture was given")}
${fact("page frames", formatNumber(machine.frames), `${formatNumber(gib, gib < 10 ? 2 : 0)} GiB`)}
${fact("owned at the end", formatNumber(machine.ownedFrames), `by ${plural(machine.containers, "container")}`)}
${fact("operations", formatNumber(machine.operations), "played by every design")}
</dl>
<p class="note">${escapeHtml(machine.what)}</p>
<dl class="environment">
<div><dt>made by</dt><dd><code>${escapeHtml(environment.command)}</code></dd></div>
<div><dt>on</dt><dd>${escapeHtml(environment.cpu)}, ${escapeHtml(environment.engine)}, PageLedger ${escapeHtml(environment.version)}</dd></div>
</dl>
</header>`;
}

/** What the ratios rest on is folded away. */
function chartsHtml(charts: readonly Chart[]): string {
  const plots = (some: readonly Chart[]) => `<div class="plots">${some.map(chartHtml).join("\n")}</div>`;
  const details = charts.filter(({ isDetail }) => isDetail);
  const folded =
    details.length === 0
      ? ""
      : `<details><summary>The times themselves: ${plural(details.length, "chart")}</summary>${plots(details)}</details>`;
  return plots(charts.filter(({ isDetail }) => !isDetail)) + folded;
}

/** `holds 2, does not hold 1, …`: how many of each. */
function tallyText(all: readonly Argument[]): string {
  return (Object.keys(LOOK) as Verdict[])
    .map((verdict) => [verdict, all.filter(({ finding }) => finding.verdict === verdict).length] as const)
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${verdict} ${count}`)
    .join(", ");
}

function badgeHtml(verdict: Verdict): string {
  const { tone, sign } = LOOK[verdict];
  return `<span class="small-badge ${tone}"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="${sign}"/></svg>${verdict}</span>`;
}

function argumentHtml({ claim, finding, command }: Argument, number: number): string {
  const { tone, sign } = LOOK[finding.verdict];
  const list = (items: readonly string[], name: string) =>
    items.length === 0
      ? ""
      : `<ul class="${name}">${items.map((item) => `<li>${escapeHtml(item)}</li>`).join("")}</ul>`;
  return `<section id="${claim.id}" aria-labelledby="${claim.id}-title"><h2 id="${claim.id}-title">${number}. ${escapeHtml(claim.title)}</h2>
<p class="who"><b>${escapeHtml(claim.who)}</b>, ${escapeHtml(claim.when)}. <span class="quiet">${escapeHtml(claim.thread)}</span></p>
<p class="claim">${escapeHtml(claim.claim)}</p>
<div class="verdict ${tone}">
<p class="badge"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="${sign}"/></svg>${finding.verdict}</p>
<div><p class="meaning">${escapeHtml(finding.reason)}</p></div>
</div>
<p class="rule"><b>How it is decided.</b> ${escapeHtml(finding.rule)}</p>
${list(finding.missing, "missing")}
${chartsHtml(finding.charts)}
${list(finding.notes, "notes")}
<p class="again">Again: <code>${escapeHtml(command)}</code> <a href="#verdicts">All verdicts</a></p>
</section>`;
}
