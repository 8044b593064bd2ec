/**
 * measure-share: claim `pointer-share`: what a pointer in each page takes, and whether it is taken in all cases.
 */
import { PAGE_BYTES } from "../units.js";
import { amounts, POINTER_BYTES } from "./charts.js";
import { INSIDE_64 } from "./descriptors.js";
import { counted, type Finding, type Judgement } from "./finding.js";
import { bytesText, percentText } from "./judge.js";
import type { IndexBytes, Laboratory } from "./laboratory.js";

const CLAIMED_PERCENT = 0.2;

/** Bytes of the owner index per page, whatever is owned. */
type OwnerBytes = Pick<IndexBytes, "nothing" | "end" | "full">;

/** `pointerBytes`: of the pointer's place in a descriptor; `inPage`: an owner in the page, as allocated. */
export function judgeShare(pointerBytes: number, inPage: OwnerBytes | undefined): Judgement {
  const share = pointerBytes / PAGE_BYTES;
  const figure = `${pointerBytes} bytes in each ${PAGE_BYTES} are ${percentText(share)}`;
  const isFigure = Math.abs(Math.round(share * 1000) / 10 - CLAIMED_PERCENT) < 1e-9;
  if (inPage === undefined)
    return {
      verdict: isFigure ? "holds in part" : "does not hold",
      reason: `${figure}; whether it is paid in all cases was not measured.`,
    };
  const isPaidAlways = inPage.nothing > 0 && inPage.nothing === inPage.full && inPage.end === inPage.full;
  const cases = `an owner in the page takes ${bytesText(inPage.nothing)} bytes per page with no page owned and ${bytesText(inPage.full)} with all of them`;
  if (isFigure && isPaidAlways)
    return { verdict: "holds", reason: `${figure}, and ${cases}: it is paid in all cases.` };
  if (!isFigure && !isPaidAlways) return { verdict: "does not hold", reason: `${figure}, and ${cases}.` };
  return { verdict: "holds in part", reason: `${figure}, and ${cases}.` };
}

export async function measureShare(lab: Laboratory): Promise<Finding> {
  const bytes = await lab.indexBytes();
  const state = await lab.state();
  const pointer = await lab.layoutBytes(INSIDE_64);
  const share = (perPage: number) => (100 * perPage) / PAGE_BYTES;
  const missing =
    pointer === undefined
      ? [
          "not measured: the pointer in descriptors of 2006: the module is not built, or the machine too large for it",
        ]
      : [];
  const unused = 1 - state.ownedFrames / lab.machine.nrFrames;
  return {
    ...judgeShare(pointer?.full ?? POINTER_BYTES, pointer ?? bytes.get("in-page")),
    rule: "Holds if the bytes that the pointer takes in a descriptor of 2006, as allocated, are 0.2 % of a page of 4096 bytes, to one decimal, and if they are the same whether no page is owned, or all are, or those of the machine's end.",
    charts: [
      amounts(
        "Share of all memory for knowing each page's owner, at the machine's end",
        "% of memory",
        "owner kept in",
        [
          counted("pointer of 8 bytes (2006)", share(pointer?.end ?? POINTER_BYTES)),
          counted("pointer of 4 bytes", share(POINTER_BYTES / 2)),
          ...[...bytes.values()].map(({ design, end }) => counted(design, share(end))),
        ],
      ),
    ],
    missing,
    notes: [
      `On this machine ${percentText(unused)} of the pages have no owner at the end: so much of the pointers would be empty.`,
      "Whether 0.2 % is too much is an opinion, which no figure decides; the chart shows what the other designs take. They keep ids of 2 bytes where the kernel of 2006 had pointers of 8.",
    ],
  };
}
