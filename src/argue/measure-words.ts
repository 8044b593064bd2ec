/**
 * measure-words: claims `function-pointers` and `flag-bit`: what 24 bytes and one bit more take in each page.
 */
import { FRAME_LAYOUTS, FrameFlag } from "../abi.js";
import { PAGE_BYTES } from "../units.js";
import { amounts, ratioChart } from "./charts.js";
import { descriptorRatios, descriptorTimes, INSIDE_2015, linesOf, MOVABLE_2015 } from "./descriptors.js";
import { counted, type Finding, type Judgement } from "./finding.js";
import { ALONE, QUESTIONS, SCANNED, TOUCHED } from "./full-machine.js";
import { ALMOST_NOTHING, judgeCosts, listRatios, percentText, type Ratio, sidesText } from "./judge.js";
import type { Laboratory } from "./laboratory.js";
import { LIVES } from "./life.js";

const bytesOf = (layout: string) => FRAME_LAYOUTS.find(({ name }) => name === layout)!.sizeBytes;
const WITHOUT_BYTES = bytesOf(INSIDE_2015.layout);
const WITH_BYTES = bytesOf(MOVABLE_2015.layout);

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
  const time = `Time with descriptors of ${WITH_BYTES} bytes over that with ${WITHOUT_BYTES}, ${sidesText(ratios, 1)}`;
  const also = {
    holds: "time is paid too",
    "holds in part": "time is paid too in some cases",
    "does not hold": "no time is paid",
    "not decided": "whether time is paid too stays open",
  }[costs];
  return { verdict: "holds", reason: `${figure}. ${time}: ${also}.` };
}

export async function measureFunctionPointers(lab: Laboratory): Promise<Finding> {
  const missing: string[] = [];
  const pair = [MOVABLE_2015, INSIDE_2015] as const;
  const ratios = await descriptorRatios(lab, pair, [...LIVES, TOUCHED, SCANNED], missing);
  const alone = await descriptorRatios(lab, pair, [ALONE], missing);
  const share = (bytes: number) => (100 * bytes) / PAGE_BYTES;
  const judged = judgeFunctionPointers(WITH_BYTES - WITHOUT_BYTES, ratios);
  return {
    ...judged,
    reason: judged.reason + (alone.length === 0 ? "" : ` Beside it, ${listRatios(alone)}.`),
    rule: `Holds if the share of memory is above the 0.2 % that were called too much before. Time in descriptors of ${WITH_BYTES} bytes over that in ${WITHOUT_BYTES}, for lives of pages and for lookups alone and with the frame touched, is given beside it.`,
    charts: [
      amounts("Share of all memory", "% of memory", "bytes in each page", [
        counted("3 function pointers", share(WITH_BYTES - WITHOUT_BYTES)),
        counted("1 pointer", share(8)),
        counted(`descriptor of ${WITHOUT_BYTES} bytes`, share(WITHOUT_BYTES)),
        counted(`descriptor of ${WITH_BYTES} bytes`, share(WITH_BYTES)),
      ]),
      ...ratioChart(`${WITH_BYTES} bytes to ${WITHOUT_BYTES} bytes`, "case", [...ratios, ...alone], {
        value: ALMOST_NOTHING,
        label: "almost nothing: 1.05",
      }),
      ...(await descriptorTimes(lab, pair, [...LIVES, ...QUESTIONS])),
    ],
    missing,
    notes: [
      `Counted: a descriptor of ${WITH_BYTES} bytes lies on ${linesOf(MOVABLE_2015.layout).whole.toFixed(2)} lines of 64 bytes on average, its flags and owner on ${linesOf(MOVABLE_2015.layout).touched.toFixed(2)}; one of ${WITHOUT_BYTES} bytes on ${linesOf(INSIDE_2015.layout).whole}.`,
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
    charts: [amounts("Flags in use", "bits", "flags", counts)],
    missing: [],
    notes: [
      `Of the ${state.ownedFrames.toLocaleString("en-US")} owned pages of this machine each would carry the bit, and each page without an owner as well.`,
    ],
  };
}
