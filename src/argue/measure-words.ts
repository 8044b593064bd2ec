/**
 * measure-words: claims `function-pointers` and `flag-bit`: what 24 bytes and one bit more take in each page.
 */
import { FrameFlag } from "../abi.js";
import { PAGE_BYTES } from "../units.js";
import { amounts, present, ratioChart, timeChart } from "./charts.js";
import { counted, type Finding, type Judgement } from "./finding.js";
import { ALMOST_NOTHING, judgeCosts, listRatios, percentText, type Ratio } from "./judge.js";
import { type Estimates, type Laboratory, ratio } from "./laboratory.js";
import { LIVES, linesOf } from "./measure-line.js";

const WITHOUT = { layout: "linux-2015", design: "in-page", bytes: 64 };
const WITH = { layout: "linux-2015-movable", design: "in-page", bytes: 88 };
const nameOf = ({ layout, design }: typeof WITH) => `${layout}-${design}`;

/** The share that Kleen had called too much for a pointer of 8 bytes. */
const TOO_MUCH = 0.002;

export function judgeFunctionPointers(addedBytes: number, ratios: readonly Ratio[]): Judgement {
  const share = addedBytes / PAGE_BYTES;
  const figure = `${addedBytes} bytes in each ${PAGE_BYTES} are ${percentText(share)} of all memory, paid by every page for the few that can be moved so`;
  if (share <= TOO_MUCH) return { verdict: "does not hold", reason: `${figure}.` };
  if (ratios.length === 0)
    return {
      verdict: "holds in part",
      reason: `${figure}. What the larger descriptor costs in time was not measured.`,
    };
  const costs = judgeCosts(ratios, ALMOST_NOTHING);
  const time = `Time with descriptors of ${WITH.bytes} bytes over that with ${WITHOUT.bytes}: ${listRatios(ratios)}`;
  const also = {
    holds: "time is paid too",
    "holds in part": "time is paid too in some cases",
    "does not hold": "no time is paid",
    "not decided": "whether time is paid too stays open",
  }[costs];
  return { verdict: "holds", reason: `${figure}. ${time}: ${also}.` };
}

/** Names of layouts are for programmers; sizes say what differs. */
function bySize(estimates: Estimates): Estimates {
  return new Map(
    [WITHOUT, WITH].flatMap((size) => {
      const estimate = estimates.get(nameOf(size));
      const name = `${size.bytes} bytes`;
      return estimate === undefined ? [] : [[name, { ...estimate, name }] as const];
    }),
  );
}

export async function measureFunctionPointers(lab: Laboratory): Promise<Finding> {
  const missing: string[] = [];
  const pairs: [string, Ratio | undefined][] = [];
  const charts = [];
  for (const life of LIVES) {
    const estimates = await lab.layoutLives([WITHOUT, WITH], life);
    pairs.push([
      `88 to 64 bytes, ${life.label}`,
      ratio(estimates, nameOf(WITH), nameOf(WITHOUT), life.label),
    ]);
    if (estimates.size > 0)
      charts.push(timeChart(`A page's life, ${life.label}`, "ns per page", bySize(estimates)));
  }
  const ratios = present(pairs, missing, "the modules with page descriptors of 2015 are not built");
  return {
    ...judgeFunctionPointers(WITH.bytes - WITHOUT.bytes, ratios),
    rule: "Holds if the share of memory is above the 0.2 % that were called too much before; the time of a page's life in descriptors of 88 bytes over that in 64 is given beside it.",
    charts: [
      amounts("Share of all memory", "%", [
        counted("3 function pointers", (100 * (WITH.bytes - WITHOUT.bytes)) / PAGE_BYTES),
        counted("1 pointer", (100 * 8) / PAGE_BYTES),
        counted("descriptor of 64 bytes", (100 * WITHOUT.bytes) / PAGE_BYTES),
        counted("descriptor of 88 bytes", (100 * WITH.bytes) / PAGE_BYTES),
      ]),
      ...(ratios.length === 0
        ? []
        : [ratioChart("88 bytes to 64 bytes", ratios, { value: ALMOST_NOTHING, label: "1.05" })]),
      ...charts,
    ],
    missing,
    notes: [
      `Counted: a descriptor of 88 bytes lies on ${linesOf(88).lines.toFixed(2)} lines of 64 bytes on average, one of 64 bytes on 1.`,
      "What was merged instead takes no byte: two low bits of the mapping pointer say that a page is movable, and the pointer leads to one table of functions for all such pages.",
    ],
  };
}

export async function measureFlagBit(lab: Laboratory): Promise<Finding> {
  const state = await lab.state();
  const bit = 1 / 8;
  const used = Object.keys(FrameFlag).length;
  const seen = lab.machine.kernelFlags;
  const counts = [
    counted("bits of flags that our page frames use, of 16 (3 more hold the type)", used),
    ...(seen > 0 ? [counted("different bits of /proc/kpageflags set in this capture", seen)] : []),
  ];
  return {
    verdict: "not decided",
    reason: `One bit per page takes ${percentText(bit / PAGE_BYTES)} of memory, on this machine ${Math.ceil(lab.machine.nrFrames / 8).toLocaleString("en-US")} bytes: as memory it is no rare resource. The scarcity is one of places in the word of flags, which holds node, zone and section besides; how many of those are free is a matter of the kernel's source and configuration, and nothing here measures it.`,
    rule: "No figure of a ledger decides how many bits a kernel's word of flags has left; what a bit takes in memory is given, and the verdict stays open.",
    charts: [amounts("Flags in use", "bits", counts)],
    missing: [],
    notes: [
      `Of the ${state.ownedFrames.toLocaleString("en-US")} owned pages of this machine each would carry the bit, and each page without an owner as well.`,
    ],
  };
}
