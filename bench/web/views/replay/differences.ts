/**
 * differences: every counter and frame that ledger and kernel have otherwise, by reason.
 */

import type { CounterRow } from "../../../../src/capture/verify-counters.js";
import type { FrameDifference, Opened } from "../../../../src/lab/protocol.js";
import { formatNumber, formatPages, plural } from "../../../../src/report/html-text.js";
import { button, type Child, el, name } from "../../app/dom.js";
import { groupBy } from "../../app/group-by.js";
import type { LabModel } from "../../app/lab-model.js";
import { csvRows, fileNameOf, saveCsv, saveCsvParts } from "../../charts/export.js";
import { type SectionContext, section, table } from "./section.js";

/** Rows that are drawn at once, of one reason; the count above them is of all. */
const LISTED = 200;
/** Rows of a file that are made at once. */
const SAVED = 5000;

export function differencesSection({ opened, model }: SectionContext): HTMLElement {
  if (opened.result === undefined)
    return section("differences", "Differences", el("p", { class: "quiet" }, "Nothing to differ from."));
  return section(
    "differences",
    "Differences, by reason",
    el("h3", {}, "Counters"),
    ...counterGroups(opened),
    el("h3", {}, "Frames"),
    ...frameGroups(opened, model),
    ...leftAside(opened),
  );
}

function reasonText(reason: string): string {
  return reason === "" ? "no reason found: the replay, or the capture, is wrong" : reason;
}

/** Folded, with its rows made when it is first opened. */
function fold(reason: string, count: string, rows: () => HTMLElement): HTMLElement {
  const details = el(
    "details",
    { class: reason === "" ? "reason bad" : "reason" },
    el("summary", {}, el("b", {}, count), `: ${reasonText(reason)}`),
  );
  details.addEventListener("toggle", () => details.append(rows()), { once: true });
  return details;
}

function firstOf(shown: number, all: number): Child {
  return (
    shown < all && el("p", { class: "quiet" }, `The first ${formatNumber(shown)} of ${formatNumber(all)}.`)
  );
}

function counterGroups({ result, title }: Opened): HTMLElement[] {
  const counters = result!.designs[0]?.counters ?? [];
  const differing = counters.filter((row) => row.kernelPages !== row.ledgerPages);
  if (differing.length === 0)
    return [
      el(
        "p",
        { class: "none" },
        counters.length === 0
          ? "The capture has no counters of the kernel to compare with."
          : `None: all ${formatNumber(counters.length)} counters are the kernel's to the page.`,
      ),
    ];
  const csv = () =>
    saveCsv(
      `${fileNameOf(title)}-counters.csv`,
      ["container", "counter", "kernel", "ledger", "reason"],
      differing.map((row) => [row.group, row.item, row.kernelPages, row.ledgerPages, row.reason ?? ""]),
    );
  return [
    ...[...groupBy(differing, ({ reason }) => reason ?? "")].map(([reason, rows]) =>
      fold(reason, plural(rows.length, "counter"), () =>
        growing(rows.length, counterTable, async (from, to) => rows.slice(from, to)),
      ),
    ),
    button("CSV", csv, { title: "Save the counters that differ, of all reasons", "data-save": "counters" }),
  ];
}

function faultLine(): HTMLElement {
  return el("p", { class: "fault", role: "alert", hidden: true });
}

function sayFault(fault: HTMLElement, error: unknown): void {
  fault.textContent = `The session could not say: ${error instanceof Error ? error.message : String(error)}`;
  fault.hidden = false;
}

/** The first of them, and a button for more; what comes is put below what is there. */
function growing<T>(
  count: number,
  tableOf: (rows: readonly T[]) => HTMLElement,
  take: (from: number, to: number) => Promise<readonly T[]>,
): HTMLElement {
  const made = tableOf([]);
  const body = made.querySelector("tbody")!;
  const note = el("p", { class: "quiet" });
  const fault = faultLine();
  let shown = 0;
  let isGrowing = false;
  const grow = async () => {
    // Pressed twice it grows once.
    if (isGrowing) return;
    isGrowing = true;
    fault.hidden = true;
    try {
      const to = Math.min(count, shown + LISTED);
      const rows = await take(shown, to);
      body.append(...tableOf(rows).querySelectorAll("tbody > tr"));
      shown = to;
      note.textContent = `The first ${formatNumber(shown)} of ${formatNumber(count)}.`;
      if (document.activeElement === more && shown === count) made.focus();
      note.hidden = more.hidden = shown === count;
    } catch (error) {
      sayFault(fault, error);
    } finally {
      isGrowing = false;
    }
  };
  const more = button("Show more", () => void grow(), { class: "more" });
  void grow();
  return el("div", {}, made, note, fault, more);
}

