/**
 * toolbar: what the map is coloured by, zoom, a jump to a frame, and what can be saved.
 */

import { COLUMNS, type ColumnKind } from "../../../../src/lab/protocol.js";
import { button, el } from "../../app/dom.js";
import { hex } from "./values.js";

export interface ToolbarActions {
  readonly kind: ColumnKind;
  onKind(kind: ColumnKind): void;
  onZoom(factor: number): void;
  onFit(): void;
  /** What was wrong with it; "" if nothing was. */
  onJump(text: string): string;
  onBlocks(isShown: boolean): void;
  onMeasure(): Promise<void>;
  onPng(): void;
  onCsv(): void;
}

const LABELS: Readonly<Record<ColumnKind, string>> = {
  owner: "Owner",
  type: "Type",
  lru: "LRU list",
  order: "Order",
  age: "Age",
};

export function toolbar(actions: ToolbarActions, nrFrames: number): HTMLElement {
  const kinds = COLUMNS.map((kind) => {
    const radio = el("input", {
      type: "radio",
      name: "map-kind",
      value: kind,
      checked: kind === actions.kind,
    });
    radio.addEventListener("change", () => actions.onKind(kind));
    return el("label", {}, radio, el("span", {}, LABELS[kind]));
  });
  const blocks = el("input", { type: "checkbox", name: "map-blocks" });
  blocks.addEventListener("change", () => actions.onBlocks(blocks.checked));
  const measure = button(
    "Measure speed",
    () => {
      measure.disabled = true;
      void actions.onMeasure().finally(() => {
        measure.disabled = false;
      });
    },
    { title: "Pans and zooms for some seconds and counts frames per second", "data-measure": true },
  );
  return el(
    "div",
    { class: "map-tools" },
    el("fieldset", { class: "map-kinds" }, el("legend", {}, "Colour by"), ...kinds),
    el(
      "div",
      { class: "map-group", role: "group", "aria-label": "Zoom" },
      button("−", () => actions.onZoom(0.5), { "aria-label": "Zoom out" }),
      button("+", () => actions.onZoom(2), { "aria-label": "Zoom in" }),
      button("Fit", () => actions.onFit(), { "data-fit": true, title: "The whole machine" }),
    ),
    jump(actions, nrFrames),
    el("label", { class: "map-check" }, blocks, "Blocks of 64"),
    el(
      "div",
      { class: "map-group" },
      measure,
      button("PNG", actions.onPng, { "aria-label": "Save the map as PNG" }),
      button("CSV", actions.onCsv, { "aria-label": "Save the figures as CSV" }),
    ),
  );
}

function jump(actions: ToolbarActions, nrFrames: number): HTMLElement {
  const field = el("input", {
    type: "text",
    name: "pfn",
    size: 12,
    placeholder: hex(Math.floor(nrFrames / 2)),
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": "Go to pfn",
    "aria-describedby": "map-jump-fault",
  });
  const fault = el("span", { id: "map-jump-fault", class: "map-bad", role: "alert" });
  const form = el(
    "form",
    { class: "map-group" },
    field,
    el("button", { type: "submit" }, "Go to pfn"),
    fault,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fault.textContent = actions.onJump(field.value);
    if (fault.textContent === "") field.removeAttribute("aria-invalid");
    else field.setAttribute("aria-invalid", "true");
  });
  return form;
}
