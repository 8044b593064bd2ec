// verify-times: how long a process takes to verify a capture, the first time and then again.
//   node bench/lib/verify-times.mjs CAPTURE DESIGN TIMES
import { verifyCapture } from "../../dist/capture/verification.js";
import { openCapture } from "../../dist/node/capture-folder.js";
import { loadDesigns, loadTraceScanner, selectDesigns } from "../../dist/node/modules.js";

const [path, name, times] = process.argv.slice(2);
const scanner = await loadTraceScanner();
const designs = await loadDesigns(selectDesigns(name));
const ms = [];
let events = 0;
for (let i = 0; i < Number(times); i++) {
  const files = await openCapture(path);
  const begun = performance.now();
  const { result } = await verifyCapture(files, { scanner, designs });
  ms.push(performance.now() - begun);
  events = result.events;
}
console.log(JSON.stringify({ events, ms }));
