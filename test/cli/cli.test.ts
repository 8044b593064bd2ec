// cli: the command line as its users meet it: exit codes, what is on stdout, what is on stderr.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import type { VerifyResult } from "../../src/capture/verification.js";
import { DESIGNS } from "../../src/designs.js";
import { BuiltCapture } from "../capture/built-capture.js";
import { CAPTURES, type Ran, run, temporaryFolder } from "./spawn.js";

const NAMES = DESIGNS.map(({ name }) => name);
const NESTED = `${CAPTURES}/nested`;
const temp = temporaryFolder();

/** A folder with the built capture in it, changed as told. */
function builtFolder(name: string, change: (capture: BuiltCapture) => void = () => {}): string {
  const capture = new BuiltCapture();
  change(capture);
  const { trace, groups, stat, frames } = capture.texts();
  mkdirSync(join(temp.path, name));
  temp.write(`${name}/trace.txt.gz`, gzipSync(trace));
  temp.write(`${name}/groups.tsv`, groups);
  temp.write(`${name}/memory.stat.tsv`, stat);
  temp.write(`${name}/frames.tsv.gz`, gzipSync(frames));
  return join(temp.path, name);
}

/** Nothing but the message: no stack trace, no escape codes. */
function expectRefusal(ran: Ran, ...parts: string[]): void {
  expect(ran.code, ran.stderr).toBe(1);
  for (const part of parts) expect(ran.stderr).toContain(part);
  expect(ran.stderr).not.toMatch(/^\s+at /m);
  expect(ran.stdout).toBe("");
}

describe("verify", () => {
  let nested: Ran;
  let result: VerifyResult;
  beforeAll(async () => {
    nested = await run(["verify", NESTED, "--json"]);
    result = JSON.parse(nested.stdout) as VerifyResult;
  });

  test("an exact capture exits with 0, a bounded one with 3", async () => {
    expect([nested.code, result.verdict, nested.stderr]).toEqual([0, "exact", ""]);
    const limits = await run(["verify", `${CAPTURES}/limits`, "--design", "column"]);
    expect(limits.code).toBe(3);
    expect(limits.stdout).toMatch(/^verdict: bounded$/m);
    expect(limits.stdout).toContain("counters differ: reclaim not traced page by page");
  });

  test("--json has the documented shape", () => {
    expect(Object.keys(result)).toEqual([
      "capture",
      "events",
      "lines",
      "seconds",
      "skipped",
      "verdict",
      "because",
      "designs",
      "witnesses",
      "lostEvents",
      "stray",
    ]);
    expect(result).toMatchObject({
      capture: "nested",
      events: 234823,
      because: [],
      lostEvents: 0,
      stray: {},
    });
    expect(Object.keys(result.witnesses)).toEqual(["agree", "disagree", "memcgOnly", "taskOnly", "listed"]);
    expect(result.designs.map(({ design }) => design)).toEqual(NAMES);
    for (const design of result.designs) {
      expect(Object.keys(design)).toEqual([
        "design",
        "frames",
        "counters",
        "nsPerEvent",
        "bytesPerPage",
        "auditDifferences",
      ]);
      expect(design.frames).toEqual({
        kernel: 8035,
        steady: 6802,
        same: 6802,
        missing: 0,
        extra: 0,
        inFlux: 1233,
        reasons: {},
        listed: [],
      });
      expect(design.nsPerEvent).toBeGreaterThan(0);
      if (design.design === "overlay") expect(design.bytesPerPage).toBe(0);
      else expect(design.bytesPerPage).toBeGreaterThan(0);
      const keys = ["group", "item", "kernelPages", "ledgerPages", "eventPages", "source", "reason"];
      for (const row of design.counters) expect(keys).toEqual(expect.arrayContaining(Object.keys(row)));
    }
  });

  test("--design picks designs, each once", async () => {
    const radix = await run(["verify", NESTED, "--design", "radix", "--json"]);
    const found = JSON.parse(radix.stdout) as VerifyResult;
    expect(found.designs.map(({ design }) => design)).toEqual(["radix"]);
    expect(found.designs[0]!.counters).toEqual(result.designs[0]!.counters);
    const built = builtFolder("twice");
    const twice = await run(["verify", built, "--design", "radix,column,radix", "--json"]);
    expect((JSON.parse(twice.stdout) as VerifyResult).designs.map(({ design }) => design)).toEqual([
      "radix",
      "column",
    ]);
  });

  test.each(["verify", "compare", "replay"])("%s: an unknown design", async (verb) => {
    const flag = verb === "compare" ? "--designs" : "--design";
    expectRefusal(await run([verb, NESTED, flag, "nope"]), 'there is no design "nope"', ...NAMES);
  });

  test("a wrong verdict exits with 4", async () => {
    const folder = join(temp.path, "wrong");
    cpSync(NESTED, folder, { recursive: true });
    const path = join(folder, "frames.tsv.gz");
    const text = gunzipSync(readFileSync(path)).toString();
    writeFileSync(path, gzipSync(text.replace("\n1060909\t14984", "\n1060909\t14951")));
    const ran = await run(["verify", folder, "--design", "in-page"]);
    expect(ran.code).toBe(4);
    expect(ran.stdout).toMatch(/^verdict: wrong$/m);
    expect(ran.stdout).toContain("1 frame placed otherwise, without a reason (in-page)");
  });

  test("lost events exit with 3", async () => {
    const ran = await run(["verify", builtFolder("lost", (c) => c.before.raw("CPU:1 [LOST 9 EVENTS]"))]);
    expect(ran.code).toBe(3);
    expect(ran.stdout).toContain("verdict: incomplete\n  9 events lost, first before line");
  });
});

