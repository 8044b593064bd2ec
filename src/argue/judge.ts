/**
 * judge: from intervals to words.
 *
 *        limit
 *   ├─┤    │             below: the whole interval lies under the limit
 *        ├─┼─┤           open: it does not decide
 *          │   ├─┤       above
 *
 * INVARIANTS  A verdict never rests on a middle value: only on which side of a limit a whole 95 % interval lies.
 */
import type { Verdict } from "./finding.js";

/** A ratio of times: its median over the rounds, and the 95 % interval of that. */
export interface Ratio {
  readonly label: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export type Side = "below" | "above" | "open";

export function sideOf({ low, high }: { readonly low: number; readonly high: number }, limit: number): Side {
  if (high < limit) return "below";
  return low > limit ? "above" : "open";
}

/** What "almost nothing" is: less than five in a hundred. */
export const ALMOST_NOTHING = 1.05;

/** `sequential 1.02, at random 1.10`: a sentence has the medians, the charts beside it their intervals. */
export function listRatios(ratios: readonly Ratio[]): string {
  return ratios.map(({ label, mean }) => `${label} ${mean.toFixed(2)}`).join(", ");
}

/** Cases by the side on which their intervals lie: `below 1.05: a 1.01, b 0.97; above 1.05: c 1.20; across 1.05: d 1.06`. */
export function sidesText(ratios: readonly Ratio[], limit: number): string {
  const on = (side: Side, words: string) => {
    const there = ratios.filter((each) => sideOf(each, limit) === side);
    return there.length === 0 ? [] : [`${words}: ${listRatios(there)}`];
  };
  const at = String(limit);
  return [...on("below", `below ${at}`), ...on("above", `above ${at}`), ...on("open", `across ${at}`)].join(
    "; ",
  );
}

/** Of a claim about a direction: holds in part, since its size stays open, where every ratio lies above 1, or some above
 * and the others below; fails where all lie below; else open. */
export function judgeDirection(ratios: readonly Ratio[]): Verdict {
  const sides = ratios.map((ratio) => sideOf(ratio, 1));
  if (sides.length === 0 || sides.includes("open")) return "not decided";
  return sides.includes("above") ? "holds in part" : "does not hold";
}

/** "Costs almost nothing": holds if every ratio lies below the limit, fails if none does. */
export function judgeBelow(ratios: readonly Ratio[], limit: number): Verdict {
  const sides = ratios.map((ratio) => sideOf(ratio, limit));
  if (sides.length === 0) return "not decided";
  if (sides.every((side) => side === "below")) return "holds";
  if (sides.every((side) => side === "above")) return "does not hold";
  // One case that costs is enough to refuse "almost nothing" as a rule; one that does not, to leave it a part.
  if (sides.includes("above")) return sides.includes("below") ? "holds in part" : "not decided";
  return "not decided";
}

/** "Costs something": holds if every ratio lies above 1, fails if all stay below `nothing` and none lies above 1. */
export function judgeCosts(ratios: readonly Ratio[], nothing: number): Verdict {
  if (ratios.length === 0) return "not decided";
  const costs = ratios.filter((ratio) => sideOf(ratio, 1) === "above").length;
  if (costs === ratios.length) return "holds";
  if (costs > 0) return "holds in part";
  return ratios.every((ratio) => sideOf(ratio, nothing) === "below") ? "does not hold" : "not decided";
}

/** `0.195 %`, with as many places as tell something. */
export function percentText(share: number): string {
  const percent = share * 100;
  const digits =
    percent === 0 || percent >= 10 ? 1 : Math.min(6, Math.max(1, 2 - Math.floor(Math.log10(percent))));
  return `${percent.toFixed(digits)} %`;
}

/** Bytes per page: `0.122`, `20.0`. */
export function bytesText(bytes: number): string {
  return bytes === 0 ? "0" : bytes >= 10 ? bytes.toFixed(1) : bytes.toFixed(3);
}
