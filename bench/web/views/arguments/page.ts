/**
 * page: throughput, the arguments, and runs to compare, one below the other.
 */
import type { ViewContext } from "../../app/context.js";
import { el } from "../../app/dom.js";
import { bench } from "./bench-model.js";
import { claimsSection } from "./claims-view.js";
import { choicesOf } from "./lookup-choices.js";
import { lookupSection } from "./lookup-view.js";
import { runsSection } from "./runs-view.js";

export function argumentsPage(root: HTMLElement, { model, query, signal }: ViewContext): void {
  const choices = choicesOf(query);
  const parts = [
    lookupSection(bench, choices),
    claimsSection(bench, model, choices.effort === "full"),
    runsSection(bench),
  ];
  root.append(el("h1", {}, "Arguments"), ...parts.map(({ section }) => section));
  const draw = () => {
    for (const part of parts) part.draw();
  };
  bench.addEventListener("change", draw, { signal });
  model.addEventListener("state", draw, { signal });
  draw();
}
