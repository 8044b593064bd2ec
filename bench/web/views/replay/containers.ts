/**
 * containers: the tree of containers with their counters at the slider's moment.
 *
 * A treegrid by its rows: ↑ ↓ move, → unfolds or goes to the first child, ← folds or goes to the parent, Home and End.
 * A row is made once and kept; a moment changes figures only.  Of many containers some hundreds are drawn at a time.
 */

import { MOMENT_COUNTERS } from "../../../../src/lab/protocol.js";
import { formatNumber, visible } from "../../../../src/report/html-text.js";
import { button, choice, el, name, SIGNS, sign } from "../../app/dom.js";
import { looksOf } from "../../app/looks.js";
import { type SectionContext, section } from "./section.js";
import { treeOf, visibleRows } from "./tree.js";

const COLUMNS = ["anon", "file", "shmem", "kernel", "other", "charged", "total"] as const;
const ABOUT: Readonly<Record<(typeof COLUMNS)[number], string>> = {
  anon: "anonymous memory of tasks",
  file: "page cache of files",
  shmem: "tmpfs and shared anonymous memory",
  kernel: "kernel memory: stacks, page tables, slabs",
  other: "charged, and of no other kind: out of the page cache, or not yet mapped",
  charged: "all pages charged to the container itself",
  total: "charged to it and to every container below it",
};
const AT = COLUMNS.map((column) => MOMENT_COUNTERS.indexOf(column));
const TOTAL = MOMENT_COUNTERS.indexOf("total");
const ROWS_AT_ONCE = 300;

interface Row {
  readonly element: HTMLTableRowElement;
  readonly cells: readonly HTMLTableCellElement[];
  readonly fold: HTMLElement | undefined;
  readonly tag: HTMLElement;
}

