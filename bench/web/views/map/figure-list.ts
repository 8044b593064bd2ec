/**
 * figure-list: the tables of figures.ts on the page, each row with its bar.
 */

import { counted } from "../../../../src/argue/finding.js";
import type { BlockFigures } from "../../../../src/lab/protocol.js";
import { el } from "../../app/dom.js";
import { exportButtons } from "../../charts/export-buttons.js";
import { pngOf } from "../arguments/chart-export.js";
import { type FigureTable, figureTables, percent } from "./figures.js";

export class FigureList {
  readonly element = el("section", { class: "map-figures", "aria-label": "Figures" });
  tables: readonly FigureTable[] = [];

  show(figures: BlockFigures, event: number): void {
    this.tables = figureTables(figures);
    this.element.replaceChildren(...this.tables.map(drawn));
    this.element.dataset.event = String(event);
  }
}

function drawn({ id, title, head, bars, note }: FigureTable): HTMLElement {
  const rows = bars.map(({ label, count, share }) => {
    const bar = el("span", { class: "map-bar", "aria-hidden": "true" });
    bar.style.width = `${(share * 100).toFixed(2)}%`;
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, label),
      el("td", {}, count.toLocaleString("en")),
      el("td", { class: "map-share" }, bar, el("span", {}, percent(share))),
    );
  });
  return el(
    "figure",
    { "data-figure": id },
    el("figcaption", {}, title),
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { scope: "col" }, text)))),
      el("tbody", {}, ...rows),
    ),
    el("p", { class: "quiet" }, note),
    exportButtons(title, title, {
      png: () =>
        pngOf({
          title,
          unit: `${head[2]}, %`,
          rows: head[0],
          kind: "amount",
          limit: null,
          figures: bars.map(({ label, share }) => counted(label, share * 100)),
          isDetail: false,
        }),
      csv: () => [head, bars.map(({ label, count, share }) => [label, count, share])],
    }),
  );
}
