/**
 * designs: each owner design that was replayed: where its frames are, what it costs.
 */

import { DESIGNS } from "../../../../src/designs.js";
import { formatNumber } from "../../../../src/report/html-text.js";
import { PAGE_BYTES } from "../../../../src/units.js";
import { button, el } from "../../app/dom.js";
import { ALL_DESIGNS } from "../../app/lab-model.js";
import { type SectionContext, section, table } from "./section.js";

const COLUMNS = [
  { head: "design" },
  { head: "owner is kept in" },
  { head: "frames same", isNumber: true },
  { head: "missing", isNumber: true },
  { head: "extra", isNumber: true },
  { head: "in flux", isNumber: true },
  { head: "audit differences", isNumber: true },
  { head: "ns per event", isNumber: true },
  { head: "bytes per page", isNumber: true },
  { head: "share of memory", isNumber: true },
];

export function designsSection({ opened, model }: SectionContext): HTMLElement {
  const { result } = opened;
  if (result === undefined)
    return section(
      "designs",
      "Owner designs",
      el(
        "p",
        { class: "quiet" },
        "Designs are held against the kernel, and there is none here. The arguments view measures them.",
      ),
    );
  const rows = result.designs.map((each) => {
    const count = (n: number, isBad = false) =>
      el("td", { class: isBad && n > 0 ? "num bad" : "num" }, formatNumber(n));
    const { frames } = each;
    return [
      each.design,
      DESIGNS.find(({ name }) => name === each.design)?.title ?? "",
      count(frames.same),
      count(frames.missing, true),
      count(frames.extra, true),
      count(frames.inFlux),
      count(each.auditDifferences, true),
      formatNumber(each.nsPerEvent, 1),
      formatNumber(each.bytesPerPage, 3),
      `${formatNumber((100 * each.bytesPerPage) / PAGE_BYTES, 4)} %`,
    ];
  });
  const others =
    result.designs.length < DESIGNS.length &&
    button(`Replay under all ${DESIGNS.length} designs`, () => {
      model.design = ALL_DESIGNS;
      if (model.request !== undefined) void model.openSource(model.request.source);
    });
  return section(
    "designs",
    "Owner designs",
    table("Owner designs", COLUMNS, rows),
    el(
      "p",
      { class: "quiet" },
      "Time is that of the ledger's operations alone, in this browser, once; the arguments view measures with confidence intervals.",
    ),
    others,
  );
}
