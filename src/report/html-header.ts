/**
 * html-header: the verdict and what it rests on, before anything else.
 */
import type { Verdict } from "../capture/verdict.js";
import { escapeHtml, formatNumber, formatPercent, plural } from "./html-text.js";
import type { ReportData } from "./report-data.js";

/** Signs are drawn, not typed: a font may lack them. */
const VERDICT: Readonly<Record<Verdict, { sign: string; meaning: string }>> = {
  exact: {
    sign: "M4 13l5 5L20 6",
    meaning: "Every steady frame and every counter is as the kernel has them.",
  },
  bounded: {
    sign: "M3 10c3-4 6-4 9-1s6 3 9-1M3 17c3-4 6-4 9-1s6 3 9-1",
    meaning: "There are differences; the trace itself bears out the reason for each.",
  },
  incomplete: {
    sign: "M12 3a9 9 0 1 0 9 9M12 3a9 9 0 0 1 4 1M12 7v5l4 3",
    meaning: "The trace does not hold everything that happened.",
  },
  wrong: {
    sign: "M5 5l14 14M19 5L5 19",
    meaning: "There is a difference without a reason: the replay, or the capture, is wrong.",
  },
};

export function headerHtml(data: ReportData): string {
  const { result, environment } = data;
  const { sign, meaning } = VERDICT[result.verdict];
  const differing =
    result.designs[0]?.counters.filter((row) => row.kernelPages !== row.ledgerPages).length ?? 0;
  const isButForBatches = result.verdict === "exact" && differing > 0;
  const said = isButForBatches
    ? `Every steady frame and every counter is as the kernel has them, save usage (${plural(differing, "counter")}), which each CPU charges ahead in batches.`
    : meaning;
  const because =
    result.because.length === 0
      ? ""
      : `<ul class="because">${result.because.map((why) => `<li>${escapeHtml(why)}</li>`).join("")}</ul>`;
  return `<header>
<p class="eyebrow">PageLedger <span aria-hidden="true">·</span> Whose page is it?</p>
<h1><bdi>${escapeHtml(result.capture)}</bdi></h1>
<div class="verdict ${result.verdict}">
<p class="badge" id="verdict"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="${sign}"/></svg>${result.verdict}</p>
<div><p class="meaning">${said}</p>${because}</div>
</div>
<dl class="facts">${facts(data).join("")}</dl>
<dl class="environment">
<div><dt>made by</dt><dd><code>${escapeHtml(environment.command)}</code></dd></div>
<div><dt>on</dt><dd>${escapeHtml(environment.cpu)}, ${escapeHtml(environment.engine)}, PageLedger ${escapeHtml(environment.version)}</dd></div>
</dl>
</header>`;
}

function facts(data: ReportData): string[] {
  const { result } = data;
  const fact = (name: string, value: string, more: string, isBad = false) =>
    `<div${isBad ? ' class="bad"' : ""}><dt>${name}</dt><dd>${value}</dd><dd class="more">${more}</dd></div>`;
  const removed = data.groups.filter((g) => !g.online).length;
  const out = [
    fact("events", formatNumber(result.events), `in ${plural(result.lines, "line")}`),
    fact("trace", `${formatNumber(result.seconds, 2)} s`, "by the trace's own clock"),
    fact(
      "groups",
      formatNumber(data.groups.length),
      removed === 0 ? "none removed" : `${formatNumber(removed)} of them removed`,
    ),
  ];
  const frames = result.designs[0]?.frames;
  if (frames !== undefined)
    out.push(
      fact(
        "frames as the kernel has them",
        formatPercent(frames.same, frames.steady, frames.same === frames.steady ? 0 : 3),
        `${formatNumber(frames.same)} of ${formatNumber(frames.steady)} steady; ${formatNumber(frames.inFlux)} in flux`,
      ),
    );
  const { agree, disagree, memcgOnly, taskOnly } = result.witnesses;
  out.push(
    fact(
      "witnesses",
      `${formatNumber(agree)} agree`,
      `${formatNumber(disagree)} disagree; memcg alone ${formatNumber(memcgOnly)}, task alone ${formatNumber(taskOnly)}`,
    ),
    fact(
      "events lost",
      formatNumber(result.lostEvents),
      result.lostEvents === 0 ? "none, as the trace says" : "as the trace says",
      result.lostEvents > 0,
    ),
  );
  return out;
}
