// model: any number of random operations per design against the naive ledger of the tests.
//
//     npm run model -- --ops 1000000 [--designs palette,radix] [--seed N]
//
// It is test/model/model.test.ts with another count; a million under all designs takes some minutes.  Exit code 1 at the
// first difference.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const OPS_MAX = 1e9;

const { values: options } = parseArgs({
  options: {
    ops: { type: "string", default: "1000000" },
    designs: { type: "string" },
    seed: { type: "string" },
  },
});

function whole(name, text, max) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return String(value);
  console.error(`--${name} takes a whole number from 1 to ${max}, not "${text}"`);
  process.exit(1);
}

/** @type {NodeJS.ProcessEnv} */
const env = { ...process.env, PAGELEDGER_OPS: whole("ops", options.ops, OPS_MAX) };
if (options.seed !== undefined) env.PAGELEDGER_SEED = whole("seed", options.seed, 2 ** 32 - 1);
if (options.designs !== undefined) {
  const known = JSON.parse(readFileSync(join(ROOT, "tools/designs.json"), "utf8")).map(({ name }) => name);
  for (const name of options.designs.split(","))
    if (!known.includes(name)) {
      console.error(`there is no design "${name}"; choose from ${known.join(", ")}`);
      process.exit(1);
    }
  env.PAGELEDGER_DESIGNS = options.designs;
}
const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
const { status } = spawnSync(
  process.execPath,
  [
    vitest,
    "run",
    "test/model/model.test.ts",
    "--root",
    ROOT,
    "--reporter=verbose",
    "--disable-console-intercept",
  ],
  { env, stdio: "inherit" },
);
process.exit(status ?? 1);
