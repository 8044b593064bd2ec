/**
 * section: what the parts of the replay view share.
 */

import type { Opened } from "../../../../src/lab/protocol.js";
import { type Child, el } from "../../app/dom.js";
import type { LabModel } from "../../app/lab-model.js";

export interface SectionContext {
  readonly opened: Opened;
  readonly model: LabModel;
  /** Ends when something else is shown. */
  readonly signal: AbortSignal;
}

export function section(id: string, title: string, ...children: readonly Child[]): HTMLElement {
  return el(
    "section",
    { id, "aria-labelledby": `${id}-title` },
    el("h2", { id: `${id}-title` }, title),
    ...children,
  );
}

export interface Column {
  readonly head: string;
  /** Numbers are set to the right. */
  readonly isNumber?: boolean;
}

/** A table in a box of its own that scrolls; the first cell of a row is its head. */
export function table(
  label: string,
  columns: readonly Column[],
  rows: readonly (readonly (Child | HTMLElement)[])[],
): HTMLElement {
  const number = (i: number) => (columns[i]?.isNumber === true ? "num" : undefined);
  const head = columns.map(({ head }, i) => el("th", { scope: "col", class: number(i) }, head));
  const body = rows.map((cells) =>
    el(
      "tr",
      {},
      ...cells.map((cell, i) =>
        cell instanceof HTMLTableCellElement
          ? cell
          : el(i === 0 ? "th" : "td", { scope: i === 0 ? "row" : undefined, class: number(i) }, cell),
      ),
    ),
  );
  return el(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...body)),
  );
}
