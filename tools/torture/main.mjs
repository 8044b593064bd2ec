// main: tortures designs in shared memory, one after the other.
//
//   npm run torture -- [--designs a,b] [--ops 1e6] [--agents 2] [--seed N] [--build release|debug|torture] [--kill] [--counting] [--lockless]
//   npm run torture -- --mutations        every mutation of tools/mutations.json must be found, in 1e8 operations at most
//
// Exit code 1: an answer was wrong, or a mutation was not found.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { torture } from "./torture.mjs";

const { values } = parseArgs({
  options: {
    designs: { type: "string" },
    ops: { type: "string" },
    agents: { type: "string", default: "2" },
    seed: { type: "string", default: "1" },
    build: { type: "string", default: "release" },
    kill: { type: "boolean", default: false },
    counting: { type: "boolean", default: false },
    lockless: { type: "boolean", default: false },
    mutations: { type: "boolean", default: false },
    mutation: { type: "string" },
    seconds: { type: "string" },
  },
});
const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
/** Designs whose owners can be written without the lock. */
const LOCKLESS = ["column", "palette"];
const all = read("../designs.json").map(({ name }) => name);
const wanted = values.designs?.split(",") ?? (values.lockless ? LOCKLESS : all);
const options = {
  // A run ends where it finds something.
  ops: Number(values.ops ?? (values.mutations || values.mutation ? 1e8 : 1e6)),
  agents: Number(values.agents),
  seed: Number(values.seed),
  build: /** @type {"release" | "debug" | "torture"} */ (values.build),
  kill: values.kill,
  counting: values.counting,
  lockless: values.lockless,
  limitMs: values.seconds === undefined ? undefined : Number(values.seconds) * 1000,
};
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length || !(options.agents >= 2 && options.agents <= 62) || !(options.ops > 0)) {
  console.error(`torture: designs are ${all.join(", ")}; 2 to 62 agents; more than 0 operations`);
  process.exit(2);
}

async function report(label, run) {
  const { violations, done, deaths, ms } = await torture(run);
  const rate = `${(done / 1e6).toFixed(1)} M operations in ${(ms / 1000).toFixed(1)} s`;
  const killed = deaths ? `, ${deaths} workers terminated` : "";
  console.log(
    `${label.padEnd(48)} ${rate}${killed}: ${violations.length ? violations.join("; ") : "nothing wrong"}`,
  );
  return violations.length > 0;
}

let failed = false;
if (values.mutations || values.mutation) {
  for (const {
    number,
    name,
    designs,
    kill = options.kill,
    counting = options.counting,
    lockless = options.lockless,
  } of read("../mutations.json")) {
    if (values.mutation && Number(values.mutation) !== number) continue;
    for (const design of designs.filter((each) => wanted.includes(each))) {
      const found = await report(`${design}, ${number}: ${name}`, {
        ...options,
        design,
        mutation: number,
        kill,
        counting,
        lockless,
      });
      if (!found) failed = true;
    }
  }
} else {
  for (const design of wanted) failed = (await report(design, { ...options, design })) || failed;
}
process.exit(failed ? 1 : 0);
