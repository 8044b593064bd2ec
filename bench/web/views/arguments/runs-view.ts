/**
 * runs-view: figures as a file, an earlier file, and both side by side.
 */

import { el } from "../../app/dom.js";
import { download } from "../../charts/export.js";
import type { BenchModel } from "./bench-model.js";
import { chartTable } from "./chart-table.js";
import { badge } from "./claim-card.js";
import { type ComparedRuns, compareRuns } from "./compare-runs.js";
import { FILE_BYTES_MAX, RunFileError, readRun, runText, type SavedRun } from "./saved-run.js";

/** The section, and what draws it anew. */
export function runsSection(model: BenchModel): { readonly section: HTMLElement; draw(): void } {
  const save = el("button", { type: "button" }, "Save as JSON");
  save.addEventListener("click", () => {
    const run = model.run();
    const name = `pageledger-${run.date.slice(0, 19).replace(/[:T]/g, "-")}.json`;
    download(name, new Blob([runText(run)], { type: "application/json" }));
  });
  const input = el("input", { type: "file", accept: ".json,application/json", id: "earlier-run" });
  const forget = el("button", { type: "button", hidden: true }, "Forget the earlier run");
  const fault = el("p", { class: "fault", role: "alert", hidden: true });
  const outcome = el("div", { class: "results" });
  const section = el(
    "section",
    { class: "bench-part runs", "aria-labelledby": "runs-title" },
    el("h2", { id: "runs-title" }, "Save and compare"),
    el(
      "p",
      {},
      "A file holds the raw figures, and what they were taken with. Load one from another day or another browser: each figure is then shown as earlier over now. Nothing is uploaded.",
    ),
    el(
      "div",
      { class: "bench-actions" },
      save,
      el("label", { class: "file", for: "earlier-run" }, "Load an earlier run", input),
      forget,
    ),
    fault,
    outcome,
  );

  const refuse = (reason: string) => {
    fault.textContent = reason;
    fault.hidden = reason === "";
    section.dataset.state = reason === "" ? "ready" : "refused";
  };
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    // The same file may be chosen again once it was mended.
    if (file === undefined) return;
    const said = await loaded(file);
    input.value = "";
    if (typeof said === "string") {
      refuse(said);
      return;
    }
    refuse("");
    model.earlier = said;
    model.changed();
  });
  forget.addEventListener("click", () => {
    model.earlier = undefined;
    model.changed();
    input.focus();
  });

  let shown = "";
  const draw = () => {
    save.disabled = !model.hasFigures;
    forget.hidden = model.earlier === undefined;
    // Drawn anew only when there is something new to compare: what is folded open stays so.
    const { quick, full } = model.claims;
    const seconds = [quick, full].flatMap((measured) =>
      [...measured.values()].map(({ argument }) => argument.seconds),
    );
    const key = `${model.earlier?.date} ${model.lookups?.cells.length} ${seconds} ${model.running === undefined}`;
    if (key === shown) return;
    shown = key;
    const { earlier } = model;
    if (earlier === undefined)
      outcome.replaceChildren(el("p", { class: "empty" }, "No earlier run is loaded."));
    else outcome.replaceChildren(...facts(earlier), ...comparison(compareRuns(earlier, model.run())));
    outcome.dataset.state = earlier === undefined ? "empty" : "loaded";
  };
  return { section, draw };
}

/** The run in a file, or what is wrong with it. */
async function loaded(file: File): Promise<SavedRun | string> {
  if (file.size > FILE_BYTES_MAX)
    return `${file.name} has ${Math.ceil(file.size / 2 ** 20)} MiB: no run of this laboratory is larger than ${FILE_BYTES_MAX / 2 ** 20} MiB.`;
  try {
    return readRun(await file.text());
  } catch (error) {
    if (error instanceof RunFileError)
      return `${file.name}: ${error.message}. Choose a file that was saved here.`;
    return `${file.name} cannot be read. Choose it again.`;
  }
}

function facts({ engine, date, environment, lookups, claims }: SavedRun): HTMLElement[] {
  const fact = (name: string, value: string) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, el("bdi", {}, value)));
  const nrArguments = claims.reduce((sum, { arguments: all }) => sum + all.length, 0);
  return [
    el(
      "dl",
      { class: "facts" },
      fact("saved", new Date(date).toLocaleString()),
      fact("holds", `${lookups?.cells.length ?? 0} throughputs, ${nrArguments} arguments`),
      fact("PageLedger", engine),
      fact("browser", environment.userAgent),
      fact("processors", String(environment.cores)),
      fact("page", environment.isIsolated ? "cross-origin isolated" : "not cross-origin isolated"),
    ),
  ];
}

function comparison({ lookups, claims, remarks }: ComparedRuns): HTMLElement[] {
  if (lookups.length + claims.length === 0)
    return [
      el(
        "p",
        { class: "empty" },
        "Nothing was measured in both runs. Measure the same designs, patterns or claims here.",
      ),
    ];
  return [
    el("h3", {}, "Earlier over now"),
    el(
      "p",
      {},
      "Above 1 it took more time, or more bytes, earlier. The two runs have not taken turns: whatever else changed between them is in the ratio too.",
    ),
    ...(remarks.length === 0
      ? []
      : [el("ul", { class: "missing" }, ...remarks.map((text) => el("li", {}, el("bdi", {}, text))))]),
    el("div", { class: "plots" }, ...lookups.map(chartTable)),
    ...claims.map(({ title, isQuick, earlier, now, isSameMachine, charts }) =>
      el(
        "details",
        { class: "fold compared-claim" },
        el("summary", {}, title, " ", badge(earlier), " → ", badge(now)),
        el(
          "p",
          { class: "quiet" },
          `${isQuick ? "Quick" : "Full"} runs${isSameMachine ? "" : ", of different machines"}.`,
        ),
        el("div", { class: "plots" }, ...charts.map(chartTable)),
      ),
    ),
  ];
}