describe("input that cannot be believed", () => {
  test("no such folder; a folder without a trace; one without its tables; a trace alone", async () => {
    for (const verb of ["verify", "compare", "replay"]) {
      expectRefusal(await run([verb, join(temp.path, "none")]), "no such file or folder");
      expectRefusal(await run([verb, "src/cli"]), "holds no trace");
    }
    mkdirSync(join(temp.path, "bare"));
    temp.write("bare/trace.txt", new BuiltCapture().texts().trace);
    expectRefusal(await run(["verify", join(temp.path, "bare")]), "no memory.stat.tsv", "replay");
    expectRefusal(await run(["verify", `${CAPTURES}/nested/trace.txt.gz`]), "no memory.stat.tsv");
  });

  test.each(["verify", "replay"])("%s: a text that is no trace", async (verb) => {
    const folder = builtFolder(`letter-${verb}`);
    temp.write(`letter-${verb}/trace.txt.gz`, gzipSync("Dear reader,\n\nthis is a letter.\n"));
    expectRefusal(await run([verb, folder]), "no event was found", "trace.txt.gz");
  });

  test.each(["verify", "replay"])("%s: a trace cut short", async (verb) => {
    const folder = join(temp.path, `cut-${verb}`);
    cpSync(NESTED, folder, { recursive: true });
    const whole = readFileSync(join(folder, "trace.txt.gz"));
    writeFileSync(join(folder, "trace.txt.gz"), whole.subarray(0, whole.length >> 1));
    const ran = await run([verb, folder]);
    expectRefusal(ran, "ends too early");
    expect(ran.stderr).toMatch(/trace\.txt\.gz:\d{5,}: /);
  });

  test.each(["verify", "replay"])("%s: a frame out of range names its line", async (verb) => {
    const folder = builtFolder(`far-${verb}`, (c) =>
      c.before.event("mm_page_free: page=1 pfn=0xffffffffffff order=0"),
    );
    const ran = await run([verb, folder]);
    expectRefusal(ran, "pfn");
    const trace = gunzipSync(readFileSync(join(folder, "trace.txt.gz"))).toString();
    const line = trace.split("\n").findIndex((text) => text.includes("0xffffffffffff")) + 1;
    expect(ran.stderr).toContain(`trace.txt.gz:${line}: `);
  });

  test("a frame of frames.tsv out of range", async () => {
    const folder = builtFolder("far-table", (c) => c.frames.set(2 ** 39, [101]));
    expectRefusal(await run(["verify", folder]), "frames.tsv.gz: frame 549755813888 is out of range");
  });

  test("wrong words on the command line", async () => {
    expectRefusal(await run(["replay", NESTED, "--every", "0"]), "--every takes a whole number above 0");
    expectRefusal(await run(["replay", NESTED, "--json", "--csv"]), "choose one of");
    expectRefusal(await run(["replay", NESTED, "--design", "all"]), "one design");
    expectRefusal(await run(["verify"]), "missing required argument");
    expectRefusal(await run(["verify", NESTED, "--nope"]), "unknown option");
    expectRefusal(await run(["nope"]), "unknown command");
  });
});

