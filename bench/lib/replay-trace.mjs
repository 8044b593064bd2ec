// replay-trace: a trace from its file through one design, as the command `replay` does it.
//   node bench/lib/replay-trace.mjs TRACE DESIGN
import { readListedGroups } from "../../dist/capture/oracle.js";
import { replayCapture } from "../../dist/capture/replay.js";
import { openCapture } from "../../dist/node/capture-folder.js";
import { loadDesigns, loadTraceScanner, selectDesigns } from "../../dist/node/modules.js";

const [path, designs] = process.argv.slice(2);
const files = await openCapture(path);
const replay = await replayCapture(files, {
  scanner: await loadTraceScanner(),
  designs: await loadDesigns(selectDesigns(designs)),
  listed: await readListedGroups(files),
});
console.log(
  JSON.stringify({
    events: replay.events,
    bytes: replay.summary.bytes,
    executeMs: replay.ledgers.map((l) => l.executeMs),
    maxRssBytes: process.resourceUsage().maxRSS * 1024,
  }),
);
