/**
 * lookup-view: throughput: what to measure, how far it is, what came out.
 */

import { el } from "../../app/dom.js";
import { groupBy } from "../../app/group-by.js";
import type { BenchModel } from "./bench-model.js";
import type { Suite } from "./bench-protocol.js";
import { chartTable } from "./chart-table.js";
import { checkedOf, choice } from "./elements.js";
import { type LookupChoices, powersOffered, requestOf } from "./lookup-choices.js";
import { bytesChart, caseChart, firstPairChart, firstPairText, twinChart } from "./lookup-figures.js";
import {
  caseText,
  DESIGN_NAMES,
  type EffortName,
  framesText,
  machineText,
  PATTERN_CHOICES,
  peakBytes,
  SUITES,
  secondsFor,
  secondsText,
} from "./lookup-plan.js";
import { progressLine } from "./progress-line.js";
import { sizeChart } from "./size-chart.js";

/** The section, and what draws it anew. */
export function lookupSection(
  model: BenchModel,
  start: LookupChoices,
): { readonly section: HTMLElement; draw(): void } {
  const form = el("form", { class: "bench-form" });
  const chosen = (): LookupChoices => ({
    suites: checkedOf(form, "suite") as Suite[],
    designs: checkedOf(form, "design"),
    patterns: checkedOf(form, "pattern"),
    powers: checkedOf(form, "power").map(Number),
    effort: (checkedOf(form, "lookup-effort")[0] ?? "quick") as EffortName,
    own: start.own,
  });
  const measure = el("button", { type: "submit", class: "primary" }, "Measure");
  const estimate = el("output", { class: "quiet" });
  const group = (name: string, legend: string, ...choices: Node[]) =>
    el("fieldset", { class: name }, el("legend", {}, legend), el("div", { class: "choices" }, ...choices));
  form.append(
    group(
      "suites",
      "Suites",
      ...SUITES.map(({ name, label, text }) =>
        choice("checkbox", "suite", name, start.suites.includes(name), label, el("small", {}, text)),
      ),
    ),
    group(
      "designs",
      "Designs",
      ...DESIGN_NAMES.map((name) => choice("checkbox", "design", name, start.designs.includes(name), name)),
    ),
    group(
      "patterns",
      "Access patterns",
      ...PATTERN_CHOICES.map(({ name, text }) =>
        choice("checkbox", "pattern", name, start.patterns.includes(name), name, el("small", {}, text)),
      ),
    ),
    group(
      "frames",
      "Page frames",
      ...powersOffered(start).map((power) =>
        choice(
          "checkbox",
          "power",
          String(power),
          start.powers.includes(power),
          `2^${power}`,
          el("small", {}, `${machineText(2 ** power)} of memory`),
        ),
      ),
    ),
    group(
      "effort",
      "Effort",
      choice(
        "radio",
        "lookup-effort",
        "quick",
        start.effort === "quick",
        "quick",
        el("small", {}, "wide intervals"),
      ),
      choice(
        "radio",
        "lookup-effort",
        "full",
        start.effort === "full",
        "full",
        el("small", {}, "more and longer samples"),
      ),
    ),
    el("div", { class: "bench-actions" }, measure, estimate),
  );

  const progress = progressLine(model, () => model.running?.of === "lookups", "Throughput being measured");
  const fault = el("p", { class: "fault", role: "alert", hidden: true });
  const results = el("div", { class: "results" });
  const section = el(
    "section",
    { class: "bench-part lookups", "aria-labelledby": "lookups-title" },
    el("h2", { id: "lookups-title" }, "Throughput"),
    el(
      "p",
      {},
      "How many owners of page frames a design looks up in a second, radix against in-page first, beside the same layout in plain JavaScript; and how many pages it charges, uncharges and counts. Every page is owned; every answer is checked before anything is timed.",
    ),
    form,
    progress.line,
    fault,
    results,
  );

  const drawControls = () => {
    const choices = chosen();
    const isEmpty = [choices.suites, choices.designs, choices.patterns, choices.powers].some(
      (list) => list.length === 0,
    );
    measure.disabled = isEmpty || model.running !== undefined;
    const request = requestOf(choices);
    estimate.textContent = isEmpty
      ? "Choose a suite, a design, a pattern and a number of frames."
      : `Takes ${secondsText(secondsFor(request))} and up to ${Math.ceil(peakBytes(request) / 2 ** 20).toLocaleString("en-US")} MiB of memory.`;
  };
  form.addEventListener("change", drawControls);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void model.measureLookups(requestOf(chosen()));
  });

  let shownCells = -1;
  let shownFrames: number | undefined;
  const drawResults = () => {
    const cells = model.lookups?.cells ?? [];
    const failures = model.lookups?.failures ?? [];
    if (cells.length + failures.length === shownCells && cells.length > 0) return;
    shownCells = cells.length + failures.length;
    if (shownCells === 0) {
      results.replaceChildren(
        el(
          "p",
          { class: "empty" },
          "Nothing measured yet. Figures are drawn as they come, and can be saved below.",
        ),
      );
      return;
    }
    const sizes = [...new Set(cells.map(({ frames }) => frames))].sort((a, b) => a - b);
    const frames = sizes.find((size) => size === shownFrames) ?? sizes.at(-1) ?? 0;
    const cases = groupBy(cells, caseText);
    const shown = groupBy(
      cells.filter((cell) => cell.frames === frames),
      caseText,
    );
    const pair = firstPairChart(cells);
    const bytes = bytesChart(cells);
    const twins = twinChart(cells);
    const sizePicker =
      sizes.length > 1 &&
      el(
        "fieldset",
        { class: "sizes" },
        el("legend", {}, "Page frames shown"),
        ...sizes.map((size) =>
          choice("radio", "shown-frames", String(size), size === frames, framesText(size)),
        ),
      );
    if (sizePicker)
      sizePicker.addEventListener("change", () => {
        shownFrames = Number(checkedOf(sizePicker, "shown-frames")[0]);
        shownCells = -1;
        drawResults();
        section.querySelector<HTMLElement>('input[name="shown-frames"]:checked')?.focus();
      });
    results.replaceChildren(
      ...[
        pair && el("h3", {}, "In-page against radix"),
        pair && el("p", { class: "headline" }, firstPairText(pair)),
        el(
          "div",
          { class: "plots" },
          ...[pair, bytes].flatMap((chart) => (chart ? [chartTable(chart)] : [])),
        ),
        sizes.length > 1 && el("h3", {}, "By number of page frames"),
        sizes.length > 1 && el("div", { class: "plots" }, ...[...cases.values()].map(sizeChart)),
        el("h3", {}, "By design"),
        sizePicker,
        el("div", { class: "plots" }, ...[...shown.values()].map((some) => chartTable(caseChart(some)))),
        twins &&
          el(
            "details",
            { class: "fold" },
            el("summary", {}, "Against the same layouts in JavaScript, case by case"),
            el("div", { class: "plots" }, chartTable(twins)),
          ),
        failures.length > 0 &&
          el(
            "ul",
            { class: "missing" },
            ...failures.map(({ design, by, pattern, frames: n, reason }) =>
              el(
                "li",
                {},
                `${[design, by].filter(Boolean).join(" ")}, ${[pattern, framesText(n)].filter(Boolean).join(", ")}: ${reason}`,
              ),
            ),
          ),
        el("p", { class: "quiet how" }, howText(model)),
      ].filter((part) => part !== undefined && part !== false),
    );
  };

  const draw = () => {
    drawControls();
    progress.draw();
    drawResults();
    const isFault = model.fault?.of === "lookups";
    fault.hidden = !isFault;
    fault.textContent = isFault ? `The measurement ended: ${model.fault!.reason}` : "";
    section.dataset.state =
      model.running?.of === "lookups"
        ? "running"
        : isFault
          ? "failed"
          : shownCells > 0
            ? "measured"
            : "empty";
    section.setAttribute("aria-busy", String(model.running?.of === "lookups"));
  };
  return { section, draw };
}

function howText({ lookups, place }: BenchModel): string {
  if (lookups === undefined) return "";
  const { rounds, keys, sampleMs } = lookups.request;
  const clock = place === undefined ? "" : ` The clock of this page steps by ${clockText(place.clockMs)}.`;
  return `Median of ${rounds} samples and its 95 % interval; a sample takes at least ${sampleMs} ms, in batches of ${keys.toLocaleString("en-US")} keys; who charges and uncharges does both in turn, each frame once, and one of them is timed. Competitors take turns, in memory that was opened once: where it lies can move a figure by some parts in a hundred.${clock}`;
}

function clockText(ms: number): string {
  return ms >= 1 ? `${Number(ms.toPrecision(2))} ms` : `${Number((ms * 1000).toPrecision(2))} µs`;
}
