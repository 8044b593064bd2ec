/**
 * measure-2008: claims `array-2008` and `radix-2008`: the preallocated array and the radix tree against the pointer scheme.
 *
 *   then     a pointer in each page to a record that comes with the charge      page-cgroup-rcu
 *   array    a record for each page, allocated at boot                          page-cgroup
 *   tree     records found by page number                                       radix, radix-rcu
 *
 * The figures of 2008 are those of a kernel benchmark, in which accounting is a small part of the work.  Here the ledger works
 * alone, so a difference shows in full: its direction and the order of the two can be held against the claim, its size cannot.
 */
import { casesOf } from "./cases.js";
import { allBytesCharts, asNamed, ratioChart, timeChart } from "./charts.js";
import type { Finding, Judgement } from "./finding.js";
import { ALONE, TOUCHED } from "./full-machine.js";
import { judgeDirection, listRatios, type Ratio, sidesText } from "./judge.js";
import type { IndexBytes, Laboratory } from "./laboratory.js";
import { CHARGED } from "./life.js";

/** The scheme of that time. */
const THEN = "page-cgroup-rcu";
const ARRAY = "page-cgroup";
const TREE = "radix";

function percent(times: number): string {
  return `${times >= 1 ? "+" : "−"}${Math.abs(100 * (times - 1)).toFixed(1)}`;
}

/** How much of a run accounting would be, if an extra in it showed as `claimed` of the whole. */
function shareOfRun(extra: Ratio, claimed: number): string {
  const share = claimed / (extra.mean - 1);
  if (!(share > 0 && share <= 1) || extra.low <= 1) return "";
  return ` An extra like that of ${extra.label} would show as +${100 * claimed} % in a run of which accounting is ${(100 * share).toFixed(0)} %.`;
}

/** `nothing owned +400.0 %, at the machine's end …`: bytes as allocated, over those of the scheme of that time. */
export function extraBytesText(bytes: IndexBytes | undefined, then: IndexBytes | undefined): string {
  if (bytes === undefined || then === undefined) return "";
  const states = [
    ["nothing owned", bytes.nothing, then.nothing],
    ["at the machine's end", bytes.end, then.end],
    ["every page owned", bytes.full, then.full],
    ["one page in 64 owned", bytes.scattered, then.scattered],
  ] as const;
  const texts = states.map(([state, own, its]) => `${state} ${percent(own / its)} %`);
  return ` Memory of the owner index as allocated, over that of ${THEN}: ${texts.join(", ")}.`;
}

/** `extras`: the array's time over that of the scheme of the time, for the history and for lives of pages. */
export function judgeArray(extras: readonly Ratio[]): Judgement {
  if (extras.length === 0) return { verdict: "not decided", reason: "Not measured: a design is not built." };
  const verdict = judgeDirection(extras);
  const figures = `The array's time over that of the pointer to a record, ${sidesText(extras, 1)}`;
  const isMixed = verdict === "holds in part" && extras.some(({ low }) => low <= 1);
  const said = {
    holds: "",
    "holds in part": isMixed ? "Whether it costs more depends on the work" : "It does cost more in each case",
    "does not hold": "It does not cost more in any case",
    "not decided": "Not every interval lies on one side of 1",
  }[verdict];
  const size =
    verdict === "does not hold" ? "" : " Whether it is 7 % of a kernel's run this data does not decide.";
  const shares = verdict === "holds in part" ? extras.map((each) => shareOfRun(each, 0.07)).join("") : "";
  return { verdict, reason: `${said}. ${figures}.${shares}${size}` };
}

/** `extras`: as for the array; `overArray`: the tree's time over the array's. */
export function judgeRadix(extras: readonly Ratio[], overArray: readonly Ratio[]): Judgement {
  if (extras.length === 0 || overArray.length === 0)
    return { verdict: "not decided", reason: "Not measured: a design is not built." };
  const isBelow = overArray.every(({ high }) => high < 1);
  const isAbove = overArray.every(({ low }) => low > 1);
  const isSure = overArray.every(({ low, high }) => high < 1 || low > 1);
  const figures = `The tree's time over the array's, ${sidesText(overArray, 1)}; over that of the pointer to a record: ${listRatios(extras)}.`;
  const size = " The size, 1.5 % of a kernel's run, this data does not decide.";
  if (isBelow)
    return {
      verdict: "holds in part",
      reason: `The tree costs less than the array, as in 2008. ${figures}${size}`,
    };
  if (isAbove)
    return {
      verdict: "does not hold",
      reason: `For the work of the ledger alone the order is the other way round: the tree costs more than the array. ${figures}`,
    };
  if (isSure)
    return {
      verdict: "holds in part",
      reason: `Which of the two costs more depends on the work. ${figures}${size}`,
    };
  return {
    verdict: "not decided",
    reason: `Not every interval lies on one side of 1. ${figures}${size}`,
  };
}

