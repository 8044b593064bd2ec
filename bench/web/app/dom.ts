/**
 * dom: elements in one call.  Text is text, never markup; a style attribute would be refused by the page's policy.
 */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;
export type Child = Node | string | undefined | false;

/** `true` sets an attribute without a value; `false` and undefined leave it away. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value === true) made.setAttribute(name, "");
    else if (value !== undefined && value !== false) made.setAttribute(name, String(value));
  made.append(...children.filter((child) => child !== undefined && child !== false));
  return made;
}

/** A button that does something. */
export function button(label: string, onPress: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const made = el("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", onPress);
  return made;
}

/** Buttons side by side of which one is pressed. */
export function choice<T extends string>(
  label: string,
  options: Readonly<Record<T, string>>,
  chosen: T,
  onChoose: (option: T) => void,
): HTMLElement {
  const group = el("span", { class: "switch", role: "group", "aria-label": label });
  for (const [option, text] of Object.entries(options) as [T, string][]) {
    const made = button(
      text,
      () => {
        for (const each of group.children) each.setAttribute("aria-pressed", String(each === made));
        onChoose(option);
      },
      { "aria-pressed": String(option === chosen), "data-option": option },
    );
    group.append(made);
  }
  return group;
}

/** A name from a trace: it may run from right to left, and it may be long. */
export function name(text: string): HTMLElement {
  return el("bdi", { class: "name" }, text);
}

/** Drawings for `sign`. */
export const SIGNS = {
  open: "M5 8l7 8 7-8",
  folded: "M8 5l8 7-8 7",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  play: "M7 5l12 7-12 7z",
  pause: "M8 5v14M16 5v14",
} as const;

const SVG = "http://www.w3.org/2000/svg";

/** A line drawing of 24 by 24, for signs that a font may lack. */
export function sign(path: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("sign");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}
