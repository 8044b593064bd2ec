/**
 * composer: a history of your own: choose a workload, set it, look at it in the other views, share it by a link.
 *
 *   #/composer?workload=tenants&frames=262144&events=500000&seed=1&containers=12&web=3&run=1
 *
 * `data-state` of the form: editing, checking, run, refused.
 */
import type { View } from "../../app/context.js";
import { el } from "../../app/dom.js";
import type { LabModel } from "../../app/lab-model.js";
import { drawPicture } from "../../charts/export.js";
import { exportButtons } from "../../charts/export-buttons.js";
import type { ListedWorkload } from "../../workers/history.js";
import { type FieldInput, fieldInput, memory } from "./fields.js";
import { HistoryHelper } from "./helper.js";
import { drawSketch } from "./picture.js";
import { result } from "./result.js";
import {
  defaultsOf,
  fieldsOf,
  queryOf,
  type ReadLink,
  type ReadSettings,
  readLink,
  readSettings,
  type WorkloadRow,
} from "./settings.js";
import { SKETCH_FRAMES, SKETCH_HEAD, type Sketch, sketchRows } from "./sketch.js";
import { type TakeAway, takeAway } from "./take-away.js";

/** Kept when another workload is chosen. */
const COMMON = ["frames", "events", "seed"];
const GROUPS = [
  ["history", "Histories"],
  ["touches", "Touches of frames"],
  ["stride", "Strides of the kernel's radix tree benchmark"],
] as const;

/** What the form held when the view was left, for a way back that names no settings. */
let before: URLSearchParams | undefined;

export const composerView: View = (root, { model, query, signal }) => {
  const helper = new HistoryHelper(signal);
  helper
    .ask<ListedWorkload[]>(async (remote) => remote.list())
    .then((list) => {
      if (list === undefined || signal.aborted) return;
      const link = readLink(query.size > 0 ? query : (before ?? query), list);
      new Composer({ root, model, helper, list, link, signal });
    })
    .catch((error: Error) => {
      const text = `The workloads could not be listed: ${error.message}. Load the page again.`;
      if (!signal.aborted) root.append(el("p", { class: "fault", role: "alert" }, text));
    });
};

interface ComposerParts {
  readonly root: HTMLElement;
  readonly model: LabModel;
  readonly helper: HistoryHelper;
  readonly list: readonly ListedWorkload[];
  readonly link: ReadLink;
  readonly signal: AbortSignal;
}

class Composer {
  readonly #model: LabModel;
  readonly #helper: HistoryHelper;
  readonly #takeAway: TakeAway;
  readonly #form = el("form", { class: "composer-form", novalidate: true, "data-state": "editing" });
  readonly #fields = el("div", { class: "fields" });
  readonly #choice = el("select", { id: "composer-workload", "aria-describedby": "composer-about" });
  readonly #about = el("p", { class: "quiet", id: "composer-about" });
  readonly #linkFault = el("p", { class: "fault", id: "composer-link-fault" });
  readonly #runFault = el("p", { class: "fault", role: "alert", id: "composer-run-fault" });
  readonly #machine = el("p", { class: "quiet", id: "composer-machine" });
  readonly #sketch = el("canvas", { class: "sketch", role: "img", id: "composer-sketch" });
  readonly #list: readonly ListedWorkload[];
  #workload: WorkloadRow;
  #texts: Map<string, string>;
  #inputs: FieldInput[] = [];
  #drawn: Sketch | undefined;
  /** Sketches asked for; only the last is drawn. */
  #sketches = 0;

