/**
 * elements: drawings and choices in one call.
 */

import { type Child, el } from "../../app/dom.js";

const SVG = "http://www.w3.org/2000/svg";

export function svg(
  tag: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: Child[]
): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

/** A choice of one or of several, with its words. */
export function choice(
  type: "checkbox" | "radio",
  name: string,
  value: string,
  isChecked: boolean,
  ...words: Child[]
): HTMLLabelElement {
  const input = el("input", { type, name, value, checked: isChecked });
  return el("label", { class: "choice" }, input, el("span", {}, ...words));
}

/** Values of what is checked among the controls of that name. */
export function checkedOf(root: ParentNode, name: string): string[] {
  return [...root.querySelectorAll<HTMLInputElement>(`input[name="${name}"]:checked`)].map(
    ({ value }) => value,
  );
}
