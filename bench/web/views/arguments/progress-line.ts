/**
 * progress-line: how far a measurement is, what it does now, and the button that ends it.
 */

import { button, el } from "../../app/dom.js";
import type { BenchModel } from "./bench-model.js";

/** The line, and what draws it anew. */
export function progressLine(
  model: BenchModel,
  isMine: () => boolean,
  words: string,
): { readonly line: HTMLElement; draw(): void } {
  const bar = el("progress", { "aria-label": words });
  const text = el("span", { class: "progress-text", role: "status" });
  const cancel = button("Cancel", () => model.cancel());
  const line = el("div", { class: "progress-line", hidden: true }, bar, text, cancel);
  return {
    line,
    draw() {
      const { running } = model;
      line.hidden = running === undefined || !isMine();
      if (running === undefined || line.hidden) return;
      const { done, total, what } = running.progress;
      bar.max = Math.max(1, total);
      bar.value = done;
      text.textContent = `${Math.min(done + 1, total)} of ${total}: ${what}`;
    },
  };
}
