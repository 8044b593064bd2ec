/**
 * compare-runs: one saved run beside another, figure by figure: earlier over now, so above 1 is less now.
 */
import type { Argument, Chart, Figure, Verdict } from "../../../../src/argue/finding.js";
import type { LookupCell } from "./bench-protocol.js";
import { ratioOfFigures, ratioOfSamples } from "./compare.js";
import { inOrder, isSameCase, labelOf } from "./lookup-figures.js";
import { caseText, framesText } from "./lookup-plan.js";
import { type ClaimRun, isSameMachine, type SavedRun } from "./saved-run.js";

export interface ComparedClaim {
  readonly title: string;
  readonly isQuick: boolean;
  readonly earlier: Verdict;
  readonly now: Verdict;
  /** True if both were measured on the same history. */
  readonly isSameMachine: boolean;
  readonly charts: readonly Chart[];
}

export interface ComparedRuns {
  /** One chart for each suite, pattern and number of frames that both have. */
  readonly lookups: readonly Chart[];
  readonly claims: readonly ComparedClaim[];
  /** What stands in the way of a fair comparison, in sentences. */
  readonly remarks: readonly string[];
}

export function compareRuns(earlier: SavedRun, now: SavedRun): ComparedRuns {
  return {
    lookups: lookupCharts(earlier.lookups?.cells ?? [], now.lookups?.cells ?? []),
    claims: now.claims.flatMap((run) => claimsOf(earlier.claims, run)),
    remarks: remarksOf(earlier, now),
  };
}

function lookupCharts(earlier: readonly LookupCell[], now: readonly LookupCell[]): Chart[] {
  const charts = new Map<string, { title: string; figures: Figure[] }>();
  for (const cell of inOrder(now)) {
    const before = earlier.find(
      (each) => each.design === cell.design && each.by === cell.by && isSameCase(each, cell),
    );
    if (before === undefined) continue;
    const title = `${caseText(cell)}, ${framesText(cell.frames)}: earlier time over now`;
    const chart = charts.get(title) ?? { title, figures: [] };
    charts.set(title, chart);
    chart.figures.push({ label: labelOf(cell), ...ratioOfSamples(before.samplesNs, cell.samplesNs) });
  }
  return [...charts.values()].map(({ title, figures }) => ratioChart(title, "design", figures));
}

function ratioChart(title: string, rows: string, figures: readonly Figure[]): Chart {
  return { title, unit: "earlier ÷ now", rows, kind: "ratio", limit: null, figures, isDetail: false };
}

function claimsOf(earlier: readonly ClaimRun[], now: ClaimRun): ComparedClaim[] {
  const sameEffort = earlier.flatMap(({ isQuick, machine, arguments: all }) =>
    isQuick === now.isQuick ? all.map((before) => ({ before, machine })) : [],
  );
  return now.arguments.flatMap((argument) => {
    const found = sameEffort.find(({ before }) => before.claim.id === argument.claim.id);
    if (found === undefined) return [];
    const { before, machine } = found;
    return [
      {
        title: argument.claim.title,
        isQuick: now.isQuick,
        earlier: before.finding.verdict,
        now: argument.finding.verdict,
        isSameMachine: machine !== null && now.machine !== null && isSameMachine(machine, now.machine),
        charts: claimCharts(before, argument),
      },
    ];
  });
}

/** A ratio of a ratio says how the one design fared against the other; figures at or below zero have none. */
function claimCharts(earlier: Argument, now: Argument): Chart[] {
  return now.finding.charts.flatMap((chart) => {
    const before = earlier.finding.charts.find(
      ({ title, unit }) => title === chart.title && unit === chart.unit,
    );
    if (before === undefined) return [];
    const figures = chart.figures.flatMap((figure) => {
      const old = before.figures.find(({ label }) => label === figure.label);
      const ratio = old && ratioOfFigures(old, figure);
      return ratio === undefined || !(ratio.value > 0) ? [] : [{ label: figure.label, ...ratio }];
    });
    return figures.length === 0 ? [] : [ratioChart(`${chart.title} (${chart.unit})`, chart.rows, figures)];
  });
}

function remarksOf(earlier: SavedRun, now: SavedRun): string[] {
  const remarks: string[] = [];
  const differs = <T>(what: string, a: T, b: T) => {
    if (a !== b) remarks.push(`${what}: ${a} earlier, ${b} now`);
  };
  differs("engine", earlier.engine, now.engine);
  differs("browser", earlier.environment.userAgent, now.environment.userAgent);
  differs("processors", earlier.environment.cores, now.environment.cores);
  const isolation = ({ environment }: SavedRun) => (environment.isIsolated ? "isolated" : "not isolated");
  differs("page", isolation(earlier), isolation(now));
  if (earlier.lookups !== null && now.lookups !== null) {
    differs("keys in a batch", earlier.lookups.request.keys, now.lookups.request.keys);
    differs("shortest sample, ms", earlier.lookups.request.sampleMs, now.lookups.request.sampleMs);
  }
  return remarks;
}
