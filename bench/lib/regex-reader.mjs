// regex-reader: what one would write first: a line at a time, one regular expression per line.  Counts events by name.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";

const EVENT = /^\s*(.+)-(\d+)\s+\[(\d+)\]\s+(\S+)\s+([\d.]+): (\w+): (.*)$/;

const [path, repeats = "1"] = process.argv.slice(2);
const seconds = [];
let events = 0;
for (let i = 0; i < Number(repeats); i++) {
  const start = performance.now();
  const input = createReadStream(path).pipe(createGunzip());
  const counts = new Map();
  events = 0;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const match = EVENT.exec(line);
    if (match === null) continue;
    events++;
    counts.set(match[6], (counts.get(match[6]) ?? 0) + 1);
  }
  seconds.push((performance.now() - start) / 1000);
}
console.log(JSON.stringify({ events, seconds, maxRssBytes: process.resourceUsage().maxRSS * 1024 }));
