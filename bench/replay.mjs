// replay: what an event costs under each design, operations alone timed: of real machines, captures from their files; and of
// every generator of histories.
//
// All designs run in one replay of a capture, each batch by each of them, beginning with another one each time.

import { readListedGroups } from "../dist/capture/oracle.js";
import { replayCapture } from "../dist/capture/replay.js";
import { estimateOf, ratioOf } from "../dist/measure/index.js";
import { openCapture } from "../dist/node/capture-folder.js";
import { loadDesigns, loadTraceScanner, selectDesigns } from "../dist/node/modules.js";
import { allCaptures, keep } from "./lib/environment.mjs";
import { HISTORY_NAMES, HISTORY_SEED, timeHistories } from "./lib/history-times.mjs";
import { collect } from "./lib/machine.mjs";
import * as table from "./lib/table.mjs";

/** Designs are compared with the pointer in each page's record. */
const BESIDE = "in-page";

/**
 * @param {{ captureNames: string[] | undefined, designNames: string, rounds: number, frames: number[], warmEvents: number,
 *   events: number }} parameters
 */
export async function replay(parameters) {
  const designs = await loadDesigns(selectDesigns(parameters.designNames));
  const captures = await timeCaptures(designs, parameters);
  printTable("replay of captures", captures);
  const histories = {};
  for (const nrFrames of parameters.frames) {
    histories[nrFrames] = await timeHistories(designs, { ...parameters, nrFrames });
    printTable(`replay of generated histories, ${table.power(nrFrames)} frames`, histories[nrFrames]);
  }
  const names = { captures: Object.keys(captures), histories: HISTORY_NAMES };
  keep("replay", { ...parameters, ...names, seed: HISTORY_SEED }, { captures, histories });
}

async function timeCaptures(designs, { captureNames, rounds }) {
  const captures = allCaptures().filter(({ name }) => captureNames?.includes(name) ?? true);
  const scanner = await loadTraceScanner();
  const results = {};
  for (const [at, { name, path }] of captures.entries()) {
    table.progress(at, captures.length, `replay: ${name}`);
    const files = await openCapture(path);
    const listed = await readListedGroups(files);
    const samples = new Map(designs.map((design) => [design.name, []]));
    let events = 0;
    // The first replay warms up and is not kept.
    for (let round = -1; round < rounds; round++) {
      const result = await replayCapture(files, { scanner, designs, listed });
      events = result.events;
      for (const { design, executeMs } of result.ledgers)
        if (round >= 0) samples.get(design).push((executeMs * 1e6) / events);
      await collect();
    }
    results[name] = { events, estimates: [...samples].map(([design, ns]) => estimateOf(design, ns)) };
  }
  return results;
}

function printTable(title, results) {
  const [first] = Object.values(results);
  if (first === undefined) return;
  console.log(`${title}: ns an event ± 95 % (× of ${BESIDE})`);
  table.print([
    ["", ...first.estimates.map(({ name }) => name)],
    ...Object.entries(results).map(([name, { events, estimates }]) => {
      const beside = estimates.find(({ name }) => name === BESIDE);
      return [
        `${name} (${events.toLocaleString("en")})`,
        ...estimates.map(
          (e) =>
            table.figure(e) + (beside && e !== beside ? ` (${table.short(ratioOf(e, beside).mean)})` : ""),
        ),
      ];
    }),
  ]);
  console.log("");
}
