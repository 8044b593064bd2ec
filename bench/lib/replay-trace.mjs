// replay-trace: a trace from its file through one design, as the command `replay` does it.
//   node bench/lib/replay-trace.mjs TRACE DESIGN [REPEATS]
import { readListedGroups } from "../../dist/capture/oracle.js";
import { replayCapture } from "../../dist/capture/replay.js";
import { openCapture } from "../../dist/node/capture-folder.js";
import { loadDesigns, loadTraceScanner, selectDesigns } from "../../dist/node/modules.js";

const [path, names, repeats = "1"] = process.argv.slice(2);
const files = await openCapture(path);
const scanner = await loadTraceScanner();
const designs = await loadDesigns(selectDesigns(names));
const listed = await readListedGroups(files);
const seconds = [];
let replay;
for (let i = 0; i < Number(repeats); i++) {
  const start = performance.now();
  replay = await replayCapture(files, { scanner, designs, listed });
  seconds.push((performance.now() - start) / 1000);
}
console.log(
  JSON.stringify({
    events: replay.events,
    bytes: replay.summary.bytes,
    seconds,
    executeMs: replay.ledgers.map((l) => l.executeMs),
    maxRssBytes: process.resourceUsage().maxRSS * 1024,
  }),
);
