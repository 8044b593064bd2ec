/**
 * measure-isolation: claim `radix-isolates`: who pays for a radix tree: those who use it, or everybody?
 *
 *                 memory                          time
 *   nobody        nothing owned                   lives of pages without an owner
 *   the users     at the end, and fully owned     the history, lookups, lives of charged pages
 */
import { bytesChart, POINTER_BYTES, present, ratioChart } from "./charts.js";
import type { Finding, Judgement } from "./finding.js";
import { ALMOST_NOTHING, bytesText, listRatios, type Ratio, ratioText, sideOf } from "./judge.js";
import { type IndexBytes, type Laboratory, ratio } from "./laboratory.js";
import { LIVES } from "./measure-line.js";

/** Below this many bytes per page an index that holds nothing counts as nothing. */
export const NOTHING_BYTES = POINTER_BYTES / 100;

export function judgeIsolation(
  radix: Pick<IndexBytes, "nothing" | "end" | "full"> | undefined,
  unowned: Ratio | undefined,
): Judgement {
  if (radix === undefined)
    return { verdict: "not decided", reason: "Not measured: design radix is not built." };
  const memory = `With no page owned the tree takes ${bytesText(radix.nothing)} bytes per page, at the machine's end ${bytesText(radix.end)}, with every page owned ${bytesText(radix.full)}`;
  if (radix.nothing >= NOTHING_BYTES)
    return {
      verdict: "does not hold",
      reason: `${memory}: there is a price in memory even without an owner.`,
    };
  if (unowned === undefined)
    return {
      verdict: "holds in part",
      reason: `${memory}. What pages without an owner cost in time was not measured.`,
    };
  const time = `Pages without an owner take ${ratioText(unowned)} times what they take with the owner in the page`;
  const side = sideOf(unowned, ALMOST_NOTHING);
  if (side === "below")
    return { verdict: "holds", reason: `${memory}. ${time}: who uses no containers pays nothing.` };
  if (side === "above")
    return { verdict: "holds in part", reason: `${memory}. ${time}: memory is isolated, time is not.` };
  return {
    verdict: "not decided",
    reason: `${memory}. ${time}, which does not decide whether time is isolated too.`,
  };
}

export async function measureIsolation(lab: Laboratory): Promise<Finding> {
  const bytes = await lab.indexBytes();
  const missing: string[] = [];
  const uncharged = await lab.lives(LIVES[2]!);
  const label = "pages without an owner";
  const unowned = ratio(uncharged, "radix", "in-page", label);
  const users = present(
    [
      ["the machine's history", ratio(await lab.replays(), "radix", "in-page", "the machine's history")],
      ["lookups alone", ratio(await lab.lookups(), "radix", "in-page", "lookups alone")],
      [
        "lives of charged pages",
        ratio(await lab.lives(LIVES[0]!), "radix", "in-page", "lives of charged pages"),
      ],
    ],
    missing,
    "design radix or in-page is not built",
  );
  const judged = judgeIsolation(bytes.get("radix"), unowned);
  const price =
    users.length === 0 ? "" : ` What the users pay, against the owner in the page: ${listRatios(users)}.`;
  return {
    ...judged,
    reason: judged.reason + price,
    rule: `Holds if an index without an owner takes less than a hundredth of the pointer's 8 bytes per page, and pages without an owner take less than 1.05 times the time that they take with the owner in the page (whole 95 % interval). Holds in part if that is so for memory only.`,
    charts: [
      ratioChart(
        "Time with a radix tree to time with the owner in the page",
        [...(unowned ? [unowned] : []), ...users],
        {
          value: ALMOST_NOTHING,
          label: "1.05",
        },
      ),
      bytesChart("Owner index, nothing owned", bytes, (each) => each.nothing, [
        "in-page",
        "column",
        "page-cgroup",
        "radix",
      ]),
      bytesChart("Owner index at the machine's end", bytes, (each) => each.end, [
        "in-page",
        "column",
        "page-cgroup",
        "radix",
      ]),
      bytesChart("Owner index, every page owned", bytes, (each) => each.full, [
        "in-page",
        "column",
        "page-cgroup",
        "radix",
      ]),
    ],
    missing,
    notes: [
      "Nodes here have 4-byte slots, 276 bytes for 64 pages; those of a 64-bit kernel have twice that. At worst, one owned page in each run of 64, a whole node serves a single page.",
    ],
  };
}
