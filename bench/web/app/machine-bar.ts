/**
 * machine-bar: the strip above every view: what is open, the moment that is looked at, progress, faults, where to get a capture.
 */
import type { LabModel } from "./lab-model.js";

export function mountMachine(bar: HTMLElement, model: LabModel): void {
  const draw = () => {
    const { state } = model;
    bar.textContent = state.is === "ready" ? state.opened.title : state.is;
  };
  model.addEventListener("state", draw);
  draw();
}
