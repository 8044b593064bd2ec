// replay: what an event of a real machine costs under each design: captures from their files, operations alone timed.
//
// All designs run in one replay, each batch by each of them, beginning with another one each time.

import { readListedGroups } from "../dist/capture/oracle.js";
import { replayCapture } from "../dist/capture/replay.js";
import { estimateOf, ratioOf } from "../dist/measure/index.js";
import { openCapture } from "../dist/node/capture-folder.js";
import { loadDesigns, loadTraceScanner, selectDesigns } from "../dist/node/modules.js";
import { allCaptures, keep } from "./lib/environment.mjs";
import { collect } from "./lib/machine.mjs";
import * as table from "./lib/table.mjs";

/** Designs are compared with the pointer in each page's record. */
const BESIDE = "in-page";

/** @param {{ captureNames: string[] | undefined, designNames: string, rounds: number }} parameters */
export async function replay(parameters) {
  const { captureNames, designNames, rounds } = parameters;
  const captures = allCaptures().filter(({ name }) => captureNames?.includes(name) ?? true);
  const designs = await loadDesigns(selectDesigns(designNames));
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
  printTable(results);
  keep("replay", { ...parameters, captures: Object.keys(results) }, results);
}

function printTable(results) {
  const [first] = Object.values(results);
  if (first === undefined) return;
  console.log(`replay: ns an event of the trace ± 95 % (× of ${BESIDE})`);
  table.print([
    ["", ...first.estimates.map(({ name }) => name)],
    ...Object.entries(results).map(([capture, { events, estimates }]) => {
      const beside = estimates.find(({ name }) => name === BESIDE);
      return [
        `${capture} (${events.toLocaleString("en")})`,
        ...estimates.map(
          (e) =>
            table.figure(e) + (beside && e !== beside ? ` (${table.short(ratioOf(e, beside).mean)})` : ""),
        ),
      ];
    }),
  ]);
}
