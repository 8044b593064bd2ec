/**
 * replay-lines: a replay of the first lines of a capture in Node, under one design.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readListedGroups } from "../../src/capture/oracle.js";
import { type Replay, replayCapture } from "../../src/capture/replay.js";
import { openCapture } from "../../src/node/capture-folder.js";
import { loadDesigns, selectDesigns } from "../../src/node/modules.js";
import { scanner } from "./scanning.js";

/** `capture` is a folder; `lines` undefined: the whole trace. */
export async function replayLines(capture: string, lines?: number, design = "in-page"): Promise<Replay> {
  const files = await openCapture(capture);
  const text = gunzipSync(await readFile(join(capture, "trace.txt.gz")));
  let end = lines === undefined ? text.length : 0;
  for (let line = 0; line < (lines ?? 0); line++) end = text.indexOf(10, end) + 1;
  const trace = {
    name: "cut",
    open: async function* () {
      yield text.subarray(0, end);
    },
  };
  const [designs, listed] = await Promise.all([loadDesigns(selectDesigns(design)), readListedGroups(files)]);
  return replayCapture({ ...files, trace }, { scanner, designs, listed });
}
