/** fields: the inputs of a workload, each with its unit, its bounds and what is wrong with it. */
import { el } from "../../app/dom.js";
import { type Field, TEXT_MAX } from "./settings.js";

export interface FieldInput {
  readonly field: Field;
  readonly root: HTMLElement;
  readonly input: HTMLInputElement;
  /** undefined = nothing is wrong. */
  setFault(text: string | undefined): void;
}

const FRAME_BYTES = 4096;
const POWERS = [12, 14, 16, 18, 20, 22, 24];

export function fieldInput(field: Field, value: string): FieldInput {
  const { name, spec } = field;
  const id = `composer-${name}`;
  const input = el("input", {
    id,
    name,
    value,
    type: "text",
    inputmode: spec.fraction ? "decimal" : "numeric",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: TEXT_MAX,
    "aria-describedby": `${id}-hint ${id}-fault`,
    ...(name === "frames" ? { list: `${id}-list` } : {}),
  });
  const fault = el("p", { id: `${id}-fault`, class: "fault" });
  fault.hidden = true;
  const hint = el("p", { id: `${id}-hint`, class: "hint" }, hintOf(field));
  const root = el(
    "div",
    { class: "field", "data-field": name },
    el("label", { for: id }, capital(spec.text)),
    input,
    name === "frames" && powersOfTwo(`${id}-list`),
    hint,
    fault,
  );
  return {
    field,
    root,
    input,
    setFault(text) {
      fault.textContent = text ?? "";
      fault.hidden = text === undefined;
      input.setAttribute("aria-invalid", String(text !== undefined));
    },
  };
}

function hintOf({ name, spec, isOwn }: Field): string {
  const bounds = `${spec.unit}, ${number(spec.min)} to ${number(spec.max)}`;
  const fallback = `default ${number(spec.fallback)}`;
  return isOwn ? `${name}: ${bounds}; ${fallback}` : `${bounds}; ${fallback}`;
}

function powersOfTwo(id: string): HTMLElement {
  const list = el("datalist", { id });
  for (const power of POWERS)
    list.append(el("option", { value: 2 ** power }, `2^${power} frames, ${memory(2 ** power)}`));
  return list;
}

/** Memory of so many frames: "1 GiB". */
export function memory(frames: number): string {
  const bytes = frames * FRAME_BYTES;
  const [unit, size] = bytes >= 2 ** 30 ? ["GiB", 2 ** 30] : ["MiB", 2 ** 20];
  return `${number(Math.round((10 * bytes) / Number(size)) / 10)} ${unit}`;
}

export function number(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 4 });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
