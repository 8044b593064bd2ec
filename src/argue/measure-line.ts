/**
 * measure-line: claims `full-line` and `line-misfit`: page descriptors that fill a line of the cache, and others.
 *
 *                  size alone differs                  what the pointer in it brings
 *   full-line      64 to 56, owner beside both         owner in 64 to owner beside 56
 *   line-misfit    72 to 64, owner beside, or inside   72 to 64, owner inside: lookups alone
 */
import { ratioChart } from "./charts.js";
import {
  BESIDE_56,
  BESIDE_64,
  BESIDE_72,
  descriptorRatios,
  descriptorTimes,
  INSIDE_64,
  INSIDE_72,
  linesChart,
  linesOf,
} from "./descriptors.js";
import type { Finding, Judgement } from "./finding.js";
import { ALONE, QUESTIONS, SCANNED, TOUCHED } from "./full-machine.js";
import { ALMOST_NOTHING, judgeBelow, judgeCosts, listRatios, type Ratio, sidesText } from "./judge.js";
import type { Laboratory } from "./laboratory.js";
import { LIVES } from "./life.js";

const NOT_BUILT = "Not measured: the modules with page descriptors of 2006 are not built.";
const LIMIT = { value: ALMOST_NOTHING, label: "almost nothing: 1.05" };
const LINES = {
  "linux-2006": "56 bytes",
  "linux-2006-owner": "64 bytes",
  "linux-2006-owner-virtual": "72 bytes",
};
/** Operations that touch the descriptor. */
const TOUCHING = [...LIVES, TOUCHED, SCANNED];

/** `size`: 64 bytes to 56, nothing else differs; `inside`: the pointer in 64 bytes to an owner beside 56. */
export function judgeFullLine(size: readonly Ratio[], inside: readonly Ratio[]): Judgement {
  const verdict = judgeBelow(size, ALMOST_NOTHING);
  if (size.length === 0) return { verdict, reason: NOT_BUILT };
  const said = {
    holds: "In no case does filling the line cost five in a hundred",
    "does not hold": "In each case filling the line costs more than five in a hundred",
    "holds in part": "It costs almost nothing in some cases and more in others",
    "not decided": "Not every interval lies on one side of 1.05",
  }[verdict];
  const beside =
    inside.length === 0
      ? ""
      : ` The pointer in 64 bytes against an owner in a column beside 56: ${listRatios(inside)}.`;
  return {
    verdict,
    reason: `${said}: time with 64 bytes over that with 56, ${sidesText(size, ALMOST_NOTHING)}.${beside}`,
  };
}

export async function measureFullLine(lab: Laboratory): Promise<Finding> {
  const missing: string[] = [];
  const size = await descriptorRatios(lab, [BESIDE_64, BESIDE_56], TOUCHING, missing);
  const inside = await descriptorRatios(lab, [INSIDE_64, BESIDE_56], QUESTIONS, []);
  const shown = [BESIDE_56, BESIDE_64, INSIDE_64];
  return {
    ...judgeFullLine(size, inside),
    rule: "Time in descriptors of 64 bytes over that in descriptors of 56, for lives of pages and for lookups that touch the frame; the owner lies in a column beside both, so that the size alone differs. Holds if the 95 % interval lies below 1.05 in every case, does not hold if it lies above in every case, holds in part if it lies below in some and above in others; else the run does not decide. Lookups that find the owner in the line, alone and with the frame touched, are shown beside it.",
    charts: [
      ...ratioChart("64 bytes to 56 bytes, owner beside both", "case", size, LIMIT),
      ...ratioChart("Owner inside 64 bytes to owner beside 56", "case", inside, LIMIT),
      linesChart({ "linux-2006": "56 bytes", "linux-2006-owner": "64 bytes" }),
      ...(await descriptorTimes(lab, shown, [...LIVES, ...QUESTIONS])),
    ],
    missing,
    notes: [
      `Counted: a descriptor of 56 bytes lies on ${linesOf("linux-2006").whole.toFixed(2)} lines on average, one of 64 bytes on 1. Against that, 64 bytes are a seventh more memory to pass through.`,
      "A lookup alone reads only the owner. In the descriptor it fetches a line for it, from a column it shares the line with 31 others. With the frame touched the line is there anyway, and the column costs a second one: the claim is about this case.",
    ],
  };
}

/** `larger`: 72 bytes to 64, operations that touch more than the owner; `alone`: lookups of the owner only. */
export function judgeMisfit(
  larger: readonly Ratio[],
  alone: readonly Ratio[],
  smaller: readonly Ratio[],
): Judgement {
  const verdict = judgeCosts(larger, ALMOST_NOTHING);
  if (larger.length === 0) return { verdict, reason: NOT_BUILT };
  const said = {
    holds: "A descriptor larger than the line costs in each case",
    "does not hold": "A descriptor larger than the line costs in no case, to within five in a hundred",
    "holds in part": "A descriptor larger than the line costs in some cases",
    "not decided": "No interval lies above 1, and not all lie below 1.05",
  }[verdict];
  const others = [
    alone.length === 0 ? "" : ` Beside it, ${listRatios(alone)}.`,
    smaller.length === 0
      ? ""
      : ` With 56 bytes, which do not fit a line either, over 64: ${listRatios(smaller)}.`,
  ].join("");
  return {
    verdict,
    reason: `${said}: time with 72 bytes over that with 64, ${sidesText(larger, 1)}.${others}`,
  };
}

export async function measureMisfit(lab: Laboratory): Promise<Finding> {
  const missing: string[] = [];
  const larger = [
    ...(await descriptorRatios(lab, [BESIDE_72, BESIDE_64], LIVES, missing)),
    ...(await descriptorRatios(lab, [INSIDE_72, INSIDE_64], [TOUCHED, SCANNED], missing)),
  ];
  const alone = await descriptorRatios(lab, [INSIDE_72, INSIDE_64], [ALONE], missing);
  const smaller = await descriptorRatios(lab, [BESIDE_56, BESIDE_64], TOUCHING, []);
  const shown = [BESIDE_56, BESIDE_64, BESIDE_72, INSIDE_64, INSIDE_72];
  return {
    ...judgeMisfit(larger, alone, smaller),
    rule: "Time in descriptors of 72 bytes, larger than a line and misaligned to it, over that in descriptors of 64: lives of pages with the owner beside both, and lookups with the frame touched, the owner inside both. Holds if the 95 % interval lies above 1 in every case, holds in part if in some; does not hold if in none and all lie below 1.05; else the run does not decide. Lookups of the owner alone, and descriptors of 56 bytes, are shown beside it.",
    charts: [
      ...ratioChart("72 bytes to 64 bytes", "case", [...larger, ...alone], LIMIT),
      ...ratioChart("56 bytes to 64 bytes, owner beside both", "case", smaller, LIMIT),
      linesChart(LINES),
      ...(await descriptorTimes(lab, shown, [...LIVES, ...QUESTIONS])),
    ],
    missing,
    notes: [
      `Counted: flags and owner of a descriptor of 72 bytes lie on ${linesOf("linux-2006-owner-virtual").touched.toFixed(2)} lines on average, of one of 64 bytes on 1. A lookup of the owner alone touches one line in either.`,
    ],
  };
}
