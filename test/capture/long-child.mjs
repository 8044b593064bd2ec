// long-child: replays a capture's trace over and over, as one long trace, and prints how much memory it took.
//
// Runs the built package, in a process of its own with a small heap: `long-child.mjs TRACE EVENTS`.
import { replayCapture } from "../../dist/capture/replay.js";
import { Timeline } from "../../dist/capture/timeline.js";
import { DESIGNS } from "../../dist/designs.js";
import { loadDesigns, loadTraceScanner } from "../../dist/node/modules.js";
import { readFileText } from "../../dist/node/source.js";

const [path, wanted] = [process.argv[2], Number(process.argv[3])];
let replay;
let timeline;

/** The trace's text from its start, until enough events have been seen; always whole. */
async function* endless() {
  while (replay.events < wanted) yield* readFileText(path);
}

/** Highest resident memory in each third of the events. */
const rssMaxBytes = [0, 0, 0];

await replayCapture(
  { name: "long", trace: { name: "long.txt", open: endless } },
  {
    scanner: await loadTraceScanner(),
    designs: await loadDesigns(DESIGNS.filter(({ name }) => name === "column" || name === "radix")),
    listed: new Map(),
    onStart(started) {
      replay = started;
      timeline = new Timeline(started);
    },
    onProgress() {
      const third = Math.min(2, Math.floor((replay.events / wanted) * 3));
      rssMaxBytes[third] = Math.max(rssMaxBytes[third], process.memoryUsage.rss());
    },
  },
);

process.stdout.write(
  JSON.stringify({
    events: replay.events,
    samples: timeline.samples.length,
    rssMaxBytes,
    audits: replay.ledgers.map((ledger) => ledger.core.audit()),
    groups: replay.attribution.groups.all().length,
  }),
);
