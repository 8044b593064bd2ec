/** The composer: settings in a form, a link and a command; what it refuses; the trace it writes. */
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  commandOf,
  defaultsOf,
  FRAMES_MAX,
  fieldsOf,
  queryOf,
  readLink,
  readSettings,
} from "../../bench/web/views/composer/settings.js";
import { SKETCH_COLUMNS, SKETCH_ROWS, sketchOf } from "../../bench/web/views/composer/sketch.js";
import { composedHistory } from "../../src/lab/composed.js";
import { openLedger } from "../../src/node/open.js";
import { ALL_WORKLOADS } from "../../src/workload/histories.js";
import { runHistory } from "../../src/workload/run-history.js";
import { traceText } from "../../src/workload/trace-text.js";
import { run } from "../cli/spawn.js";
import { OUT_OF_SIGHT, weakestContrast } from "./contrast.js";
import { pngSize, savedChart } from "./downloads.js";
import { openLab } from "./lab-harness.js";

const SMALL = "workload=tenants&frames=4096&events=6000&seed=7&containers=5&web=3&database=0&batch=1&huge=0";

describe("settings", () => {
  test.each(ALL_WORKLOADS.map((workload) => [workload.name, workload] as const))(
    "%s: defaults are sound, and a link gives them back",
    (_, workload) => {
      const names = fieldsOf(workload).map(({ name }) => name);
      expect(new Set([...names, "workload", "run"]).size).toBe(names.length + 2);
      const { settings, faults } = readSettings(workload, defaultsOf(workload));
      expect([...faults]).toEqual([]);
      const link = readLink(new URLSearchParams(queryOf(settings!)), ALL_WORKLOADS);
      expect([...link.faults]).toEqual([]);
      expect(readSettings(link.workload, link.texts).settings).toEqual(settings);
    },
  );

  test.each(ALL_WORKLOADS.map((workload) => [workload.name, workload] as const))(
    "%s: its sketch shows frames with owners",
    (_, workload) => {
      const { owner, touched } = sketchOf(workload, {}, undefined);
      expect(owner.some((id) => id !== 0)).toBe(true);
      expect(touched.some((one) => one !== 0)).toBe(true);
    },
  );

  test("the command line takes the command, and writes the same history", async () => {
    const link = readLink(new URLSearchParams(SMALL), ALL_WORKLOADS);
    const { settings } = readSettings(link.workload, link.texts);
    const words = commandOf(settings!).split(" ");
    expect(words.slice(0, 3)).toEqual(["npx", "pageledger", "generate"]);
    expect(words.at(-1)).toBe("tenants-7.txt.gz");
    const ran = await run([...words.slice(2, -1), "-"]);
    const text: Uint8Array[] = [];
    for await (const chunk of traceText(composedHistory(settings!))) text.push(chunk);
    expect([ran.code, ran.stdout]).toEqual([0, Buffer.concat(text).toString()]);
  });

  test.each([
    ["frames=1023", "frames", "frames cannot be 1023; give a whole number from 1024 to 16777216"],
    [`frames=${FRAMES_MAX + 1}`, "frames", `from 1024 to ${FRAMES_MAX}`],
    ["frames=Infinity", "frames", 'frames cannot be "Infinity"'],
    ["frames=0x1000", "frames", 'frames cannot be "0x1000"'],
    ["events=1e99", "events", "events cannot be 1e+99"],
    ["events=", "events", 'events cannot be ""'],
    ["seed=-1", "seed", 'seed cannot be "-1"'],
    ["seed=9007199254740993", "seed", "seed cannot be"],
    ["web=<b>1</b>", "web", 'web cannot be "<b>1</b>"'],
    ["huge=1.01", "huge", "huge cannot be 1.01; give a number from 0 to 1 (share)"],
    [`batch=${"9".repeat(5000)}`, "batch", "give a number from 0 to 1000"],
    ["frames=1024&containers=500", "containers", "500 containers on 1024 frames"],
  ])("%.40s is refused in that field alone", (query, field, words) => {
    const link = readLink(new URLSearchParams(`workload=tenants&${query}`), ALL_WORKLOADS);
    expect([...link.faults]).toEqual([]);
    const { settings, faults } = readSettings(link.workload, link.texts);
    expect(settings).toBeUndefined();
    expect([...faults.keys()]).toEqual([field]);
    expect(faults.get(field)).toContain(words);
    expect(faults.get(field)!.length).toBeLessThan(200);
  });

  test.each([
    ["workload=no-such&frames=4096", "workload", 'no workload "no-such"'],
    [
      "workload=tenants&theta=1&__proto__=2&constructor=3",
      "link",
      "no setting theta, __proto__, constructor",
    ],
    ["workload=tenants&seed=1&seed=2", "link", "gives seed more than once"],
  ])("the link %s is refused", (query, field, words) => {
    const { faults } = readLink(new URLSearchParams(query), ALL_WORKLOADS);
    expect([...faults.keys()]).toEqual([field]);
    expect(faults.get(field)).toContain(words);
  });
});

