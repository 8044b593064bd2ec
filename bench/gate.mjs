// gate: what the benchmarks are to show, held against the raw results of the last runs.
//
//   pass   every figure is within the limit, and all that belongs to the promise was measured
//   FAIL   a figure is not
//   n/a    not measured, or in part; the reason stands beside
//   shown  no limit
//
// A quick run gates what it measures, and is called that: a promise is kept or broken by full runs only.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { environment, ROOT, resultFolder, runKind } from "./lib/environment.mjs";
import { PROMISES } from "./lib/promises.mjs";
import * as table from "./lib/table.mjs";

/**
 * @typedef {{ id: string, point: number, text: string, suite: string, wanted: string | null, measured: number | null,
 *   status: "pass" | "FAIL" | "n/a" | "shown", isLeftOut: boolean, reason: string | null }} Judged
 */

/** Says of each promise whether it is kept; answers whether all are that this kind of run measures.  @param {import("./lib/promises.mjs").Grid} grid */
export function gate(grid) {
  const kind = runKind();
  const { read, sources } = reader();
  const judged = PROMISES.map((promised) => judge(promised, kind, read, grid));
  const isKept = judged.every(
    ({ wanted, status, isLeftOut }) => wanted === null || status === "pass" || isLeftOut,
  );
  console.log(
    kind === "full"
      ? "what was promised, and the worst figure of the last full runs"
      : `what was promised, and the worst figure of ${kind} runs: NOT a verdict, which only full runs give`,
  );
  table.print([
    ["", "limit", "measured", kind === "full" ? "" : kind],
    ...judged.map(({ text, wanted, measured, status, reason }) => [
      text,
      wanted ?? "–",
      measured === null ? "–" : measured.toPrecision(4),
      reason === null ? status : `${status} (${reason})`,
    ]),
  ]);
  for (const [suite, { environment: e }] of Object.entries(sources()))
    if (e) console.log(`  ${suite}: commit ${e.commit}, ${e.cpu}, Node ${e.node}`);
  const path = join(ROOT, resultFolder(), "gate.json");
  mkdirSync(dirname(path), { recursive: true });
  const kept = { kind, isVerdict: kind === "full", isKept, environment: environment(), sources: sources() };
  writeFileSync(path, `${JSON.stringify({ ...kept, promises: judged }, null, 2)}\n`);
  console.log(`raw: ${resultFolder()}/gate.json\n`);
  return isKept;
}

/** @param {import("./lib/promises.mjs").Promised} promised @returns {Judged} */
export function judge(promised, kind, read, grid) {
  const { id, point, text, suite, limit, below, isMean, native, frames } = promised;
  const wanted = limit === undefined ? null : `${below ? "≤" : "≥"} ${limit}`;
  const isLeftOut = kind !== "full" && frames !== undefined && !grid.frames[suite].includes(frames);
  const { figures, lacks, note } = promised.find(read, grid);
  const measured = figures.length === 0 ? null : below ? Math.max(...figures) : Math.min(...figures);
  const answer = (status, reason) => ({
    ...{ id, point, text, suite, wanted, measured, status, isLeftOut },
    reason: reason ?? null,
  });
  if (measured === null) {
    const { isThere, problem, results, parameters } = read(suite);
    if (problem) return answer("n/a", problem);
    if (isLeftOut) return answer("n/a", `not part of a ${kind} run`);
    if (!isThere) return answer("n/a", `${suite} was not run`);
    if (native && results.cells?.length > 0 && parameters.native === undefined)
      return answer("n/a", "no C compiler where it was measured");
    return answer("n/a", lacks ?? `the last run of ${suite} did not measure it`);
  }
  if (limit === undefined) return answer("shown", [lacks, note].filter(Boolean).join("; ") || undefined);
  const isWithin = below ? measured <= limit : measured >= limit;
  // A figure beyond the limit breaks the promise whatever else there is; one within it proves nothing of the rest.
  if (lacks && (isWithin || isMean)) return answer("n/a", `measured in part: ${lacks}`);
  return answer(isWithin ? "pass" : "FAIL", note);
}

/** Raw results by suite, each read once. */
function reader() {
  const files = new Map();
  const read = (suite) => {
    if (!files.has(suite)) files.set(suite, fileOf(suite));
    return files.get(suite);
  };
  const sources = () =>
    Object.fromEntries([...files].map(([suite, file]) => [suite, { environment: file.environment ?? null }]));
  return { read, sources };
}

function fileOf(suite) {
  const nothing = { isThere: false, results: {}, parameters: {} };
  const path = join(ROOT, resultFolder(), `${suite}.json`);
  if (!existsSync(path)) return nothing;
  try {
    return { ...nothing, ...JSON.parse(readFileSync(path, "utf8")), isThere: true };
  } catch {
    return { ...nothing, problem: `${resultFolder()}/${suite}.json is no JSON: run ${suite} again` };
  }
}
