/**
 * measure-on-demand: claim `on-demand`: a structure that is there only where pages are owned, against a field in each.
 */
import { HISTORY } from "./cases.js";
import { allBytesCharts, POINTER_BYTES, present, ratioChart } from "./charts.js";
import type { Finding, Judgement } from "./finding.js";
import { ALONE, TOUCHED } from "./full-machine.js";
import { ALMOST_NOTHING, bytesText, listRatios } from "./judge.js";
import type { IndexBytes, Laboratory } from "./laboratory.js";
import { NOTHING_BYTES } from "./measure-isolation.js";
import { ratio, type Timings } from "./trials.js";

/** What is allocated when pages are charged, in the order of the registry; the rest is there from the start. */
export const ON_DEMAND = ["radix", "radix-rcu", "section", "hash", "xarray"] as const;
const SHOWN = ["in-page", "column", "page-cgroup", "page-cgroup-rcu", ...ON_DEMAND, "palette"];

type Bytes = Pick<IndexBytes, "design" | "nothing" | "end" | "full">;

export function judgeOnDemand(designs: readonly Bytes[]): Judgement {
  if (designs.length === 0)
    return { verdict: "not decided", reason: "Not measured: no design on demand is built." };
  const list = (of: (bytes: Bytes) => number) =>
    designs.map((each) => `${each.design} ${bytesText(of(each))}`).join(", ");
  const unused = `With nothing owned they take, in bytes per page: ${list((each) => each.nothing)}; at the machine's end ${list((each) => each.end)}; the pointer takes ${POINTER_BYTES} always`;
  const isNothing = designs.filter((each) => each.nothing < NOTHING_BYTES);
  const isLess = designs.filter((each) => each.end < POINTER_BYTES);
  const isAlways = designs.filter((each) => each.full < POINTER_BYTES);
  const dense = `with every page owned ${isAlways.length} of ${designs.length} still take less`;
  if (isNothing.length === designs.length && isLess.length === designs.length)
    return {
      verdict: "holds",
      reason: `All take less than a pointer in each page on this machine; ${dense}. ${unused}.`,
    };
  const both = designs.filter((each) => isNothing.includes(each) && isLess.includes(each));
  if (both.length > 0)
    return {
      verdict: "holds in part",
      reason: `It is so for ${both.map((each) => each.design).join(", ")} only; ${dense}. ${unused}.`,
    };
  return { verdict: "does not hold", reason: `None takes less than a pointer in each page here. ${unused}.` };
}

export async function measureOnDemand(lab: Laboratory): Promise<Finding> {
  const bytes = await lab.indexBytes();
  const state = await lab.state();
  const missing: string[] = [];
  const built = ON_DEMAND.flatMap((name) => bytes.get(name) ?? []);
  const cases = [
    [HISTORY, await lab.replays()],
    [ALONE.label, await lab.lookups(ALONE)],
    [TOUCHED.label, await lab.lookups(TOUCHED)],
  ] as const;
  const against = (timings: Timings, what: string) =>
    present(
      built.map(({ design }) => [`${design}, ${what}`, ratio(timings, design, "in-page", design)]),
      missing,
      "design in-page is not built",
    );
  const prices = cases.map(([what, timings]) => [what, against(timings, what)] as const);
  const judged = judgeOnDemand(built);
  const price = prices
    .filter(([, ratios]) => ratios.length > 0)
    .map(
      ([what, ratios]) => ` The price in time against the owner in the page, ${what}: ${listRatios(ratios)}.`,
    )
    .join("");
  const limit = { value: ALMOST_NOTHING, label: "almost nothing: 1.05" };
  const share = (n: number, of: number) => `${((100 * n) / Math.max(1, of)).toFixed(1)} %`;
  return {
    ...judged,
    reason: judged.reason + price,
    rule: "About memory. Holds if every design on demand takes less than a hundredth of the pointer's 8 bytes per page with nothing owned, and less than 8 bytes per page at the machine's end; in part if some do. The price in time is given beside it.",
    charts: [
      ...allBytesCharts(bytes, SHOWN),
      ...prices.flatMap(([what, ratios]) =>
        ratioChart(`Time to that with the owner in the page: ${what}`, "design", ratios, limit),
      ),
    ],
    missing,
    notes: [
      `On this machine ${share(state.ownedFrames, lab.machine.nrFrames)} of the pages are owned at the end; they lie in ${share(state.blocks, lab.machine.nrFrames / 64)} of the runs of 64 pages and in ${share(state.sections, lab.machine.nrFrames / 2048)} of the sections of 8 MiB: so much a structure on demand has to be there for.`,
    ],
  };
}