describe("replay", () => {
  const table = (csv: string) =>
    csv
      .trim()
      .split("\n")
      .map((line) => line.split(","));

  test("--every with --csv: a header, then all groups at each step and at the end", async () => {
    const ran = await run(["replay", NESTED, "--every", "50000", "--csv"]);
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    const [header, ...rows] = table(ran.stdout);
    expect(header!.join(",")).toBe("events,seconds,group,anon,file,shmem,kernel,charged,total");
    const steps = [...new Set(rows.map((row) => Number(row[0])))];
    expect(steps).toEqual([50_000, 100_000, 150_000, 200_000, 234_823]);
    expect(rows.filter((row) => row[0] === "234823").map((row) => row[2])).toEqual([
      "/pl",
      "/pl/org",
      "/pl/org/team-a",
      "/pl/org/team-a/job1 (removed)",
      "/pl/org/team-a/job2",
      "/pl/org/team-b",
    ]);
    const seconds = rows.map((row) => Number(row[1]));
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
  });

  test("--json gives the same rows, one object a line", async () => {
    const [csv, json] = await Promise.all([
      run(["replay", NESTED, "--every", "100000", "--csv"]),
      run(["replay", NESTED, "--every", "100000", "--json", "--design", "radix"]),
    ]);
    const objects = json.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const [header, ...rows] = table(csv.stdout);
    expect(Object.keys(objects[0]!)).toEqual(header);
    expect(objects.map((row) => Object.values(row).map(String))).toEqual(rows);
  });

  test("the last rows are what verify compares", async () => {
    const folder = builtFolder("unmarked", (c) => {
      c.marks = false;
    });
    const replayed = await run(["replay", folder, "--json"]);
    const result = JSON.parse((await run(["verify", folder, "--json"])).stdout) as VerifyResult;
    expect(result.verdict).toBe("exact");
    const rows = replayed.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, number>);
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      const figure = (item: string) =>
        result.designs[0]!.counters.find((c) => c.group === String(row.group) && c.item === item)!
          .ledgerPages;
      expect(row.events).toBe(result.events);
      expect([row.file! + row.shmem!, row.anon, row.total]).toEqual([
        figure("cache"),
        figure("rss"),
        figure("usage_in_bytes"),
      ]);
    }
  });

  test("a trace alone, and as a table", async () => {
    const ran = await run(["replay", "test/data/ftrace-nested.txt"]);
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout).toMatch(/^after \d+ events, [\d.]+ s \(pages\)\ncontainer +anon +file/);
  });

  test("group names are quoted where CSV asks for it", async () => {
    const path = temp.write(
      "odd.txt",
      '  sh-7   [000] .....  1.000000: cgroup_mkdir: root=4 id=5 level=1 path=/a,"b"\n',
    );
    expect((await run(["replay", path, "--csv"])).stdout).toContain('1,0,"/a,""b""",0,0,0,0,0,0\n');
  });
});

describe("compare", () => {
  test("writes one page that needs nothing else", async () => {
    const page = join(temp.path, "deep/report.html");
    const ran = await run(["compare", NESTED, "--designs", "radix,in-page", "--html", page]);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain("radix");
    expect(ran.stdout).not.toContain("column");
    expect(ran.stderr).toMatch(/^report: .*report\.html \(\d+ KiB\)\n$/);
    const html = readFileSync(page, "utf8");
    expect(html).toMatch(/^<!doctype html>/i);
    expect(html).not.toMatch(/(?:src|href)\s*=\s*["']?(?:https?:)?\/\//i);
    expect(html).not.toMatch(/url\(\s*["']?(?:https?:)?\/\/|@import|\bfetch\(|XMLHttpRequest/i);
  });

  test("a page that cannot be written is a usage error, before the work is done", async () => {
    for (const path of [temp.path, join(temp.path, "no/such/folder/x.html"), "/dev/null/x.html"]) {
      const ran = await run(["compare", NESTED, "--designs", "column", "--html", path]);
      expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code: 1, stdout: "" });
      expect(ran.stderr).toMatch(/^pageledger: .* cannot be written \(E[A-Z]+\)\n$/);
    }
  });

  test("--json is the table", async () => {
    const ran = await run(["compare", builtFolder("table"), "--json"]);
    const { designs, ...rest } = JSON.parse(ran.stdout) as { designs: Record<string, unknown>[] };
    expect(rest).toMatchObject({ capture: "table", verdict: "exact", because: [] });
    expect(designs.map(({ design }) => design)).toEqual(NAMES);
    expect(Object.keys(designs[0]!)).toEqual([
      "design",
      "frames",
      "nsPerEvent",
      "bytesPerPage",
      "shareOfMemory",
    ]);
  });
});

describe("manners", () => {
  test.each(["verify", "replay", "compare"])("help of %s has an example", async (verb) => {
    const ran = await run([verb, "--help"]);
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout).toMatch(new RegExp(`Example:\n {2}\\$ pageledger ${verb} `));
    for (const name of NAMES) expect(ran.stdout).toMatch(new RegExp(`^ {2}${name} +\\w`, "m"));
    const named = /Example:\n.* (test\/data\/\S+)/.exec(ran.stdout)![1]!;
    expect(existsSync(named), named).toBe(true);
  });

  test("help and version of the whole", async () => {
    const help = await run(["--help"]);
    expect(help.code).toBe(0);
    for (const word of ["verify", "replay", "compare", "Exit codes", "Example:"])
      expect(help.stdout).toContain(word);
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect((await run(["--version"])).stdout).toBe(`${version}\n`);
  });

  test("no escape codes where nobody watches, nor with NO_COLOR; no progress on stdout", async () => {
    const folder = builtFolder("plain");
    for (const env of [{}, { NO_COLOR: "1" }, { NO_COLOR: "1", FORCE_COLOR: "0" }])
      for (const verb of ["verify", "compare", "replay"]) {
        const ran = await run([verb, folder], { env });
        expect(ran.code).toBe(0);
        expect(ran.stdout + ran.stderr).not.toContain("\x1b");
        expect(ran.stdout).not.toContain("MiB of text");
        expect(ran.stderr).toBe("");
      }
  });

  test("a reader that has seen enough", async () => {
    for (const args of [
      ["replay", NESTED, "--every", "100", "--csv"],
      ["verify", NESTED, "--design", "column", "--json"],
    ]) {
      const ran = await run(args, { hangUp: true });
      expect(ran.stderr).toBe("");
      expect(ran.code).toBe(0);
    }
  });
});