describe("the view", () => {
  test("a link fills the form; what is changed goes into the address, the link and the command", async () => {
    const { page, origin } = await openLab({ hash: `#/composer?${SMALL}` });
    const value = (name: string) => page.locator(`#composer-${name}`).inputValue();
    expect([await value("workload"), await value("frames"), await value("web")]).toEqual([
      "tenants",
      "4096",
      "3",
    ]);
    await page.locator("#composer-seed").fill("8");
    await page.locator("#composer-seed").press("Tab");
    const query = SMALL.replace("seed=7", "seed=8");
    expect(await page.evaluate(() => location.hash)).toBe(`#/composer?${query}`);
    expect(await value("link")).toBe(`${origin}/#/composer?${query}&run=1`);
    expect(await page.locator("#composer-command").textContent()).toContain("--seed 8 --containers 5");

    await page.locator("#composer-workload").selectOption("zipf");
    expect([await value("frames"), await value("seed"), await value("theta")]).toEqual(["4096", "8", "0.99"]);
    expect(await page.locator("#composer-web").count()).toBe(0);
    // Another view and back, by a link that says nothing of settings.
    await page.evaluate(() => (location.hash = "#/map"));
    await page.locator('#view[data-view="map"]').waitFor();
    await page.evaluate(() => (location.hash = "#/composer"));
    await page.locator("#composer-theta").waitFor();
    expect([await value("workload"), await value("seed")]).toEqual(["zipf", "8"]);
  });

  test("a history is run under the chosen design; of all of them only the first is loaded", async () => {
    const { page } = await openLab({ hash: `#/composer?${SMALL}` });
    const modules: string[] = [];
    page.on("request", (request) => {
      const name = /wasm\/([\w-]+)\.wasm/.exec(request.url())?.[1];
      if (name !== undefined) modules.push(name);
    });
    for (const [chosen, run] of [
      ["radix", "radix"],
      ["all", "palette"],
    ]) {
      await page.getByRole("button", { name: "Open…" }).click();
      await page.locator("#machine select.design").selectOption(chosen!);
      await page.getByRole("button", { name: "Open…" }).click();
      await page.locator("#composer-run").click();
      await page.locator("#machine .fact", { hasText: `owners in ${run}` }).waitFor();
    }
    expect(new Set(modules)).toEqual(new Set(["radix", "palette"]));
  });

  test("the sketch shows the chosen workload in the page's colours", async () => {
    const { page } = await openLab({ hash: "#/composer", colorScheme: "dark" });
    const inks = () =>
      page.locator("#composer-sketch").evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size;
      });
    await page.locator('#composer-sketch[data-shows="tenants"]').waitFor();
    expect(await inks()).toBeGreaterThan(8);
    await page.locator("#composer-workload").selectOption("memory-pressure");
    await page.locator('#composer-sketch[data-shows="memory-pressure"]').waitFor();
    const { png, lines } = await savedChart(page, page.locator(".composer-side figure"));
    expect(pngSize(png)![0]).toBeGreaterThan(300);
    expect(lines[0]).toBe("first operation,first frame,owner,touched");
    expect(lines).toHaveLength(1 + SKETCH_COLUMNS * SKETCH_ROWS);
    expect(new Set(lines.slice(1).map((line) => line.split(",")[2])).size).toBeGreaterThan(2);
    expect(await inks()).toBeGreaterThan(8);
  });

  test("a hostile link is refused field by field, and not run", async () => {
    const hostile = "workload=tenants&frames=%3Cimg%20src%3Dx%3E&web=-1&%3Cscript%3E=1&run=1";
    const { page } = await openLab({ hash: `#/composer?${hostile}` });
    await page.locator("#composer-frames-fault").waitFor();
    expect(await page.locator("#composer-frames-fault").textContent()).toContain('"<img src=x>"');
    expect(await page.locator("#composer-web-fault").textContent()).toContain("from 0 to 1000");
    expect(await page.locator("#composer-link-fault").textContent()).toContain("no setting <script>");
    expect(await page.locator('[aria-invalid="true"]').count()).toBe(2);
    expect(await page.locator("#composer-result").getAttribute("data-state")).toBe("idle");
    expect(await page.locator("#composer-download").isDisabled()).toBe(true);
    expect(await page.locator("#view img").count()).toBe(0);
    await page.locator("#composer-run").click();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("composer-frames");
  });

  test("what only the workload itself can refuse is said under the button", async () => {
    const { page } = await openLab({ hash: "#/composer?workload=tenants&web=0&database=0&batch=0" });
    await page.locator("#composer-run").click();
    await page.locator('form[data-state="refused"]').waitFor();
    expect(await page.locator("#composer-run-fault").textContent()).toContain("all weights are 0");
  });

  test("a link that asks for it is run; frames with an owner are as many as in Node, and the views show it", async () => {
    const link = readLink(new URLSearchParams(SMALL), ALL_WORKLOADS);
    const history = composedHistory(readSettings(link.workload, link.texts).settings!);
    const ledger = await openLedger({
      design: "palette",
      frames: history.nrFrames,
      containers: history.maxContainers,
      pids: history.maxPids,
    });
    runHistory(ledger, history);
    const owners = ledger.ownersOf(Uint32Array.from({ length: history.nrFrames }, (_, pfn) => pfn));
    const owned = owners.filter((owner) => owner !== 0).length;

    const { page } = await openLab({ hash: `#/composer?${SMALL}&run=1` });
    await page.locator('#composer-result[data-state="ready"]').waitFor();
    expect(await page.locator("#composer-result").textContent()).toContain(
      `6,000 operations are run. At the end ${owned.toLocaleString("en-US")} of 4,096 frames have an owner`,
    );
    // A way back to this address does not run it again.
    expect(await page.evaluate(() => location.hash)).toBe(`#/composer?${SMALL}`);
    await page.locator('#composer-result a[href="#/map"]').click();
    await page.locator('#view[data-view="map"] [data-state="ready"]').first().waitFor();
    await page.goBack();
    await page.locator('#composer-result[data-state="ready"]').waitFor();
  });

  test("the trace that is downloaded is the command's", async () => {
    const { page } = await openLab({ hash: `#/composer?${SMALL}` });
    const started = page.waitForEvent("download");
    await page.locator("#composer-download").click();
    const download = await started;
    expect(download.suggestedFilename()).toBe("tenants-7.txt.gz");
    const text = gunzipSync(await readFile(await download.path())).toString();
    const args = "generate tenants --frames 4096 --events 6000 --seed 7 --containers 5";
    const own = "--set web=3 --set database=0 --set batch=1 --set huge=0";
    expect(text).toBe((await run(`${args} ${own}`.split(" "))).stdout);
    await expect
      .poll(() => page.locator("#composer-taken").textContent())
      .toMatch(/^tenants-7\.txt\.gz: [\d.]+ MB, [\d.]+ MB of text\.$/);
  });

  test("a download is cancelled, and can be begun again", async () => {
    const { page } = await openLab({
      hash: "#/composer?workload=uniform&frames=1048576&events=16000000&seed=1&containers=16",
    });
    const button = page.locator("#composer-download");
    await button.click();
    await page.locator('#composer-download[data-writing="true"]').click();
    await page.locator('#composer-download[data-writing="false"]').waitFor();
    expect(await page.locator("#composer-taken").textContent()).toContain("Cancelled");
    await button.click();
    await expect.poll(() => page.locator("#composer-taken").textContent()).toMatch(/^Writing: \d+ %/);
  });

  test.each(["light", "dark"] as const)(
    "text stands out from its ground, faults too (%s)",
    async (colorScheme) => {
      const { page } = await openLab({ hash: "#/composer?workload=tenants&frames=12", colorScheme });
      await page.locator("#composer-frames-fault").waitFor();
      const { ratio, text } = await weakestContrast(page, OUT_OF_SIGHT);
      expect(ratio, text).toBeGreaterThanOrEqual(4.5);
    },
  );

  test.each([360, 768, 1280])("no sideways scroll of the page at %i px", async (width) => {
    const { page } = await openLab({
      hash: `#/composer?workload=tenants&frames=12`,
      viewport: { width, height: 700 },
    });
    await page.locator("#composer-frames-fault").waitFor();
    const [content, inner] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      window.innerWidth,
    ]);
    expect(content).toBeLessThanOrEqual(inner!);
  });
});
