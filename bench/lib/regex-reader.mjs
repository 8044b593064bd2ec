// regex-reader: what one would write first: a line at a time, one regular expression per line.  Counts events by name.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";

const EVENT = /^\s*(.+)-(\d+)\s+\[(\d+)\]\s+(\S+)\s+([\d.]+): (\w+): (.*)$/;

const input = createReadStream(process.argv[2]).pipe(createGunzip());
const counts = new Map();
let events = 0;
for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
  const match = EVENT.exec(line);
  if (match === null) continue;
  events++;
  counts.set(match[6], (counts.get(match[6]) ?? 0) + 1);
}
console.log(JSON.stringify({ events, maxRssBytes: process.resourceUsage().maxRSS * 1024 }));
