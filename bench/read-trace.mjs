// read-trace: from trace.txt.gz to ledgers, whole processes on one core, beside a readline-and-regex reader that does nothing
// but tell the events apart.  Start-up of Node included; both in turn, so that a drifting machine hits both.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { findCapture, keep, median, onOneCore, ROOT } from "./lib/environment.mjs";

export function readTrace({ rounds }) {
  const { name, path } = findCapture("forks", "nested");
  const trace = join(path, "trace.txt.gz");
  const competitors = {
    "replay, column": [join(ROOT, "bench/lib/replay-trace.mjs"), path, "column"],
    "replay, all designs": [join(ROOT, "bench/lib/replay-trace.mjs"), path, "all"],
    "readline and regex": [join(ROOT, "bench/lib/regex-reader.mjs"), trace],
  };
  const seconds = Object.fromEntries(Object.keys(competitors).map((key) => [key, []]));
  let events = 0;
  for (let round = 0; round < rounds; round++)
    for (const [key, args] of Object.entries(competitors)) {
      const [command, all] = onOneCore(process.execPath, args);
      const start = performance.now();
      const result = JSON.parse(execFileSync(command, all).toString());
      seconds[key].push((performance.now() - start) / 1000);
      if (events !== 0 && result.events !== events)
        throw new Error(`${key} saw ${result.events} events, not ${events}`);
      events = result.events;
    }
  const rate = (key) => events / median(seconds[key]) / 1e6;
  console.log(`reading ${name}: ${events} events, median of ${rounds} whole processes on one core`);
  for (const key of Object.keys(competitors)) {
    const ratios = seconds[key].map((s, i) => seconds["readline and regex"][i] / s);
    console.log(
      `  ${key.padEnd(20)} ${rate(key).toFixed(2)} M events/s   ${median(ratios).toFixed(2)} × the regex reader`,
    );
  }
  const warm = warmed(competitors, rounds);
  console.log(
    `  in one process each, the best of ${rounds} replays: start-up and the compilers' warm-up left out`,
  );
  for (const [key, best] of Object.entries(warm))
    console.log(
      `  ${key.padEnd(20)} ${(events / best / 1e6).toFixed(2)} M events/s   ${(warm["readline and regex"] / best).toFixed(2)} × the regex reader`,
    );
  keep("read-trace", { capture: name, events, rounds }, { seconds, warm });
}

/** Best seconds of several replays in one process. */
function warmed(competitors, rounds) {
  const best = {};
  for (const [key, args] of Object.entries(competitors)) {
    const [command, all] = onOneCore(process.execPath, [...args, String(rounds)]);
    best[key] = Math.min(...JSON.parse(execFileSync(command, all).toString()).seconds);
  }
  return best;
}
