/**
 * claim-card: one argument: who said what and when, what was measured, how that is decided, the command that repeats it.
 */
import type { Claim } from "../../../../src/argue/claims.js";
import type { Chart, Verdict } from "../../../../src/argue/finding.js";
import { el } from "../../app/dom.js";
import type { MeasuredClaim } from "./bench-model.js";
import { chartTable } from "./chart-table.js";
import { svg } from "./elements.js";

/** Class that has the colour, and a sign: drawn, since a font may lack it. */
const LOOK: Readonly<Record<Verdict, { readonly tone: string; readonly sign: string }>> = {
  holds: { tone: "good", sign: "M4 13l5 5L20 6" },
  "holds in part": { tone: "warn", sign: "M3 10c3-4 6-4 9-1s6 3 9-1M3 17c3-4 6-4 9-1s6 3 9-1" },
  "does not hold": { tone: "bad", sign: "M5 5l14 14M19 5L5 19" },
  "not decided": { tone: "open", sign: "M8 8a4 4 0 1 1 5 4c-1 .5-1 1-1 3M12 19v1" },
};

export function badge(verdict: Verdict): HTMLElement {
  const { tone, sign } = LOOK[verdict];
  return el(
    "span",
    { class: `verdict ${tone}` },
    svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: sign })),
    verdict,
  );
}

export interface CardState {
  readonly measured: MeasuredClaim | undefined;
  /** Which run it is from. */
  readonly isQuick: boolean;
  /** It is among the claims that are being measured. */
  readonly isRunning: boolean;
  /** Something is being measured: nothing else can be. */
  readonly isBusy: boolean;
  /** What would measure it again. */
  readonly command: string;
}

export interface Card {
  readonly card: HTMLElement;
  draw(state: CardState): void;
}

export function claimCard(claim: Claim, number: number, measure: () => void): Card {
  const titleId = `claim-${claim.id}-title`;
  const button = el(
    "button",
    { type: "button", "aria-label": `Measure claim ${number}: ${claim.title}` },
    "Measure",
  );
  button.addEventListener("click", measure);
  const answer = el("div", { class: "answer" });
  const command = el("code");
  const card = el(
    "article",
    { class: "claim-card", id: `claim-${claim.id}`, "aria-labelledby": titleId },
    el("header", {}, el("h3", { id: titleId }, `${number}. ${claim.title}`), button),
    el(
      "p",
      { class: "who" },
      el("b", {}, claim.who),
      `, ${claim.when}. `,
      el("cite", { class: "quiet" }, claim.thread),
    ),
    el("p", { class: "said" }, claim.claim),
    answer,
    el("p", { class: "again" }, "Again: ", command),
  );
  let drawn: MeasuredClaim | undefined | null = null;
  return {
    card,
    draw({ measured, isQuick, isRunning, isBusy, command: words }) {
      button.disabled = isBusy;
      button.textContent = measured === undefined ? "Measure" : "Measure again";
      card.dataset.state = isRunning ? "running" : measured === undefined ? "unmeasured" : "measured";
      card.setAttribute("aria-busy", String(isRunning));
      command.textContent = measured?.argument.command ?? words;
      // What is folded open stays so while other claims are measured.
      if (drawn === measured) return;
      drawn = measured;
      answer.replaceChildren(...(measured === undefined ? [unmeasured()] : answerOf(measured, isQuick)));
    },
  };
}

function unmeasured(): HTMLElement {
  return el("p", { class: "quiet" }, "Not measured here yet.");
}

function answerOf({ argument, machine }: MeasuredClaim, isQuick: boolean): HTMLElement[] {
  const { finding, seconds } = argument;
  const run = `${isQuick ? "quick" : "full"} run, ${seconds < 1 ? "less than 1" : Math.round(seconds)} s, on `;
  const list = (items: readonly string[], name: string) =>
    items.length === 0 ? [] : [el("ul", { class: name }, ...items.map((item) => el("li", {}, item)))];
  const plots = (charts: readonly Chart[]) => el("div", { class: "plots" }, ...charts.map(chartTable));
  const details = finding.charts.filter(({ isDetail }) => isDetail);
  return [
    el(
      "p",
      { class: "verdict-line" },
      badge(finding.verdict),
      el("span", { class: "quiet" }, run, el("bdi", {}, machine.name)),
    ),
    el("p", { class: "meaning" }, finding.reason),
    ...list(finding.missing, "missing"),
    plots(finding.charts.filter(({ isDetail }) => !isDetail)),
    ...(details.length === 0
      ? []
      : [
          el(
            "details",
            { class: "fold" },
            el("summary", {}, `The times themselves: ${details.length} charts`),
            plots(details),
          ),
        ]),
    el("details", { class: "fold rule" }, el("summary", {}, "How it is decided"), el("p", {}, finding.rule)),
    ...list(finding.notes, "notes"),
  ];
}
