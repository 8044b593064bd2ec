/**
 * drop-zone: the whole page takes a capture.
 */

import { el } from "./dom.js";
import { droppedFiles, type PlacedFile, sourceOf } from "./dropped-files.js";
import { faultOf } from "./fault-of.js";
import type { LabModel } from "./lab-model.js";

export function mountDropZone(model: LabModel): void {
  const cover = el(
    "div",
    { class: "drop-cover", hidden: true },
    el("p", {}, "Drop a capture: its folder, a .zip of it, or its files"),
  );
  document.body.append(cover);
  const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
  addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    cover.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    // Leaving an element for another one has a related target; leaving the window has none.
    if (event.relatedTarget === null) cover.hidden = true;
  });
  addEventListener("drop", (event) => {
    cover.hidden = true;
    if (!holdsFiles(event) || event.dataTransfer === null) return;
    event.preventDefault();
    void openPlaced(model, droppedFiles(event.dataTransfer));
  });
}

/** Opens what was dropped or picked, or says why it cannot be opened; neither if something else was chosen meanwhile. */
export async function openPlaced(
  model: LabModel,
  placed: readonly PlacedFile[] | Promise<readonly PlacedFile[]>,
): Promise<void> {
  const title = "what was dropped";
  const isNewest = model.choose();
  try {
    const source = sourceOf(await placed);
    if (!isNewest()) return;
    if ("kind" in source) await model.openSource(source);
    else model.refuse(title, source);
  } catch (error) {
    if (!isNewest()) return;
    const fault = faultOf(error);
    // What is thrown as a fault says all; anything else is the browser's.
    if (fault === error) model.refuse(title, fault);
    else
      model.refuse(title, {
        name: "LabFault",
        place: title,
        reason: `the browser could not read it: ${fault.reason}`,
        remedy: "check that it is still there, and that it may be read",
      });
  }
}
