/**
 * claims-view: the eleven arguments as cards, measured one by one or all in a row.
 */
import { CLAIMS, type ClaimId } from "../../../../src/argue/claims.js";
import type { Verdict } from "../../../../src/argue/finding.js";
import type { LabSource } from "../../../../src/lab/protocol.js";
import { el } from "../../app/dom.js";
import type { LabModel } from "../../app/lab-model.js";
import { type BenchModel, type MeasuredClaim, machinesOf } from "./bench-model.js";
import { badge, claimCard } from "./claim-card.js";
import { commandFor } from "./command.js";
import { checkedOf, choice } from "./elements.js";
import { progressLine } from "./progress-line.js";

const VERDICTS: readonly Verdict[] = ["holds", "holds in part", "does not hold", "not decided"];

/** The section, and what draws it anew. */
export function claimsSection(
  model: BenchModel,
  lab: LabModel,
  isFullAtFirst: boolean,
): { readonly section: HTMLElement; draw(): void } {
  const isQuick = () => checkedOf(section, "claim-effort")[0] !== "full";
  const source = (): LabSource | undefined =>
    checkedOf(section, "claim-machine")[0] === "open" && lab.opened !== undefined
      ? lab.request?.source
      : undefined;
  const measure = (ids: readonly ClaimId[]) => void model.measureClaims(ids, isQuick(), source());

  const all = el("button", { type: "button", class: "primary" }, "Measure all");
  all.addEventListener("click", () => measure(CLAIMS.map(({ id }) => id)));
  const openName = el("bdi");
  const openChoice = choice("radio", "claim-machine", "open", false, "what is open: ", openName);
  const generated = choice(
    "radio",
    "claim-machine",
    "generated",
    true,
    "a generated machine",
    el("small", {}, "the same as the command's without a folder"),
  );
  const tally = el("p", { class: "tally" });
  const progress = progressLine(model, () => model.running?.of !== "lookups", "Claims being measured");
  const fault = el("p", { class: "fault", role: "alert", hidden: true });
  const machines = el("div", { class: "quiet measured-on" });
  const cards = CLAIMS.map((claim, i) => ({
    id: claim.id,
    ...claimCard(claim, i + 1, () => measure([claim.id])),
  }));
  const section = el(
    "section",
    { class: "bench-part claims", "aria-labelledby": "claims-title" },
    el("h2", { id: "claims-title" }, "The arguments"),
    el(
      "p",
      {},
      "What was claimed in the kernel's threads about where a page's owner should be kept, in our own words, held against what this machine measures. A verdict rests on whole 95 % intervals; where they do not decide, it says so.",
    ),
    el(
      "div",
      { class: "bench-form" },
      el(
        "fieldset",
        {},
        el("legend", {}, "On the history of"),
        el("div", { class: "choices" }, generated, openChoice),
      ),
      el(
        "fieldset",
        { class: "effort" },
        el("legend", {}, "Effort"),
        el(
          "div",
          { class: "choices" },
          choice(
            "radio",
            "claim-effort",
            "quick",
            !isFullAtFirst,
            "quick",
            el("small", {}, "all in about a minute; much stays undecided"),
          ),
          choice(
            "radio",
            "claim-effort",
            "full",
            isFullAtFirst,
            "full",
            el("small", {}, "all in three to five minutes; wants 1 GiB of memory"),
          ),
        ),
      ),
      el("div", { class: "bench-actions" }, all),
    ),
    progress.line,
    fault,
    tally,
    machines,
    el("div", { class: "cards" }, ...cards.map(({ card }) => card)),
  );

  const draw = () => {
    const { running } = model;
    const of = running === undefined || running.of === "lookups" ? [] : running.of;
    const effort = isQuick() ? "quick" : "full";
    const other = effort === "quick" ? "full" : "quick";
    all.disabled = running !== undefined;
    openChoice.hidden = lab.opened === undefined;
    openName.textContent = lab.opened?.title ?? "";
    if (lab.opened === undefined) generated.querySelector("input")!.checked = true;
    progress.draw();
    const isFault = model.fault?.of === "claims";
    fault.hidden = !isFault;
    fault.textContent = isFault ? `The measurement ended: ${model.fault!.reason}` : "";
    const shown: MeasuredClaim[] = [];
    const verdicts = cards.map(({ id, draw: drawCard }) => {
      const asChosen = model.claims[effort].get(id);
      const measured = asChosen ?? model.claims[other].get(id);
      if (measured !== undefined) shown.push(measured);
      drawCard({
        measured,
        isQuick: (asChosen ? effort : other) === "quick",
        isRunning: of.includes(id),
        isBusy: running !== undefined,
        command: commandFor(id, isQuick(), source()),
      });
      return measured?.argument.finding.verdict;
    });
    const counts = VERDICTS.map(
      (verdict) => [verdict, verdicts.filter((each) => each === verdict).length] as const,
    );
    tally.replaceChildren(
      ...counts
        .filter(([, count]) => count > 0)
        .map(([verdict, count]) => el("span", {}, badge(verdict), ` ${count}`)),
    );
    tally.hidden = tally.childElementCount === 0;
    machines.hidden = shown.length === 0;
    machines.replaceChildren(
      ...machinesOf(shown).map(({ name, frames, operations, what }) =>
        el(
          "p",
          {},
          "Measured on ",
          el("bdi", {}, name),
          `: ${frames.toLocaleString("en-US")} page frames, ${operations.toLocaleString("en-US")} operations, ${what}.`,
        ),
      ),
    );
    section.dataset.state =
      of.length > 0 ? "running" : isFault ? "failed" : tally.hidden ? "empty" : "measured";
  };
  section.addEventListener("change", draw);
  return { section, draw };
}
