/**
 * measure-isolation: claim `radix-isolates`: who pays for a radix tree: those who use it, or everybody?
 *
 *                 memory                          time
 *   nobody        nothing owned                   lives of pages without an owner
 *   the users     at the end, and fully owned     history, lives of charged pages, lookups alone and with the frame
 */

import { casesOf } from "./cases.js";
import { allBytesCharts, POINTER_BYTES, present, ratioChart } from "./charts.js";
import { descriptorRatios, descriptorTimes, INSIDE_64, RADIX_56 } from "./descriptors.js";
import type { Finding, Judgement } from "./finding.js";
import { QUESTIONS } from "./full-machine.js";
import { ALMOST_NOTHING, bytesText, judgeBelow, listRatios, type Ratio, sidesText } from "./judge.js";
import type { IndexBytes, Laboratory } from "./laboratory.js";
import { CHARGED, UNCHARGED } from "./life.js";
import { ratio } from "./trials.js";

/** Below this many bytes per page an index that holds nothing counts as nothing. */
export const NOTHING_BYTES = POINTER_BYTES / 100;

export function judgeIsolation(
  radix: Pick<IndexBytes, "nothing" | "end" | "full"> | undefined,
  unowned: readonly Ratio[],
): Judgement {
  if (radix === undefined)
    return { verdict: "not decided", reason: "Not measured: design radix is not built." };
  const memory = `With no page owned the tree takes ${bytesText(radix.nothing)} bytes per page, at the machine's end ${bytesText(radix.end)}, with every page owned ${bytesText(radix.full)}`;
  if (radix.nothing >= NOTHING_BYTES)
    return {
      verdict: "does not hold",
      reason: `${memory}: there is a price in memory even without an owner.`,
    };
  if (unowned.length === 0)
    return {
      verdict: "holds in part",
      reason: `${memory}. What pages without an owner cost in time was not measured.`,
    };
  const time = `Pages without an owner, time over that with the owner in the page, ${sidesText(unowned, ALMOST_NOTHING)}`;
  const verdict = judgeBelow(unowned, ALMOST_NOTHING);
  if (verdict === "holds")
    return { verdict, reason: `Who uses no containers pays almost nothing. ${memory}. ${time}.` };
  if (verdict === "not decided")
    return {
      verdict,
      reason: `Memory is isolated; whether time is, this run does not decide. ${memory}. ${time}.`,
    };
  const said =
    verdict === "holds in part" ? "Memory is isolated, time only in part" : "Memory is isolated, time is not";
  return { verdict: "holds in part", reason: `${said}. ${memory}. ${time}.` };
}

const SHOWN = ["in-page", "column", "page-cgroup", "radix", "radix-rcu"];

export async function measureIsolation(lab: Laboratory): Promise<Finding> {
  const bytes = await lab.indexBytes();
  const missing: string[] = [];
  const compact = "in our frames of 16 bytes";
  const pair = [RADIX_56, INSIDE_64] as const;
  const unowned = [
    ...present(
      [[compact, ratio(await lab.lives(UNCHARGED), "radix", "in-page", compact)]],
      missing,
      "design radix or in-page is not built",
    ),
    ...(await descriptorRatios(lab, pair, [UNCHARGED], missing)).map((each) => ({
      ...each,
      label: "in descriptors of 2006, 56 bytes to 64",
    })),
  ];
  const users = await casesOf(lab, "radix", "in-page", missing);
  const usersRcu = await casesOf(lab, "radix-rcu", "in-page", []);
  const users2006 = await descriptorRatios(lab, pair, [CHARGED, ...QUESTIONS], missing);
  const judged = judgeIsolation(bytes.get("radix"), unowned);
  const price =
    users.length === 0 ? "" : ` What the users pay, against the owner in the page: ${listRatios(users)}.`;
  const limit = { value: ALMOST_NOTHING, label: "almost nothing: 1.05" };
  return {
    ...judged,
    reason: judged.reason + price,
    rule: "Holds if an index without an owner takes less than a hundredth of the pointer's 8 bytes per page, and pages without an owner take less than 1.05 times the time that they take with the owner in the page (whole 95 % intervals, in our frames and in the descriptors of 2006). Holds in part if that is so for memory only. What the users pay is shown beside it.",
    charts: [
      ...ratioChart("Pages without an owner: radix tree to owner in the page", "frames", unowned, limit),
      ...ratioChart("Users: radix tree to owner in the page", "case", users, limit),
      ...ratioChart("Users: radix-rcu to owner in the page", "case", usersRcu, limit),
      ...ratioChart(
        "Users, descriptors of 2006: tree beside 56 bytes to owner in 64",
        "case",
        users2006,
        limit,
      ),
      ...allBytesCharts(bytes, SHOWN),
      ...(await descriptorTimes(lab, pair, [UNCHARGED, CHARGED, ...QUESTIONS])),
    ],
    missing,
    notes: [
      "Nodes here have 4-byte slots, 276 bytes for 64 pages; those of a 64-bit kernel have twice that. At worst, one owned page in each run of 64, a whole node serves a single page.",
    ],
  };
}
