// `pageledger argue` as a user runs it.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CLAIM_IDS } from "../../src/argue/claims.js";
import type { ArgueResult } from "../../src/argue/finding.js";
import { CAPTURES, MAIN, run, temporaryFolder } from "./spawn.js";

const temp = temporaryFolder();
const VERDICTS = ["holds", "does not hold", "holds in part", "not decided"];

test("--list names every claim and measures nothing", async () => {
  const ran = await run(["argue", "--list"]);
  expect([ran.code, ran.stderr]).toEqual([0, ""]);
  for (const id of CLAIM_IDS) expect(ran.stdout).toMatch(new RegExp(`^${id} `, "m"));
  const json = JSON.parse((await run(["argue", "--list", "--json"])).stdout) as { id: string }[];
  expect(json.map(({ id }) => id)).toEqual([...CLAIM_IDS]);
});

test("--quick goes through all claims on a generated machine; page and JSON say the same", async () => {
  const page = join(temp.path, "arguments.html");
  const ran = await run(["argue", "--quick", "--json", "--html", page]);
  expect(ran.code).toBe(0);
  expect(ran.stderr).toMatch(/^arguments: .*arguments\.html \(\d+ KiB\)\n$/);
  const result = JSON.parse(ran.stdout) as ArgueResult;
  expect(result.quick).toBe(true);
  expect(result.machine.source).toBe("generated");
  expect(result.arguments.map(({ claim }) => claim.id)).toEqual([...CLAIM_IDS]);
  const html = readFileSync(page, "utf8");
  for (const { claim, finding, command } of result.arguments) {
    expect(VERDICTS).toContain(finding.verdict);
    expect(finding.reason.length).toBeGreaterThan(20);
    expect(finding.charts.length).toBeGreaterThan(0);
    expect(command).toBe(`pageledger argue --quick --only ${claim.id}`);
    expect(html).toContain(`id="${claim.id}"`);
    for (const { figures } of finding.charts)
      for (const { value, low, high } of figures) {
        expect(Number.isFinite(value)).toBe(true);
        if (low === null || high === null) continue;
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
      }
  }
  expect(readdirSync(temp.path)).toEqual(["arguments.html"]);
});

test("a capture's own frames and pages are what is measured", async () => {
  const ran = await run(["argue", `${CAPTURES}/nested`, "--quick", "--json", "--only", "on-demand,flag-bit"]);
  expect([ran.code, ran.stderr]).toEqual([0, ""]);
  const { machine, arguments: found } = JSON.parse(ran.stdout) as ArgueResult;
  expect(machine).toMatchObject({ name: "nested", source: "capture" });
  const kernel = JSON.parse(
    (await run(["verify", `${CAPTURES}/nested`, "--design", "column", "--json"])).stdout,
  ) as {
    designs: { bytesPerPage: number; frames: { kernel: number } }[];
  };
  expect(machine.ownedFrames).toBe(kernel.designs[0]!.frames.kernel);
  expect(found.map(({ claim }) => claim.id)).toEqual(["on-demand", "flag-bit"]);
  const seen = found[1]!.finding.charts[0]!.figures.find(({ label }) => label.includes("kpageflags"));
  expect(seen!.value).toBeGreaterThan(3);
});

test("text has a verdict for each claim asked for", async () => {
  const ran = await run(["argue", "--quick", "--only", "pointer-share", "flag-bit"]);
  expect([ran.code, ran.stderr]).toEqual([0, ""]);
  expect(ran.stdout.match(/^ {2}verdict {2}/gm)).toHaveLength(2);
  expect(ran.stdout).toMatch(/0\.195 %/);
  expect(ran.stdout).toContain("again    pageledger argue --quick --only flag-bit");
  expect(ran.stdout).not.toContain("\x1b");
});

describe("what cannot be obeyed", () => {
  test.each([
    [["--only", "nope"], 'there is no claim "nope"'],
    [["none-such"], "no such file or folder"],
    [["--html", "no/such/folder/x.html"], "cannot be written (ENOENT)"],
    [["--html", "."], "cannot be written (EISDIR)"],
    [["src"], "src: the folder holds no trace; put one of trace.txt.gz"],
    [["package.json"], "package.json: no event was found"],
    [[""], '"": no such file or folder'],
  ])("%j", async (args, said) => {
    const ran = await run(["argue", "--quick", ...args]);
    expect([ran.code, ran.stdout]).toEqual([1, ""]);
    expect(ran.stderr).toMatch(/^pageledger: /);
    expect(ran.stderr).toContain(said);
  });
});

test("a trace in which nobody is charged gives no verdicts about an empty machine", async () => {
  const { stdout } = await run(["generate", "uniform", "--frames", "4096", "--events", "3"]);
  expect(stdout).toMatch(/cgroup_mkdir/);
  const ran = await run(["argue", "--quick", temp.write("idle.txt", stdout)]);
  expect([ran.code, ran.stdout]).toEqual([1, ""]);
  expect(ran.stderr).toContain("idle.txt: nobody is charged for a page in this trace; measure on one that");
});

test("an interrupt leaves no half of a page, and an older page as it was", async () => {
  const page = temp.write("older.html", "older");
  const child = spawn(process.execPath, [MAIN, "argue", "--html", page], { stdio: "ignore" });
  await new Promise((done) => setTimeout(done, 1500));
  child.kill("SIGINT");
  const signal = await new Promise((done) => child.on("exit", (_code, by) => done(by)));
  expect(signal).toBe("SIGINT");
  expect(existsSync(page) && readFileSync(page, "utf8")).toBe("older");
  expect(readdirSync(temp.path).filter((name) => name.endsWith(".part"))).toEqual([]);
});