export function containersSection({ opened, model, signal }: SectionContext): HTMLElement {
  const { containers } = opened;
  const tree = treeOf(containers);
  const { labels, slots, peaks } = looksOf(opened);
  const folded = new Set<number>();
  const rows = new Map<number, Row>();
  let limit = ROWS_AT_ONCE;
  let withGone = false;
  let inMib = false;
  let order: readonly number[] = [];
  let current = -1;

  const body = el("tbody");
  const grid = el(
    "table",
    { role: "treegrid", class: "containers", "aria-label": "Containers and their pages at the moment" },
    el(
      "thead",
      {},
      el(
        "tr",
        { role: "row" },
        el("th", { scope: "col", role: "columnheader" }, "container"),
        ...COLUMNS.map((column) =>
          el("th", { scope: "col", role: "columnheader", class: "num", title: ABOUT[column] }, column),
        ),
      ),
    ),
    body,
  );
  const more = button("", () => {
    limit += ROWS_AT_ONCE;
    draw();
  });
  const summary = el("p", { class: "summary", "data-moment": "" });
  const units = choice<"pages" | "mib">("Unit", { pages: "pages of 4 KiB", mib: "MiB" }, "pages", (unit) => {
    inMib = unit === "mib";
    draw();
  });
  const gone = el("input", { type: "checkbox" });
  gone.addEventListener("change", () => {
    withGone = gone.checked;
    draw();
  });

  const figure = (pages: number) =>
    inMib ? formatNumber(pages / 256, pages === 0 ? 0 : pages < 2560 ? 2 : 1) : formatNumber(pages);
  const isFoldable = (container: number) => tree.nodes[container]!.children.length > 0;

  const makeRow = (container: number): Row => {
    const { depth, name: own } = tree.nodes[container]!;
    const mark = el("span", { class: "fold", "aria-hidden": "true" });
    const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.background = `var(--c${slots[container]})`;
    // Who never held a page has no colour; an empty box would look like one to tick.
    if (peaks[container] === 0) swatch.style.visibility = "hidden";
    const tag = el("span", { class: "tag" });
    const path = el("span", { class: "path" }, mark, swatch, name(visible(own)), tag);
    path.style.setProperty("--depth", String(Math.min(depth, 10)));
    const cells = COLUMNS.map(() => el("td", { role: "gridcell", class: "num" }));
    const element = el(
      "tr",
      { role: "row", "aria-level": depth + 1, tabindex: -1, "data-container": containers[container]!.path },
      el("th", { scope: "row", role: "rowheader", title: labels[container] }, path),
      ...cells,
    );
    const fold = isFoldable(container) ? mark : undefined;
    mark.addEventListener("click", () => setFolded(container, !folded.has(container)));
    element.addEventListener("focus", () => setCurrent(container));
    return { element, cells, fold, tag };
  };

  const draw = () => {
    const { moment } = model;
    if (moment === undefined) return;
    // A removed container stays in sight as long as pages are charged to it or below it.
    const isThere = (container: number) =>
      moment.online[container] === 1 ||
      moment.counters[container * MOMENT_COUNTERS.length + TOTAL]! > 0 ||
      (withGone && containers[container]!.from <= moment.event);
    const seen = visibleRows(tree, isThere, (container) => folded.has(container), limit);
    const isCut = seen.length > limit;
    if (isCut) seen.length = limit;
    for (const container of seen) {
      const row = rows.get(container) ?? makeRow(container);
      rows.set(container, row);
      fill(row, container);
    }
    if (seen.length !== order.length || seen.some((container, i) => container !== order[i])) {
      const hadFocus = body.contains(document.activeElement);
      body.replaceChildren(...seen.map((container) => rows.get(container)!.element));
      order = seen;
      if (!seen.includes(current)) setCurrent(seen[0] ?? -1);
      if (hadFocus) rows.get(current)?.element.focus();
    }
    more.hidden = !isCut;
    more.textContent = `Show ${ROWS_AT_ONCE} more`;
    let there = 0;
    for (const online of moment.online) there += online;
    summary.textContent = `At ${opened.kind === "generated" ? "operation" : "event"} ${formatNumber(moment.event)}${opened.kind === "generated" ? "" : `, ${formatNumber(moment.seconds, 3)} s`}: ${formatNumber(there)} of ${formatNumber(containers.length)} containers are there; ${formatNumber(moment.ownedFrames)} frames have an owner (${formatNumber(moment.ownedFrames / 256, 1)} MiB).`;
    summary.dataset.moment = String(moment.event);
  };

  const fill = (row: Row, container: number) => {
    const moment = model.moment!;
    const isOnline = moment.online[container] === 1;
    const base = container * MOMENT_COUNTERS.length;
    row.cells.forEach((cell, i) => {
      const pages = moment.counters[base + AT[i]!] ?? 0;
      const text = figure(pages);
      if (cell.textContent !== text) cell.textContent = text;
      cell.classList.toggle("zero", pages === 0);
    });
    row.element.classList.toggle("gone", !isOnline);
    row.tag.textContent = isOnline ? "" : "removed";
    if (row.fold !== undefined) {
      const isOpen = !folded.has(container);
      row.element.setAttribute("aria-expanded", String(isOpen));
      const drawn = isOpen ? "open" : "folded";
      if (row.fold.dataset.sign !== drawn) row.fold.replaceChildren(sign(SIGNS[drawn]));
      row.fold.dataset.sign = drawn;
    }
  };

  const setCurrent = (container: number) => {
    rows.get(current)?.element.setAttribute("tabindex", "-1");
    current = container;
    rows.get(current)?.element.setAttribute("tabindex", "0");
  };
  const setFolded = (container: number, isFolded: boolean) => {
    if (!isFoldable(container)) return;
    if (isFolded) folded.add(container);
    else folded.delete(container);
    draw();
  };
  const goTo = (container: number | undefined) => {
    if (container !== undefined) rows.get(container)?.element.focus();
  };
  // Bytes where pages are shown, and the other way about: worked out where the pointer is.
  body.addEventListener("pointerover", (event) => {
    const cell = (event.target as Element).closest("td");
    const row = cell?.closest("tr");
    const container = order.find((each) => rows.get(each)?.element === row);
    const column = cell == null ? -1 : (rows.get(container ?? -1)?.cells.indexOf(cell) ?? -1);
    if (cell == null || container === undefined || column < 0) return;
    const pages = model.moment?.counters[container * MOMENT_COUNTERS.length + AT[column]!] ?? 0;
    cell.title = `${COLUMNS[column]}: ${formatNumber(pages)} pages, ${formatNumber(pages * 4096)} bytes`;
  });
  grid.addEventListener("keydown", (event) => {
    const at = order.indexOf(current);
    if (at < 0 || !(event.target instanceof HTMLTableRowElement)) return;
    const isOpen = isFoldable(current) && !folded.has(current);
    if (event.key === "ArrowDown") goTo(order[at + 1]);
    else if (event.key === "ArrowUp") goTo(order[at - 1]);
    else if (event.key === "Home") goTo(order[0]);
    else if (event.key === "End") goTo(order[order.length - 1]);
    else if (event.key === "ArrowRight" && folded.has(current)) setFolded(current, false);
    else if (event.key === "ArrowRight" && isOpen && containers[order[at + 1] ?? -1]?.parent === current)
      goTo(order[at + 1]);
    else if (event.key === "ArrowLeft" && isOpen) setFolded(current, true);
    else if (event.key === "ArrowLeft") goTo(containers[current]!.parent);
    else if (event.key !== "ArrowRight") return;
    event.preventDefault();
  });
  model.on("moment", draw, signal);

  const hasGone = containers.some(({ until }) => Number.isFinite(until));
  const made = section(
    "containers",
    "Containers",
    containers.length === 0 && el("p", { class: "quiet" }, "There is no container."),
    el(
      "div",
      { class: "toolbar" },
      units,
      hasGone && el("label", { class: "check" }, gone, " removed ones too"),
      button("Unfold all", () => {
        folded.clear();
        draw();
      }),
      button("Fold all", () => {
        for (const each of tree.top) if (isFoldable(each)) folded.add(each);
        for (const { container } of tree.nodes) if (isFoldable(container)) folded.add(container);
        draw();
      }),
    ),
    summary,
    el("div", { class: "scroll" }, grid),
    more,
  );
  draw();
  return made;
}
