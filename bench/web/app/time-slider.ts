/**
 * time-slider: the moment that the whole page looks at, by events.
 *
 *   ← →  one event     shift + ← →, page keys  1 %     Home, End  the ends
 *
 * It shows what is asked for at once; the row's data-event tells which moment the page has.
 */
import { formatNumber } from "../../../src/report/html-text.js";
import { button, el, SIGNS, sign } from "./dom.js";
import type { LabModel } from "./lab-model.js";
import { secondsAt } from "./timeline.js";

/** Seconds that playing takes from the first event to the last. */
const PLAY_SECONDS = 20;

export function timeSlider(model: LabModel): HTMLElement {
  const range = el("input", {
    type: "range",
    min: 0,
    step: 1,
    class: "time",
    "aria-label": "Moment, in events",
  });
  const at = el("input", { type: "number", min: 0, step: 1, class: "event-at", "aria-label": "Go to event" });
  const ofAll = el("span", { class: "of-all" });
  const seconds = el("output", { class: "seconds" });
  const clock = el("span", {}, seconds, " · ");
  const percent = () => Math.max(1, Math.round((model.opened?.events ?? 0) / 100));
  const by = (events: number) => model.seek(model.target + events);
  const step = (label: string, text: string, events: () => number) =>
    button(text, () => by(events()), {
      "aria-label": label,
      title: label,
      class: text.endsWith("%") ? "step percent" : "step",
    });
  const play = button("", () => (playing === undefined ? start() : stop()), { class: "step play" });
  const row = el(
    "div",
    { class: "slider", role: "group", "aria-label": "Time", hidden: true },
    play,
    step("Back by 1 %", "−1 %", () => -percent()),
    step("Back by one event", "−1", () => -1),
    range,
    step("On by one event", "+1", () => 1),
    step("On by 1 %", "+1 %", percent),
    el("span", { class: "where" }, clock, "event ", at, ofAll),
  );

  let playing: number | undefined;
  const stop = () => {
    if (playing !== undefined) cancelAnimationFrame(playing);
    playing = undefined;
    play.replaceChildren(sign(SIGNS.play));
    play.setAttribute("aria-label", "Play");
    play.title = "Play";
  };
  const start = () => {
    const all = model.opened?.events ?? 0;
    if (model.target >= all) model.seek(0);
    let before: number | undefined;
    let position = model.target;
    const next = (now: number) => {
      if (model.opened === undefined || Math.round(position) !== model.target) return stop();
      position = Math.min(all, position + (all * (now - (before ?? now))) / (PLAY_SECONDS * 1000));
      before = now;
      model.seek(position);
      if (position >= all) return stop();
      playing = requestAnimationFrame(next);
    };
    playing = requestAnimationFrame(next);
    play.replaceChildren(sign(SIGNS.pause));
    play.setAttribute("aria-label", "Pause");
    play.title = "Pause";
  };
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const allowPlay = () => {
    play.hidden = still.matches;
    if (still.matches) stop();
  };
  still.addEventListener("change", allowPlay);
  stop();
  allowPlay();

  range.addEventListener("input", () => model.seek(range.valueAsNumber));
  range.addEventListener("keydown", (event) => {
    const forward = { ArrowRight: 1, ArrowUp: 1, PageUp: 1, ArrowLeft: -1, ArrowDown: -1, PageDown: -1 }[
      event.key
    ];
    if (forward === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    by(forward * (event.shiftKey || event.key.startsWith("Page") ? percent() : 1));
  });
  at.addEventListener("change", () => {
    if (Number.isFinite(at.valueAsNumber)) model.seek(at.valueAsNumber);
    else showTarget();
  });

  const showTarget = () => {
    const { opened, target } = model;
    if (opened === undefined) return;
    const when = `${formatNumber(secondsAt(opened.timeline, target), 3)} s`;
    range.value = String(target);
    range.setAttribute(
      "aria-valuetext",
      `event ${formatNumber(target)} of ${formatNumber(opened.events)}${opened.kind === "generated" ? "" : `, ${when}`}`,
    );
    at.value = String(target);
    seconds.textContent = when;
  };
  const showState = () => {
    const { opened } = model;
    row.hidden = opened === undefined;
    if (opened === undefined) {
      stop();
      delete row.dataset.event;
      return;
    }
    range.max = String(opened.events);
    at.max = String(opened.events);
    at.size = String(opened.events).length;
    // A generated history has no clock.
    clock.hidden = opened.kind === "generated";
    ofAll.textContent = ` of ${formatNumber(opened.events)}`;
    showTarget();
  };
  const showMoment = () => {
    const { moment } = model;
    if (moment === undefined) return;
    row.dataset.event = String(moment.event);
    if (moment.event === model.target) seconds.textContent = `${formatNumber(moment.seconds, 3)} s`;
  };
  model.addEventListener("state", showState);
  model.addEventListener("target", showTarget);
  model.addEventListener("moment", showMoment);
  showState();
  return row;
}
