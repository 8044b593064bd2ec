/**
 * machine-bar: the strip above every view: what is open, what is going on, what went wrong, and the time.
 *
 *   idle     nothing is open                                          [Open…]
 *   loading  Opening nested  ▓▓▓▓░░░  reading · 41 % · 96,000 events  [Cancel]
 *   failed   trace.txt, line 5: what is wrong.  Remedy.               [Open nested again] [Open…]
 *            what is refused while something is open stands below it   [Dismiss]
 *   ready    nested · 234,823 events · 7.1 s · …  (exact)             [Open…] [Close]
 *            ▷ ──────────●────  3.217 s · event 120,000
 *            what takes long: Going to the moment ▓▓░░             [Stop]
 */
import { formatNumber, formatPercent } from "../../../src/report/html-text.js";
import { busyLine } from "./busy-line.js";
import { button, el, name } from "./dom.js";
import { mountDropZone } from "./drop-zone.js";
import { type LabModel, type LabState, type Refusal, titleOf } from "./lab-model.js";
import { sourceChoices } from "./source-choices.js";
import { servedCapture } from "./sources.js";
import { timeSlider } from "./time-slider.js";
import { verdictBadge } from "./verdict-badge.js";

export function mountMachine(bar: HTMLElement, model: LabModel): void {
  const said = el("p", { class: "visually-hidden", role: "status" });
  const now = el("div", { class: "now" });
  const panel = el("div", { class: "panel", id: "open-panel", hidden: true });
  const choices = sourceChoices(model, new AbortController().signal, () => show(false));
  panel.append(choices);
  const toggle = button("Open…", () => show(panel.hidden !== false), {
    "aria-expanded": "false",
    "aria-controls": "open-panel",
    class: "open",
  });
  const show = (isShown: boolean) => {
    panel.hidden = !isShown;
    toggle.setAttribute("aria-expanded", String(isShown));
  };
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    show(false);
    toggle.focus();
  });
  const refused = el("div", { class: "now", hidden: true });
  const slider = timeSlider(model);
  const busy = busyLine(model, () => slider.querySelector<HTMLElement>(".time")?.focus());
  bar.append(said, now, refused, panel, slider, busy);
  mountDropZone(model);

  const progress = progressRow(model);
  let before: LabState["is"] | undefined;
  const draw = () => {
    const { state } = model;
    if (state.is === "ready") bar.dataset.openMs = state.opened.openMs.toFixed(1);
    bar.dataset.state = state.is;
    if (state.is === "loading") progress.show(state.title, state.progress);
    if (state.is === before && state.is === "loading") return;
    before = state.is;
    const hadFocus = now.contains(document.activeElement);
    if (state.is === "loading") show(false);
    now.replaceChildren(...partsOf(state, model, progress.row, toggle));
    if (hadFocus) now.querySelector<HTMLElement>("button")?.focus();
    said.textContent = sayState(state);
  };
  model.addEventListener("state", draw);
  model.addEventListener("refused", () => {
    const hadFocus = refused.contains(document.activeElement);
    refused.hidden = model.refused === undefined;
    refused.replaceChildren(
      ...(model.refused === undefined
        ? []
        : [
            notOpened(model.refused),
            el(
              "div",
              { class: "acts" },
              button("Dismiss", () => model.dismiss()),
            ),
          ]),
    );
    if (hadFocus) now.querySelector<HTMLElement>("button")?.focus();
  });
  draw();

  const served = servedCapture();
  if (served !== undefined) void model.openSource(served);
}

function partsOf(state: LabState, model: LabModel, progress: HTMLElement, toggle: HTMLElement): Node[] {
  switch (state.is) {
    case "idle":
      return [
        el("p", { class: "what quiet" }, "Nothing is open."),
        el("div", { class: "acts" }, ...again(model), toggle),
      ];
    case "loading":
      return [progress];
    case "failed":
      return [notOpened(state), el("div", { class: "acts" }, ...again(model), toggle)];
    case "ready": {
      const { title, events, seconds, nrFrames, design, kind, result } = state.opened;
      const noun = kind === "generated" ? "operations" : "events";
      const facts = [
        `${formatNumber(events)} ${noun}`,
        ...(kind !== "generated" && seconds > 0 ? [`${formatNumber(seconds, 1)} s`] : []),
        `${formatNumber(nrFrames)} frames`,
        `owners in ${design}`,
      ];
      return [
        el(
          "p",
          { class: "what" },
          el("b", { class: "title" }, name(title)),
          ...facts.map((fact) => el("span", { class: "fact" }, fact)),
        ),
        ...(result === undefined ? [] : [verdictBadge(result.verdict, "#/replay")]),
        el(
          "div",
          { class: "acts" },
          toggle,
          button("Close", () => model.cancel()),
        ),
      ];
    }
  }
}

function notOpened({ title, fault: { place, reason, remedy } }: Refusal): HTMLElement {
  return el(
    "div",
    { class: "not-opened", role: "alert" },
    el("p", {}, el("b", {}, "Not opened: ", name(title))),
    el("p", { class: "reason" }, name(place), ": ", reason),
    el("p", { class: "remedy" }, el("b", {}, "Remedy: "), remedy),
  );
}

/** After a fault or a close: the way back to what was open before. */
function again(model: LabModel): Node[] {
  const { lastGood } = model;
  if (lastGood === undefined) return [];
  return [button(`Open ${titleOf(lastGood)} again`, () => void model.open(lastGood), { class: "again" })];
}

function progressRow(model: LabModel) {
  const title = el("p", { class: "what" });
  const meter = el("progress", { max: 1, "aria-label": "Progress" });
  const figures = el("p", { class: "figures quiet" });
  const row = el(
    "div",
    { class: "loading" },
    title,
    meter,
    figures,
    button("Cancel", () => model.cancel(), { class: "cancel" }),
  );
  return {
    row,
    show(named: string, { what, share, events }: { what: string; share?: number; events: number }): void {
      title.replaceChildren("Opening ", el("b", { class: "title" }, name(named)));
      if (share === undefined) meter.removeAttribute("value");
      else meter.value = Math.min(1, Math.max(0, share));
      figures.textContent = [
        what,
        ...(share === undefined ? [] : [formatPercent(share, 1, 0)]),
        ...(events > 0 ? [`${formatNumber(events)} events`] : []),
      ].join(" · ");
    },
  };
}

function sayState(state: LabState): string {
  if (state.is === "loading") return `Opening ${state.title}`;
  if (state.is !== "ready") return "";
  const { title, result } = state.opened;
  return `${title} is open${result === undefined ? "" : `: ${result.verdict}`}`;
}
