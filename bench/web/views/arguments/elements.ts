/**
 * elements: DOM by small functions.  Text is always text.
 */

type Child = Node | string | undefined | false;

/** `el("p", { class: "quiet" }, "text")`; what begins with "on" is a listener, undefined and false are left out. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | boolean | undefined | ((event: Event) => void)>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.replace(/^on/, ""), value);
    else if (value === true) element.setAttribute(name, "");
    else if (typeof value === "string") element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

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

/** Hands a file to the user. */
export function download(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  el("a", { href: url, download: name }).click();
  // The download has the data once the click is over; some browsers ask a little later.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A part of a file name. */
export function fileWord(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 60);
}
