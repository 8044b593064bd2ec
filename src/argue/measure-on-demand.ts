/**
 * measure-on-demand: claim `on-demand`: a structure that is there only where pages are owned, against a field in each.
 */
import { bytesChart, POINTER_BYTES, present, ratioChart } from "./charts.js";
import type { Finding, Judgement } from "./finding.js";
import { ALMOST_NOTHING, bytesText, listRatios } from "./judge.js";
import { type IndexBytes, type Laboratory, ratio } from "./laboratory.js";
import { NOTHING_BYTES } from "./measure-isolation.js";

/** What is allocated when pages are charged, in the order of the registry; the rest is there from the start. */
export const ON_DEMAND = ["radix", "radix-rcu", "section", "hash", "xarray"] as const;
const SHOWN = ["in-page", "column", "page-cgroup", ...ON_DEMAND, "palette"];

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
      reason: `${unused}. All take less than a pointer in each page on this machine; ${dense}.`,
    };
  const both = designs.filter((each) => isNothing.includes(each) && isLess.includes(each));
  if (both.length > 0)
    return {
      verdict: "holds in part",
      reason: `${unused}. It is so for ${both.map((each) => each.design).join(", ")} only; ${dense}.`,
    };
  return { verdict: "does not hold", reason: `${unused}. None takes less than a pointer in each page here.` };
}

export async function measureOnDemand(lab: Laboratory): Promise<Finding> {
  const bytes = await lab.indexBytes();
  const state = await lab.state();
  const missing: string[] = [];
  const built = ON_DEMAND.flatMap((name) => bytes.get(name) ?? []);
  const replays = await lab.replays();
  const lookups = await lab.lookups();
  const history = present(
    built.map(({ design }) => [design, ratio(replays, design, "in-page", design)]),
    missing,
    "design in-page is not built",
  );
  const alone = built.flatMap(({ design }) => ratio(lookups, design, "in-page", design) ?? []);
  const judged = judgeOnDemand(built);
  const price =
    history.length === 0
      ? ""
      : ` The price in time, the machine's history against the owner in the page: ${listRatios(history)}.`;
  const limit = { value: ALMOST_NOTHING, label: "1.05" };
  const share = (n: number, of: number) => `${((100 * n) / Math.max(1, of)).toFixed(1)} %`;
  return {
    ...judged,
    reason: judged.reason + price,
    rule: "About memory. Holds if every design on demand takes less than a hundredth of the pointer's 8 bytes per page with nothing owned, and less than 8 bytes per page at the machine's end; in part if some do. The price in time is given beside it.",
    charts: [
      bytesChart("Owner index, nothing owned", bytes, (each) => each.nothing, SHOWN),
      bytesChart("Owner index at the machine's end", bytes, (each) => each.end, SHOWN),
      bytesChart("Owner index, every page owned", bytes, (each) => each.full, SHOWN),
      ...(history.length === 0
        ? []
        : [ratioChart("The machine's history, time to that with the owner in the page", history, limit)]),
      ...(alone.length === 0
        ? []
        : [ratioChart("Lookups alone, time to that with the owner in the page", alone, limit)]),
    ],
    missing,
    notes: [
      `On this machine ${share(state.ownedFrames, lab.machine.nrFrames)} of the pages are owned at the end; they lie in ${share(state.blocks, lab.machine.nrFrames / 64)} of the runs of 64 pages and in ${share(state.sections, lab.machine.nrFrames / 2048)} of the sections of 8 MiB: so much a structure on demand has to be there for.`,
    ],
  };
}
