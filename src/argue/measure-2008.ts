/**
 * measure-2008: claims `array-2008` and `radix-2008`: the preallocated array and the radix tree against the pointer.
 *
 * The figures of 2008 are those of a kernel benchmark, in which accounting is a small part of the work.  Here the ledger works
 * alone, so a difference shows in full: its direction and the order of the two can be held against the claim, its size cannot.
 */
import { bytesChart, present, ratioChart, timeChart } from "./charts.js";
import type { Finding, Judgement } from "./finding.js";
import { type Ratio, ratioText, sideOf } from "./judge.js";
import { type Estimates, type Laboratory, ratio } from "./laboratory.js";
import { LIVES } from "./measure-line.js";

/** `+28.1 % (+20.3 to +36.4)`. */
export function extraText({ mean, low, high }: Omit<Ratio, "label">): string {
  const percent = (times: number) => `${times >= 1 ? "+" : "−"}${Math.abs(100 * (times - 1)).toFixed(1)}`;
  return `${percent(mean)} % (${percent(low)} to ${percent(high)})`;
}

/** How much of a run accounting would be, if an extra in it showed as `claimed` of the whole. */
function shareOfRun(extra: Ratio, claimed: number): string {
  const share = claimed / (extra.mean - 1);
  if (!(share > 0 && share <= 1)) return "";
  return ` An extra of that size would show as +${100 * claimed} % in a run of which accounting is ${(100 * share).toFixed(0)} %.`;
}

function listExtras(extras: readonly Ratio[]): string {
  return extras.map((extra) => `${extra.label} ${extraText(extra)}`).join(", ");
}

export function judgeArray(extras: readonly Ratio[]): Judgement {
  const first = extras[0];
  if (first === undefined) return { verdict: "not decided", reason: "Not measured: a design is not built." };
  const sides = extras.map((extra) => sideOf(extra, 1));
  const said = `The array against the owner in the page: ${listExtras(extras)}.`;
  const size = " Whether it is 7 % of a kernel's run this data does not decide.";
  if (sides.every((side) => side === "above"))
    return {
      verdict: "holds in part",
      reason: `${said} It does cost more.${shareOfRun(first, 0.07)}${size}`,
    };
  if (sides.every((side) => side === "below"))
    return { verdict: "does not hold", reason: `${said} It does not cost more in any case.` };
  return { verdict: "not decided", reason: `${said} Not every case shows that it costs more.${size}` };
}

export function judgeRadix(extras: readonly Ratio[], overArray: readonly Ratio[]): Judgement {
  const first = extras[0];
  if (first === undefined || overArray.length === 0)
    return { verdict: "not decided", reason: "Not measured: a design is not built." };
  const order = overArray.map((each) => sideOf(each, 1));
  const said = `The tree against the owner in the page: ${listExtras(extras)}. The tree's time over the array's: ${overArray.map((each) => `${each.label} ${ratioText(each)}`).join(", ")}.`;
  const size = " The size, 1.5 % of a kernel's run, this data does not decide.";
  if (order.every((side) => side === "above"))
    return {
      verdict: "does not hold",
      reason: `${said} For the work of the ledger alone the order is the other way round: the tree costs more than the array.${shareOfRun(first, 0.015)}${size}`,
    };
  if (order.every((side) => side === "below"))
    return {
      verdict: "holds in part",
      reason: `${said} The tree costs less than the array, as in 2008.${size}`,
    };
  const isMixed = order.includes("above") && order.includes("below");
  const why = isMixed
    ? "Which of the two costs more depends on the work"
    : "Not every interval lies on one side of 1";
  return { verdict: "not decided", reason: `${said} ${why}.${size}` };
}

interface Cases {
  readonly history: Estimates;
  readonly lives: Estimates;
}

function pairs(cases: Cases, a: string, b: string): [string, Ratio | undefined][] {
  return [
    ["the machine's history", ratio(cases.history, a, b, "the machine's history")],
    ["lives of charged pages", ratio(cases.lives, a, b, "lives of charged pages")],
  ];
}

const NOTES = [
  "The figure of 2008 is that of a kernel benchmark with much other work around the accounting. Here nothing but the ledger works.",
  "The scheme of that time was a pointer in each page to a record allocated when the page was charged: page-cgroup-rcu where it is built. The owner in the page is that pointer without the record behind it.",
];

async function measure(
  lab: Laboratory,
  design: string,
  judge: (cases: Cases, missing: string[]) => Judgement,
) {
  const missing: string[] = [];
  const cases = { history: await lab.replays(), lives: await lab.lives(LIVES[0]!) };
  const bytes = await lab.indexBytes();
  const judged = judge(cases, missing);
  const ofThen = present(
    pairs(cases, design, "page-cgroup-rcu"),
    missing,
    "design page-cgroup-rcu is not built",
  );
  const ofPointer = present(pairs(cases, design, "in-page"), [], "");
  const shown = ["in-page", "page-cgroup", "page-cgroup-rcu", "radix"];
  return {
    ...judged,
    charts: [
      ...(ofPointer.length === 0
        ? []
        : [ratioChart(`Time with ${design} to time with the owner in the page`, ofPointer)]),
      ...(ofThen.length === 0
        ? []
        : [ratioChart(`Time with ${design} to time with a pointer to a record (page-cgroup-rcu)`, ofThen)]),
      timeChart("The machine's history", "ns per operation", cases.history, shown),
      timeChart("Lives of charged pages", "ns per page", cases.lives, shown),
      bytesChart("Owner index at the machine's end", bytes, (each) => each.end, shown),
    ],
    missing,
    notes: NOTES,
  };
}

export async function measureArray(lab: Laboratory): Promise<Finding> {
  const found = await measure(lab, "page-cgroup", (cases, missing) =>
    judgeArray(
      present(pairs(cases, "page-cgroup", "in-page"), missing, "design page-cgroup or in-page is not built"),
    ),
  );
  return {
    ...found,
    rule: "Direction only: in part if the array takes more time than the owner in the page in every case (95 % interval above 1), does not hold if less in every case, else not decided. The size of 7 % cannot be decided here.",
  };
}

export async function measureRadix(lab: Laboratory): Promise<Finding> {
  const found = await measure(lab, "radix", (cases, missing) =>
    judgeRadix(
      present(pairs(cases, "radix", "in-page"), missing, "design radix or in-page is not built"),
      present(pairs(cases, "radix", "page-cgroup"), missing, "design radix or page-cgroup is not built"),
    ),
  );
  return {
    ...found,
    rule: "Order only: the tree's time over the array's. In part if it lies below 1 in every case (95 % interval), does not hold if above in every case, else not decided. The size of 1.5 % cannot be decided here.",
  };
}
