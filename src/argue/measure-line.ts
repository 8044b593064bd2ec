/**
 * measure-line: claims `full-line` and `line-misfit`: page descriptors of the sizes that the mails are about.
 *
 *   bytes   │ 56 │ 64 │ 72 │      lines of 64 bytes that one descriptor lies on, over many of them, are counted;
 *   fits    │ no │ yes│ no │      what a page's life takes in each is measured
 *
 * The owner lies in a column beside the descriptors in every one of them, so that the size alone differs.
 */
import { amounts, present, ratioChart, timeChart } from "./charts.js";
import { counted, type Finding, type Judgement } from "./finding.js";
import { ALMOST_NOTHING, judgeBelow, judgeCosts, listRatios, type Ratio } from "./judge.js";
import { type Estimates, type Laboratory, ratio } from "./laboratory.js";
import type { LifeOptions } from "./life.js";

const LINE_BYTES = 64;

/** Layouts of tools/layouts.json by the bytes of their descriptor. */
export const SIZES = { 56: "linux-2006", 64: "linux-2006-owner", 72: "linux-2006-owner-virtual" } as const;
const DESIGN = "column";
const WANTED = Object.values(SIZES).map((layout) => ({ layout, design: DESIGN }));
const nameOf = (bytes: keyof typeof SIZES) => `${SIZES[bytes]}-${DESIGN}`;

export const LIVES: readonly LifeOptions[] = [
  { label: "charged, pages at random", order: "random", charged: true },
  { label: "charged, pages in sequence", order: "sequential", charged: true },
  { label: "uncharged, pages at random", order: "random", charged: false },
];

/** Mean number of lines that a descriptor lies on, and the share of descriptors that lie on two or more. */
export function linesOf(bytes: number): { readonly lines: number; readonly straddle: number } {
  let [lines, straddling] = [0, 0];
  // After LINE_BYTES descriptors the offsets within a line come again.
  for (let i = 0; i < LINE_BYTES; i++) {
    const first = Math.floor((i * bytes) / LINE_BYTES);
    const last = Math.floor((i * bytes + bytes - 1) / LINE_BYTES);
    lines += last - first + 1;
    if (last > first) straddling++;
  }
  return { lines: lines / LINE_BYTES, straddle: straddling / LINE_BYTES };
}

const WHY = "the modules with page descriptors of 2006 are not built";

/** Time in descriptors of one size over another, for each kind of life. */
async function ratiosOf(
  lab: Laboratory,
  over: keyof typeof SIZES,
  under: keyof typeof SIZES,
  missing: string[],
): Promise<{ ratios: Ratio[]; measured: [LifeOptions, Estimates][] }> {
  const measured: [LifeOptions, Estimates][] = [];
  const pairs: [string, Ratio | undefined][] = [];
  for (const life of LIVES) {
    const estimates = await lab.layoutLives(WANTED, life);
    if (estimates.size > 0) measured.push([life, estimates]);
    pairs.push([
      `${over} to ${under} bytes, ${life.label}`,
      ratio(estimates, nameOf(over), nameOf(under), life.label),
    ]);
  }
  return { ratios: present(pairs, missing, WHY), measured };
}

function timesOf(measured: readonly [LifeOptions, Estimates][]) {
  return measured.map(([life, estimates]) =>
    timeChart(`A page's life, ${life.label}`, "ns per page", relabel(estimates)),
  );
}

/** Names of layouts are for programmers; sizes say what differs. */
function relabel(estimates: Estimates): Estimates {
  const named = (Object.keys(SIZES) as unknown as (keyof typeof SIZES)[]).flatMap((bytes) => {
    const estimate = estimates.get(nameOf(bytes));
    return estimate === undefined
      ? []
      : [[`${bytes} bytes`, { ...estimate, name: `${bytes} bytes` }] as const];
  });
  return new Map(named);
}

function linesChart() {
  return amounts(
    "Lines of 64 bytes that a descriptor lies on, on average",
    "lines",
    Object.keys(SIZES).map((bytes) => counted(`${bytes} bytes`, linesOf(Number(bytes)).lines)),
  );
}

