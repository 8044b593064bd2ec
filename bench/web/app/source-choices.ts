/**
 * source-choices: the ways to open something: a capture that comes with the page, files, a folder; and the design that it
 * is replayed under.  The strip above the views shows them on demand, the empty replay view at once.
 */
import { DESIGNS } from "../../../src/designs.js";
import { button, el } from "./dom.js";
import { openPlaced } from "./drop-zone.js";
import { pickedFiles } from "./dropped-files.js";
import { ALL_DESIGNS, type LabModel } from "./lab-model.js";
import { builtIns } from "./sources.js";

/** `onChosen` is told when something is being opened. */
export function sourceChoices(model: LabModel, signal: AbortSignal, onChosen?: () => void): HTMLElement {
  const list = el("ul", { class: "built-in" });
  void builtIns().then((captures) => {
    if (signal.aborted) return;
    for (const { name, about, bytes, source } of captures) {
      const open = button(
        "",
        () => {
          onChosen?.();
          void model.openSource(source);
        },
        { "data-capture": name },
      );
      open.append(
        el(
          "span",
          {},
          el("b", {}, name),
          el("span", { class: "quiet" }, ` ${(bytes / 2 ** 20).toFixed(1)} MiB`),
        ),
        el("span", { class: "about" }, about),
      );
      list.append(el("li", {}, open));
    }
    list.dataset.filled = "";
  });
  return el(
    "div",
    { class: "sources" },
    el("p", { class: "label" }, "Captures of a Linux 6.18 kernel that come with the page"),
    list,
    el("p", { class: "label" }, "Or a capture of yours: drop it anywhere on the page, or pick"),
    el(
      "div",
      { class: "pickers" },
      picker("Files or a .zip…", { multiple: true, "data-pick": "files" }, model, onChosen),
      picker("A folder…", { webkitdirectory: true, "data-pick": "folder" }, model, onChosen),
    ),
    designChoice(model, signal),
    el("p", { class: "quiet" }, "Nothing is uploaded: files are read by this page, on this machine."),
  );
}

function picker(
  label: string,
  attributes: Readonly<Record<string, string | boolean>>,
  model: LabModel,
  onChosen?: () => void,
): HTMLElement {
  const input = el("input", {
    type: "file",
    class: "visually-hidden",
    tabindex: -1,
    "aria-hidden": "true",
    ...attributes,
  });
  input.addEventListener("change", () => {
    const { files } = input;
    if (files === null || files.length === 0) return;
    onChosen?.();
    void openPlaced(model, pickedFiles(files));
    input.value = "";
  });
  return el(
    "span",
    { class: "picker" },
    button(label, () => input.click()),
    input,
  );
}

function designChoice(model: LabModel, signal: AbortSignal): HTMLElement {
  const select = el("select", { class: "design" });
  for (const { name, title } of DESIGNS) select.append(el("option", { value: name }, `${name}: ${title}`));
  select.append(el("option", { value: ALL_DESIGNS }, `all ${DESIGNS.length}, palette looked at`));
  select.value = model.design;
  select.addEventListener("change", () => (model.design = select.value));
  model.on("design", () => (select.value = model.design), signal);
  const again = button("Replay again under it", () => {
    if (model.request !== undefined) void model.openSource(model.request.source);
  });
  const showAgain = () => {
    const current = model.opened === undefined ? undefined : model.request?.designs.join();
    again.hidden = current === undefined || current === model.designs.join();
  };
  model.on("design", showAgain, signal);
  model.on("state", showAgain, signal);
  showAgain();
  return el(
    "div",
    { class: "design-row" },
    el("label", {}, el("span", { class: "label" }, "Owner design"), select),
    again,
  );
}
