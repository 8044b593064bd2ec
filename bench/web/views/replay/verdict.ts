/**
 * verdict: what the replay is worth against the kernel's own counts, and what that rests on.
 */

import type { Opened } from "../../../../src/lab/protocol.js";
import { formatNumber, formatPercent, plural } from "../../../../src/report/html-text.js";
import { el, name } from "../../app/dom.js";
import { verdictBadge, verdictMeaning } from "../../app/verdict-badge.js";
import type { SectionContext } from "./section.js";

export function verdictSection({ opened }: SectionContext): HTMLElement {
  const { result, title } = opened;
  const head = el("h1", {}, name(title));
  if (result === undefined)
    return el(
      "section",
      { class: "verdict-section" },
      head,
      el("p", { class: "no-verdict" }, whyNone(opened)),
      el("dl", { class: "fact-list" }, ...plainFacts(opened)),
    );
  const because = result.because.map((why) => el("li", {}, why));
  return el(
    "section",
    { class: "verdict-section" },
    head,
    el(
      "div",
      { class: `against ${result.verdict}` },
      verdictBadge(result.verdict),
      el(
        "div",
        {},
        el("p", { class: "meaning" }, verdictMeaning(result)),
        because.length > 0 && el("ul", { class: "because" }, ...because),
      ),
    ),
    el("dl", { class: "fact-list" }, ...facts(opened)),
  );
}

function whyNone({ kind, missing = [] }: Opened): string {
  return kind === "generated"
    ? "A generated history: there is no kernel to hold it against, and no verdict."
    : `No verdict: nothing of the kernel's to hold it against. It needs ${missing.join(", ") || "the kernel's tables"} beside the trace.`;
}

function fact(term: string, value: string, more = "", isBad = false): HTMLElement {
  return el(
    "div",
    { class: isBad ? "bad" : undefined },
    el("dt", {}, term),
    el("dd", {}, value),
    more !== "" && el("dd", { class: "more" }, more),
  );
}

function plainFacts({
  kind,
  events,
  seconds,
  containers,
  nrFrames,
  openMs,
  heldBytes,
}: Opened): HTMLElement[] {
  const removed = containers.filter(({ until }) => Number.isFinite(until)).length;
  return [
    fact(kind === "generated" ? "operations" : "events", formatNumber(events)),
    ...(kind !== "generated" && seconds > 0
      ? [fact("trace", `${formatNumber(seconds, 2)} s`, "by its own clock")]
      : []),
    fact(
      "containers",
      formatNumber(containers.length),
      removed === 0 ? "none removed" : `${formatNumber(removed)} of them removed`,
    ),
    fact("frames", formatNumber(nrFrames)),
    fact(
      "opened in",
      `${formatNumber(openMs / 1000, 2)} s`,
      `${formatNumber(heldBytes / 2 ** 20, 1)} MiB held`,
    ),
  ];
}

function facts(opened: Opened): HTMLElement[] {
  const result = opened.result!;
  const frames = result.designs[0]?.frames;
  const counters = result.designs[0]?.counters ?? [];
  const equal = counters.filter((row) => row.kernelPages === row.ledgerPages).length;
  const { agree, disagree, memcgOnly, taskOnly } = result.witnesses;
  return [
    ...(frames === undefined
      ? []
      : [
          fact(
            "frames as the kernel has them",
            formatPercent(frames.same, frames.steady, frames.same === frames.steady ? 0 : 3),
            `${formatNumber(frames.same)} of ${formatNumber(frames.steady)} steady`,
          ),
          fact("frames in flux", formatNumber(frames.inFlux), "changed while the kernel's table was read"),
          fact(
            "frames missing",
            formatNumber(frames.missing),
            "the kernel has an owner, the ledger another or none",
            frames.missing > 0,
          ),
          fact(
            "frames extra",
            formatNumber(frames.extra),
            "the ledger has an owner, the kernel another or none",
            frames.extra > 0,
          ),
        ]),
    fact("counters as the kernel has them", `${formatNumber(equal)} of ${formatNumber(counters.length)}`),
    fact(
      "witnesses",
      `${formatNumber(agree)} agree`,
      `${formatNumber(disagree)} disagree; memcg alone ${formatNumber(memcgOnly)}, task alone ${formatNumber(taskOnly)}`,
      disagree > 0,
    ),
    fact("events lost", formatNumber(result.lostEvents), "as the trace says", result.lostEvents > 0),
    ...plainFacts(opened).map((each, i) => {
      if (i === 0) each.append(el("dd", { class: "more" }, `in ${plural(result.lines, "line")}`));
      return each;
    }),
  ];
}