const percent = (share: number) => `${Math.round(100 * share)} %`;

export function judgeFullLine(ratios: readonly Ratio[]): Judgement {
  const verdict = judgeBelow(ratios, ALMOST_NOTHING);
  if (ratios.length === 0) return { verdict, reason: `Not measured: ${WHY}.` };
  const said = {
    holds: "In none of them does filling the line cost five in a hundred",
    "does not hold": "In each of them filling the line costs more than five in a hundred",
    "holds in part": "It is below 1.05 in some and above in others",
    "not decided": "Not every interval lies on one side of 1.05, so this run does not decide",
  }[verdict];
  return { verdict, reason: `Time with 64 bytes over that with 56: ${listRatios(ratios)}. ${said}.` };
}

export async function measureFullLine(lab: Laboratory): Promise<Finding> {
  const missing: string[] = [];
  const { ratios, measured } = await ratiosOf(lab, 64, 56, missing);
  const { straddle } = linesOf(56);
  return {
    ...judgeFullLine(ratios),
    rule: "Time of a page's life in descriptors of 64 bytes over that in descriptors of 56. Holds if the 95 % interval lies below 1.05 in every case, does not hold if it lies above in every case, holds in part if it lies below in some and above in others; else the run does not decide.",
    charts: [
      ...(ratios.length === 0
        ? []
        : [
            ratioChart("64 bytes to 56 bytes", ratios, {
              value: ALMOST_NOTHING,
              label: "almost nothing: 1.05",
            }),
          ]),
      linesChart(),
      ...timesOf(measured),
    ],
    missing,
    notes: [
      `Counted: ${percent(straddle)} of the descriptors of 56 bytes lie on two lines; of 64 bytes none do. Against that, 64 bytes are a seventh more memory to pass through.`,
      "The owner lies in a column in both, so that the descriptor's size alone differs; what an operation touches of a descriptor here is its flags, order, counts and LRU links.",
    ],
  };
}

export function judgeMisfit(larger: readonly Ratio[], smaller: readonly Ratio[]): Judgement {
  const all = [...larger, ...smaller];
  const verdict = judgeCosts(larger, ALMOST_NOTHING);
  if (all.length === 0) return { verdict, reason: `Not measured: ${WHY}.` };
  const said = {
    holds: "A descriptor larger than the line costs in each of them",
    "does not hold": "A descriptor larger than the line costs in none of them, to within five in a hundred",
    "holds in part": "A descriptor larger than the line costs in some of them",
    "not decided": "The intervals hold 1 and more than five in a hundred, so this run does not decide",
  }[verdict];
  return {
    verdict,
    reason: `Time with 72 bytes over that with 64: ${listRatios(larger)}. ${said}. With 56 bytes, which do not fit a line either, over 64: ${listRatios(smaller)}.`,
  };
}

export async function measureMisfit(lab: Laboratory): Promise<Finding> {
  const missing: string[] = [];
  const larger = await ratiosOf(lab, 72, 64, missing);
  const smaller = await ratiosOf(lab, 56, 64, []);
  const charts = [
    ["72 bytes to 64 bytes", larger.ratios],
    ["56 bytes to 64 bytes", smaller.ratios],
  ] as const;
  return {
    ...judgeMisfit(larger.ratios, smaller.ratios),
    rule: "Time of a page's life in descriptors of 72 bytes, larger than a line and misaligned to it, over that in descriptors of 64. Holds if the 95 % interval lies above 1 in every case, holds in part if in some; does not hold if none does and all lie below 1.05; else the run does not decide.",
    charts: [
      ...charts.flatMap(([title, ratios]) =>
        ratios.length === 0 ? [] : [ratioChart(title, ratios, { value: ALMOST_NOTHING, label: "1.05" })],
      ),
      linesChart(),
      ...timesOf(larger.measured),
    ],
    missing,
    notes: [
      `Counted: of descriptors of 72 bytes ${percent(linesOf(72).straddle)} lie on two lines or more, of 56 bytes ${percent(linesOf(56).straddle)}, of 64 bytes none. An operation that touches two fields pays for a second line only if they lie on different ones.`,
    ],
  };
}
