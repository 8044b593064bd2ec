/**
 * replay: a source as a whole: the verdict first, then the containers at the slider's moment, use over time, differences.
 */

import type { Opened } from "../../../../src/lab/protocol.js";
import type { View } from "../../app/context.js";
import { el } from "../../app/dom.js";
import { sourceChoices } from "../../app/source-choices.js";
import { containersSection } from "./containers.js";
import { designsSection } from "./designs.js";
import { differencesSection } from "./differences.js";
import type { SectionContext } from "./section.js";
import { timeSection } from "./time.js";
import { verdictSection } from "./verdict.js";

export const replayView: View = (root, { model, signal }) => {
  let shown: Opened | string | undefined;
  let inner = new AbortController();
  signal.addEventListener("abort", () => inner.abort());
  const draw = () => {
    const { state } = model;
    const next = state.is === "ready" ? state.opened : state.is;
    // Progress is the strip's to show.
    if (next === shown) return;
    shown = next;
    inner.abort();
    inner = new AbortController();
    root.dataset.state = state.is;
    if (state.is === "ready") {
      const context = { opened: state.opened, model, signal: inner.signal };
      root.replaceChildren();
      mountInTurn(root, context, [
        verdictSection,
        containersSection,
        timeSection,
        designsSection,
        differencesSection,
      ]);
    } else if (state.is === "loading") {
      root.replaceChildren(
        el(
          "p",
          { class: "waiting quiet" },
          "The verdict, the containers and their use over time are shown here when the replay is through.",
        ),
      );
    } else root.replaceChildren(welcome(), sourceChoices(model, inner.signal));
  };
  model.on("state", draw, signal);
  draw();
};

/** One a frame: built and laid out all at once, they would hold the page up. */
function mountInTurn(
  root: HTMLElement,
  context: SectionContext,
  [first, ...rest]: readonly ((context: SectionContext) => HTMLElement)[],
): void {
  if (first === undefined || context.signal.aborted) return;
  root.append(first(context));
  requestAnimationFrame(() => mountInTurn(root, context, rest));
}

function welcome(): HTMLElement {
  return el(
    "div",
    { class: "welcome" },
    el("h1", {}, "Whose page is it?"),
    el(
      "p",
      {},
      "Open a capture of a Linux kernel: its trace is replayed here, event by event, and each page frame's owner is held against the kernel's own tables. Then go to any moment, and see who held what.",
    ),
  );
}
