// long-trace: peak memory of a process that replays a trace of any length: one capture, repeated to the size asked for.
import { execFileSync } from "node:child_process";
import { createReadStream, createWriteStream, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { findCapture, keep, ROOT } from "./lib/environment.mjs";

export async function longTrace({ textBytes }) {
  const { name, path } = findCapture("forks", "nested");
  const folder = join(ROOT, "out/bench");
  mkdirSync(folder, { recursive: true });
  const text = join(folder, "long-trace.txt");
  try {
    rmSync(text, { force: true });
    let repeats = 0;
    do {
      const append = createWriteStream(text, { flags: "a" });
      await pipeline(createReadStream(join(path, "trace.txt.gz")), createGunzip(), append);
      repeats++;
    } while (statSync(text).size < textBytes);
    const results = {};
    for (const designs of ["column", "all"]) {
      const args = [join(ROOT, "bench/lib/replay-trace.mjs"), text, designs];
      const start = performance.now();
      const out = JSON.parse(execFileSync(process.execPath, args).toString());
      results[designs] = { ...out, seconds: (performance.now() - start) / 1000 };
      console.log(
        `long trace: ${name} × ${repeats} = ${(out.bytes / 1e9).toFixed(2)} GB of text, ${out.events} events, design ${designs}: ` +
          `peak ${(out.maxRssBytes / 1e6).toFixed(0)} MB resident, ${(out.events / results[designs].seconds / 1e6).toFixed(2)} M events/s`,
      );
    }
    keep("long-trace", { capture: name, repeats }, results);
  } finally {
    rmSync(text, { force: true });
  }
}
