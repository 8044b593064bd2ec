// generate: the command, from its list to a pipe that closes early.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { ALL_WORKLOADS } from "../../src/workload/histories.js";
import { CAPTURES, type Ran, run, temporaryFolder } from "./spawn.js";

const temp = temporaryFolder();
const SMALL = ["--frames", "4096", "--events", "5000"];

function expectRefusal(ran: Ran, ...words: string[]): void {
  expect([ran.code, ran.stdout]).toEqual([1, ""]);
  for (const word of words) expect(ran.stderr).toContain(word);
  expect(ran.stderr).not.toMatch(/^\s+at /m);
}

test("--list names every workload and each of its parameters", async () => {
  const ran = await run(["generate", "--list"]);
  expect([ran.code, ran.stderr]).toEqual([0, ""]);
  for (const { name, parameters } of ALL_WORKLOADS) {
    expect(ran.stdout).toMatch(new RegExp(`^${name} `, "m"));
    for (const key of Object.keys(parameters)) expect(ran.stdout).toContain(`--set ${key}=`);
  }
});

describe("a trace", () => {
  test("is the same for the same seed, on stdout as in a file, packed or not", async () => {
    const args = ["generate", "tenants", ...SMALL, "--seed", "9"];
    const first = await run(args);
    expect([first.code, first.stderr]).toEqual([0, ""]);
    expect((await run(args)).stdout).toBe(first.stdout);
    expect((await run([...args.slice(0, -1), "10"])).stdout).not.toBe(first.stdout);
    const plain = join(temp.path, "tenants.txt");
    const packed = join(temp.path, "tenants.txt.gz");
    expect(await run([...args, "-o", plain])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await run([...args, "--output", packed])).code).toBe(0);
    expect(readFileSync(plain, "utf8")).toBe(first.stdout);
    expect(gunzipSync(readFileSync(packed)).toString()).toBe(first.stdout);
  });

  test.each(["memory-pressure", "zipf"])("of %s is replayed", async (name) => {
    const path = join(temp.path, `${name}.txt.gz`);
    expect((await run(["generate", name, ...SMALL, "--containers", "6", "-o", path])).code).toBe(0);
    const ran = await run(["replay", path, "--csv"]);
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    const rows = ran.stdout.trim().split("\n").slice(1);
    expect(rows.length).toBeGreaterThanOrEqual(6);
    expect(rows.reduce((sum, row) => sum + Number(row.split(",")[7]), 0)).toBeGreaterThan(500);
  });

  test("of the shape of a capture, built in or read", async () => {
    const args = ["generate", "capture-shaped", ...SMALL, "--profile"];
    const builtIn = await run([...args, "huge"]);
    expect(builtIn.code).toBe(0);
    expect((await run([...args, `${CAPTURES}/huge`])).stdout).toBe(builtIn.stdout);
    expect((await run([...args, "nested"])).stdout).not.toBe(builtIn.stdout);
  });

  test("takes a workload's own parameters", async () => {
    const shmem = (ran: Ran) => ran.stdout.includes("gfp_flags=GFP_KERNEL_ACCOUNT");
    expect(shmem(await run(["generate", "tenants", ...SMALL]))).toBe(true);
    expect(shmem(await run(["generate", "tenants", ...SMALL, "--set", "web=0", "--set", "batch=0"]))).toBe(
      false,
    );
  });
});

describe("what cannot be obeyed", () => {
  test("workloads and parameters that are none", async () => {
    expectRefusal(await run(["generate"]), "name a workload", "fork-storm");
    expectRefusal(await run(["generate", "nope"]), 'no workload "nope"', "zipf");
    expectRefusal(await run(["generate", "zipf", "--set", "nope=1"]), 'no parameter "nope"', "theta");
    expectRefusal(await run(["generate", "zipf", "--set", "theta=steep"]), "takes a number");
    expectRefusal(await run(["generate", "zipf", "--set", "theta=9"]), "theta cannot be 9", "from 0 to 8");
    expectRefusal(await run(["generate", "zipf", "--profile", "nested"]), "capture-shaped only");
    const shaped = ["generate", "capture-shaped", "--profile"];
    expectRefusal(await run([...shaped, "none"]), "no such file or folder");
    expectRefusal(await run([...shaped, "src"]), "src: the folder holds no trace");
    expectRefusal(
      await run([...shaped, "package.json"]),
      "package.json: nothing happens to a page",
      "nested",
    );
    expectRefusal(await run(["generate", "__proto__"]), 'no workload "__proto__"');
    expectRefusal(await run(["generate", "zipf", "--set", "__proto__=1"]), 'no parameter "__proto__"');
    expectRefusal(await run(["generate", "zipf", "--set", "theta"]), 'takes a number, not ""');
  });

  test.each([
    ["--frames", "0"],
    ["--frames", "12"],
    ["--frames", "-5"],
    ["--frames", "NaN"],
    ["--frames", "1e99"],
    ["--frames", "many"],
    ["--events", "0"],
    ["--events", "Infinity"],
    ["--events", String(2 ** 40 + 1)],
    ["--seed", "-1"],
    ["--seed", "1.5"],
    ["--containers", "70000"],
  ])("%s %s", async (flag, value) => {
    const path = join(temp.path, "never.txt");
    const ran = await run(["generate", "tenants", flag, value, "-o", path]);
    expectRefusal(ran, flag === "--frames" || flag === "--events" ? flag : flag.slice(2));
    expect(existsSync(path)).toBe(false);
  });

  test("a place that cannot be written", async () => {
    expectRefusal(
      await run(["generate", "uniform", ...SMALL, "-o", ""]),
      "--output takes the name of a file",
    );
    for (const path of [temp.path, join(temp.path, "no/such/x.txt"), join(temp.path, "no/such/x.gz")])
      expectRefusal(await run(["generate", "uniform", ...SMALL, "-o", path]), "cannot be written (E");
    if (existsSync("/dev/full"))
      expectRefusal(await run(["generate", "uniform", "-o", "/dev/full"]), "cannot be written (ENOSPC)");
  });
});

test.skipIf(process.platform === "win32")(
  "a pipe with a name is opened once, and told when nobody reads on",
  async () => {
    const pipe = join(temp.path, "pipe");
    execFileSync("mkfifo", [pipe]);
    const reader = spawn("head", ["-1", pipe], { stdio: "ignore" });
    const ran = await run(["generate", "uniform", "--events", "1000000000", "-o", pipe]);
    expectRefusal(ran, "cannot be written (EPIPE)");
    expect(reader.exitCode).toBe(0);
  },
);

test("a reader that has seen enough ends it quietly, long before the end", async () => {
  const ran = await run(["generate", "uniform", "--events", "1000000000"], { hangUp: true });
  expect([ran.code, ran.stderr]).toEqual([0, ""]);
});

test("help has an example", async () => {
  const ran = await run(["generate", "--help"]);
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/Example:\n {2}\$ pageledger generate /);
});