const NOTES = [
  "The figure of 2008 is that of a kernel benchmark with much other work around the accounting. Here nothing but the ledger works.",
  `The scheme of that time was a pointer in each page to a record that was allocated when the page was charged. ${THEN} is its form of August 2008, without a lock; the owner in the page is that pointer without the record behind it.`,
  "In 2008 it was asked to weigh: slower, larger in the worst case, smaller in the best. So the bytes are shown for both: nothing owned, and one owned page in each run of 64, the worst case of a tree.",
];

/** Cases that decide: those that charge, as a kernel's benchmark does. */
function deciding(ratios: readonly Ratio[]): Ratio[] {
  return ratios.filter(({ label }) => label !== ALONE.label && label !== TOUCHED.label);
}

async function shown(lab: Laboratory, design: string, then: readonly Ratio[], missing: string[]) {
  const inPage = await casesOf(lab, design, "in-page", missing);
  const designs = ["in-page", ARRAY, THEN, TREE, "radix-rcu"];
  const names = asNamed(designs);
  return {
    charts: [
      ...ratioChart(`Time with ${design} to that with a pointer to a record (${THEN})`, "case", then),
      ...ratioChart(`Time with ${design} to that with the owner in the page`, "case", inPage),
      ...allBytesCharts(await lab.indexBytes(), designs),
      timeChart("The machine's history", "ns per operation", "design", await lab.replays(), names),
      timeChart("Lives of charged pages", "ns per page", "design", await lab.lives(CHARGED), names),
      timeChart("Lookups alone", "ns per lookup", "design", await lab.lookups(ALONE), names),
      timeChart(
        "Lookups with the frame touched",
        "ns per lookup",
        "design",
        await lab.lookups(TOUCHED),
        names,
      ),
    ],
    missing,
    notes: NOTES,
  };
}

export async function measureArray(lab: Laboratory): Promise<Finding> {
  const missing: string[] = [];
  const then = await casesOf(lab, ARRAY, THEN, missing);
  const bytes = await lab.indexBytes();
  const judged = judgeArray(deciding(then));
  return {
    ...judged,
    reason: judged.reason + extraBytesText(bytes.get(ARRAY), bytes.get(THEN)),
    rule: "Direction only: the array's time over that of the pointer to a record, for the machine's history and for lives of charged pages. Holds in part if it lies above 1 in every case (whole 95 % interval), or above in some and below in the others; does not hold if below in every case; else not decided. The size of 7 % cannot be decided here. Lookups and bytes are shown beside it.",
    ...(await shown(lab, ARRAY, then, missing)),
  };
}

export async function measureRadix(lab: Laboratory): Promise<Finding> {
  const missing: string[] = [];
  const then = await casesOf(lab, TREE, THEN, missing);
  const overArray = await casesOf(lab, TREE, ARRAY, missing);
  const rcuOverArray = await casesOf(lab, "radix-rcu", ARRAY, []);
  const bytes = await lab.indexBytes();
  const judged = judgeRadix(deciding(then), deciding(overArray));
  const { charts, ...rest } = await shown(lab, TREE, then, missing);
  return {
    ...judged,
    reason: judged.reason + extraBytesText(bytes.get(TREE), bytes.get(THEN)),
    rule: "Order only: the tree's time over the array's, for the machine's history and for lives of charged pages. Holds in part if it lies below 1 in every case (whole 95 % interval), or below in some and above in the others; does not hold if above in every case; else not decided. The size of 1.5 % cannot be decided here. Lookups and bytes are shown beside it.",
    charts: [
      ...ratioChart("Time with radix to that with the array", "case", overArray),
      ...ratioChart("Time with radix-rcu to that with the array", "case", rcuOverArray),
      ...charts,
    ],
    ...rest,
  };
}