  constructor({ root, model, helper, list, link, signal }: ComposerParts) {
    this.#model = model;
    this.#list = list;
    this.#workload = link.workload;
    this.#texts = new Map(link.texts);
    this.#helper = helper;
    this.#takeAway = takeAway(helper);
    this.#linkFault.textContent = [...link.faults.values()].join(". ");
    root.append(this.#draw(signal));
    this.#choice.value = this.#workload.name;
    this.#drawFields();
    const isSound = link.faults.size === 0;
    this.#choice.setAttribute("aria-invalid", String(link.faults.has("workload")));
    const { settings } = this.#check(true);
    if (link.run && isSound && settings !== undefined) void this.#run();
  }

  #draw(signal: AbortSignal): HTMLElement {
    for (const [group, label] of GROUPS) {
      const members = this.#list.filter((one) => one.group === group);
      const options = members.map(({ name }) => el("option", { value: name }, name));
      this.#choice.append(el("optgroup", { label }, ...options));
    }
    this.#choice.addEventListener("change", () => this.#choose(this.#choice.value));
    const run = el("button", { type: "submit", class: "primary", id: "composer-run" }, "Run");
    this.#form.append(
      this.#linkFault,
      el(
        "div",
        { class: "field" },
        el("label", { for: "composer-workload" }, "Workload"),
        this.#choice,
        this.#about,
      ),
      this.#fields,
      el("div", { class: "row" }, run, this.#machine),
      this.#runFault,
      result(this.#model, signal),
    );
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#run();
    });
    document.addEventListener("themechange", () => this.#drawSketch(), { signal });
    return el(
      "div",
      { class: "composer" },
      el(
        "div",
        { class: "composer-main" },
        el("h1", {}, "Your own history"),
        el(
          "p",
          {},
          "A history is a row of ledger operations, made from a seed: the same settings give the same operations on every machine. Run it, and the other views show it.",
        ),
        this.#form,
      ),
      el(
        "aside",
        { class: "composer-side" },
        el(
          "figure",
          {},
          this.#sketch,
          el(
            "figcaption",
            { class: "quiet" },
            `The same workload on ${SKETCH_FRAMES.toLocaleString("en-US")} frames: down the frames, to the right the time, colours are owners; faint where nothing happens.`,
          ),
          exportButtons("sketch", "the sketch", {
            png: () =>
              drawPicture({
                title: this.#sketch.getAttribute("aria-label") ?? "",
                canvases: [this.#sketch],
              }),
            csv: () => [SKETCH_HEAD, this.#drawn === undefined ? [] : sketchRows(this.#drawn)],
          }),
        ),
        this.#takeAway.root,
      ),
    );
  }

  #choose(name: string): void {
    const texts = this.#texts;
    this.#workload = this.#list.find((one) => one.name === name) ?? this.#workload;
    this.#texts = defaultsOf(this.#workload);
    for (const common of COMMON) this.#texts.set(common, texts.get(common) ?? "");
    this.#choice.setAttribute("aria-invalid", "false");
    this.#drawFields();
    this.#changed();
  }

  #drawFields(): void {
    this.#about.textContent = `${this.#workload.text}.`;
    this.#inputs = fieldsOf(this.#workload).map((field) =>
      fieldInput(field, this.#texts.get(field.name) ?? ""),
    );
    for (const { field, input } of this.#inputs) {
      input.addEventListener("input", () => {
        this.#texts.set(field.name, input.value);
        this.#check(false);
      });
      input.addEventListener("change", () => this.#changed());
    }
    this.#fields.replaceChildren(...this.#inputs.map((one) => one.root));
  }

  /** A setting stands: says what is wrong, and puts it into the address. */
  #changed(): void {
    this.#linkFault.textContent = "";
    const { settings } = this.#check(true);
    if (settings !== undefined) history.replaceState(null, "", `#/composer?${queryOf(settings)}`);
  }

  /** Reads the form.  While something is typed, faults go away but none comes up. */
  #check(isWhole: boolean): ReadSettings {
    const read = readSettings(this.#workload, this.#texts);
    for (const input of this.#inputs) {
      const fault = read.faults.get(input.field.name);
      if (isWhole || fault === undefined) input.setFault(fault);
    }
    const { settings } = read;
    this.#form.dataset.state = isWhole && settings === undefined ? "refused" : "editing";
    this.#runFault.textContent = "";
    this.#machine.textContent = settings === undefined ? "" : `a machine of ${memory(settings.nrFrames)}`;
    this.#takeAway.show(settings);
    before = new URLSearchParams([["workload", this.#workload.name], ...this.#texts]);
    if (settings !== undefined || this.#sketches === 0) this.#drawSketch();
    return read;
  }

  #drawSketch(): void {
    const { settings } = readSettings(this.#workload, this.#texts);
    const { name, text } = this.#workload;
    const turn = ++this.#sketches;
    const asked = this.#helper.ask<Sketch>(async (remote) => remote.sketch(name, settings));
    asked.then(
      (sketch) => {
        if (sketch === undefined || turn !== this.#sketches) return;
        drawSketch(this.#sketch, sketch);
        this.#drawn = sketch;
        this.#sketch.setAttribute("aria-label", `${name}: ${text}`);
        this.#sketch.dataset.shows = name;
      },
      () => {},
    );
  }

  async #run(): Promise<void> {
    const { settings } = this.#check(true);
    if (settings === undefined) {
      this.#inputs.find(({ input }) => input.getAttribute("aria-invalid") === "true")?.input.focus();
      return;
    }
    history.replaceState(null, "", `#/composer?${queryOf(settings)}`);
    this.#form.dataset.state = "checking";
    const refused = await this.#helper
      .ask((remote) => remote.check(settings))
      .catch((error: Error) => ({ fault: error.message }));
    if (this.#form.dataset.state !== "checking" || !this.#form.isConnected) return;
    if (refused !== undefined) {
      this.#form.dataset.state = "refused";
      this.#runFault.textContent = `${refused.fault}.`;
      return;
    }
    this.#form.dataset.state = "run";
    await this.#model.openSource({ kind: "generated", settings });
  }
}