function counterTable(rows: readonly CounterRow[]): HTMLElement {
  return table(
    "Counters that differ",
    [
      { head: "container" },
      { head: "counter" },
      { head: "kernel, pages", isNumber: true },
      { head: "ledger, pages", isNumber: true },
      { head: "ledger − kernel", isNumber: true },
    ],
    rows.map(({ group, item, kernelPages, ledgerPages }) => [
      name(group),
      item,
      formatPages(kernelPages),
      formatPages(ledgerPages),
      formatPages(ledgerPages - kernelPages).replace(/^-/, "−"),
    ]),
  );
}

function frameGroups({ result, title }: Opened, model: LabModel): HTMLElement[] {
  const counts = Object.entries(result!.designs[0]?.frames.reasons ?? {}).filter(([, n]) => n > 0);
  if (counts.length === 0)
    return [el("p", { class: "none" }, "None: every steady frame is where the kernel has it.")];
  counts.sort(([a], [b]) => Number(a !== "") - Number(b !== ""));
  const fault = faultLine();
  const csv = async () => {
    fault.hidden = true;
    try {
      const parts = [csvRows([["pfn", "kernel", "ledger", "reason"]])];
      for (const [reason, count] of counts)
        for (let from = 0; from < count; from += SAVED) {
          const rows = await model.differences(reason, from, SAVED);
          parts.push(csvRows(rows.map(({ pfn, kernel, ledger }) => [pfn, kernel, ledger, reason])));
        }
      saveCsvParts(`${fileNameOf(title)}-frames.csv`, parts);
    } catch (error) {
      sayFault(fault, error);
    }
  };
  return [
    ...counts.map(([reason, count]) =>
      fold(reason, plural(count, "frame"), () =>
        growing(count, frameTable, (from, to) => model.differences(reason, from, to - from)),
      ),
    ),
    button("CSV", () => void csv(), {
      title: "Save all these frames, of all reasons",
      "data-save": "frames",
    }),
    fault,
  ];
}

function frameTable(rows: readonly FrameDifference[]): HTMLElement {
  const side = (path: string): Child => (path === "" ? el("span", { class: "quiet" }, "none") : name(path));
  return table(
    "Frames placed otherwise",
    [{ head: "pfn" }, { head: "kernel" }, { head: "ledger" }],
    rows.map(({ pfn, kernel, ledger }) => [
      el("code", {}, `0x${pfn.toString(16)}`),
      side(kernel),
      side(ledger),
    ]),
  );
}

/** Events that were not used, operations about what the trace had not introduced, witnesses that disagree. */
function leftAside({ result }: Opened): HTMLElement[] {
  const { skipped, stray, witnesses } = result!;
  const list = (title: string, counts: Readonly<Record<string, number>>, none: string) => {
    const entries = Object.entries(counts).filter(([, n]) => n > 0);
    entries.sort((a, b) => b[1] - a[1]);
    const body =
      entries.length === 0
        ? el("p", { class: "none" }, none)
        : el(
            "ul",
            { class: "counts" },
            ...entries.map(([what, n]) => el("li", {}, name(what), ` ${formatNumber(n)}`)),
          );
    return el("div", {}, el("h3", {}, title), body);
  };
  const aside = el(
    "div",
    { class: "columns" },
    list("Events not used", skipped, "Every event of the trace was used."),
    list(
      "Stray operations",
      stray,
      "None: each event was about a frame or task that the trace had introduced.",
    ),
  );
  if (witnesses.listed.length === 0) return [aside];
  const rows = witnesses.listed.map(({ line, pfn, task, memcg }) => [
    formatNumber(line),
    el("code", {}, `0x${pfn.toString(16)}`),
    name(task || "outside"),
    name(memcg || "outside"),
  ]);
  return [
    aside,
    el("h3", {}, "Witnesses that disagree"),
    table(
      "Witnesses that disagree",
      [{ head: "line" }, { head: "pfn" }, { head: "task's container" }, { head: "event's container" }],
      rows,
    ),
    ...[firstOf(rows.length, witnesses.disagree)].filter((each) => each instanceof HTMLElement),
  ];
}
