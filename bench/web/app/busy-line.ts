/**
 * busy-line: what takes long, how far it is, and a way to stop it.  It lies over the page: nothing moves when it comes.
 */
import type { LongWork } from "../../../src/lab/protocol.js";
import { button, el } from "./dom.js";
import type { LabModel } from "./lab-model.js";

const WHAT: Readonly<Record<LongWork, string>> = {
  seek: "Going to the moment",
  column: "Reading the ages of frames",
  history: "Reading the frame's history",
};

/** `onGone` when the button goes while it has the focus. */
export function busyLine(model: LabModel, onGone: () => void): HTMLElement {
  const what = el("span", { role: "status" });
  const meter = el("progress", { max: 1, "aria-label": "Progress", hidden: true });
  const stop = button("Stop", () => model.stop(), { hidden: true });
  const line = el("div", { class: "busy" }, what, meter, stop);
  model.addEventListener("busy", () => {
    const { busy } = model;
    const hadFocus = document.activeElement === stop;
    const text = busy === undefined ? "" : WHAT[busy.work];
    if (what.textContent !== text) what.textContent = text;
    meter.value = busy?.share || 0;
    meter.hidden = stop.hidden = busy === undefined;
    line.toggleAttribute("data-busy", busy !== undefined);
    if (hadFocus && busy === undefined) onGone();
  });
  return line;
}
