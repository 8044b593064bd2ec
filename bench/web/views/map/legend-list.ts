/**
 * legend-list: values with their colours and pages at the moment; and the filter: which of them are drawn in colour.
 *
 * Elements stay as long as the kind does, so that what is under the pointer or has the focus does not move while the
 * slider does.  Beyond LISTED_MAX, owners are listed as one.
 */

import type { ColumnKind } from "../../../../src/lab/protocol.js";
import { button, el, name as named } from "../../app/dom.js";
import { colourOf, type Palette } from "./lut.js";
import type { ValueName } from "./values.js";

const LISTED_MAX = 120;

interface Entry {
  readonly values: readonly ValueName[];
  readonly item: HTMLElement;
  readonly toggle: HTMLButtonElement;
  readonly only: HTMLButtonElement;
  readonly swatch: HTMLElement;
  readonly pages: HTMLElement;
  readonly stays: boolean;
}

export interface LegendLine {
  readonly name: string;
  readonly values: readonly number[];
  readonly pages: number;
  readonly colour: string;
}

export class Legend {
  readonly element = el("section", { class: "map-legend", "aria-label": "Legend and filter" });
  readonly #list = el("ul");
  readonly #title = el("h2");
  readonly #all: HTMLButtonElement;
  readonly #hidden = new Set<number>();
  #entries: Entry[] = [];
  #kind: ColumnKind | undefined;
  readonly #onFilter: () => void;

  constructor(onFilter: () => void) {
    this.#onFilter = onFilter;
    this.#all = button("Show all", () => this.#showAll(), { class: "small", "data-show-all": true });
    this.element.append(el("div", { class: "map-head" }, this.#title, this.#all), this.#list);
  }

  isHidden = (value: number): boolean => this.#hidden.has(value);

  get nrHidden(): number {
    return this.#hidden.size;
  }

  /** Another kind of value: all of it is shown again. */
  setKind(kind: ColumnKind, title: string, values: readonly ValueName[]): void {
    if (kind === this.#kind) return;
    this.#kind = kind;
    this.#hidden.clear();
    this.#title.textContent = title;
    const frees = values.filter(({ paint }) => paint === "free");
    const others = values.filter(({ paint }) => paint !== "free");
    const listed = others.length > LISTED_MAX ? others.slice(0, LISTED_MAX) : others;
    const rest = others.slice(listed.length);
    this.#entries = [...frees, ...listed].map((value) => this.#entry([value], value.name));
    if (rest.length > 0) this.#entries.push(this.#entry(rest, `${rest.length} smaller ones`));
    this.#list.replaceChildren(...this.#entries.map(({ item }) => item));
    this.#mark();
  }

  #entry(values: readonly ValueName[], text: string): Entry {
    const swatch = el("span", { class: "map-swatch", "aria-hidden": "true" });
    const pages = el("span", { class: "map-pages" });
    const toggle = button("", () => this.#toggle(values), {
      class: "map-toggle",
      "data-value": values[0]!.value,
      title: text,
    });
    toggle.append(swatch, named(text), pages);
    const only = button("only", () => this.#only(values), {
      class: "small",
      "aria-label": `Only ${text}`,
      "data-only": values[0]!.value,
    });
    const item = el("li", {}, toggle, only);
    return { values, item, toggle, only, swatch, pages, stays: values.some((each) => each.stays) };
  }

  paint(palette: Palette): void {
    for (const { values, swatch } of this.#entries) {
      const [red, green, blue] = colourOf(values[0]!.paint, palette);
      swatch.style.backgroundColor = `rgb(${red}, ${green}, ${blue})`;
    }
  }

  /** `counts`: frames by value. */
  count(counts: Uint32Array): void {
    for (const { values, item, pages, stays } of this.#entries) {
      const sum = values.reduce((total, { value }) => total + (counts[value] ?? 0), 0);
      pages.textContent = sum.toLocaleString("en");
      const isListed = sum > 0 || stays || values.some(({ value }) => this.#hidden.has(value));
      if (item.hidden === isListed) item.hidden = !isListed;
    }
  }

  /** What a picture needs: entries in sight that have pages, and are not filtered out. */
  lines(): LegendLine[] {
    return this.#entries
      .filter(({ item, values }) => !item.hidden && !this.#hidden.has(values[0]!.value))
      .map(({ values, toggle, pages, swatch }) => ({
        name: toggle.querySelector(".name")?.textContent ?? "",
        values: values.map(({ value }) => value),
        pages: Number((pages.textContent ?? "0").replaceAll(",", "")),
        colour: swatch.style.backgroundColor,
      }));
  }

  #toggle(values: readonly ValueName[]): void {
    const isHidden = this.#hidden.has(values[0]!.value);
    for (const { value } of values)
      if (isHidden) this.#hidden.delete(value);
      else this.#hidden.add(value);
    this.#filtered();
  }

  /** The only one already: all again. */
  #only(values: readonly ValueName[]): void {
    if (this.#isOnly(values)) {
      this.#showAll();
      return;
    }
    this.#hidden.clear();
    for (const entry of this.#entries)
      if (entry.values !== values) for (const { value } of entry.values) this.#hidden.add(value);
    this.#filtered();
  }

  #isOnly(values: readonly ValueName[]): boolean {
    return this.#entries.every(
      (entry) => this.#hidden.has(entry.values[0]!.value) === (entry.values !== values),
    );
  }

  #showAll(): void {
    this.#hidden.clear();
    this.#filtered();
  }

  #filtered(): void {
    this.#mark();
    this.#onFilter();
  }

  #mark(): void {
    for (const { values, toggle, only } of this.#entries) {
      toggle.setAttribute("aria-pressed", String(!this.#hidden.has(values[0]!.value)));
      only.setAttribute("aria-pressed", String(this.#isOnly(values)));
    }
    this.#all.disabled = this.#hidden.size === 0;
  }
}
