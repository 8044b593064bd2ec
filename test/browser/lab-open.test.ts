/** Files and folders dropped on the laboratory: sound ones, and hostile ones; progress, cancel, and the way back. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dropPaths, machineIs, openBuiltIn } from "./lab-drop.js";
import { type LabOptions, openLab } from "./lab-harness.js";
import { beforeWorkers } from "./lab-map-page.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const NESTED = join(ROOT, "test/data/captures/nested");

/** Of letters that no line breaks at, and of markup; a group's name has no slash. */
const NASTY = `${"w".repeat(120)}<script>alert(1)<!--&lt;<u>`;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pageledger-lab-"));
  writeHostile(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function open(options: LabOptions = {}): Promise<Page> {
  return (await openLab(options)).page;
}

function writeHostile(to: string): void {
  const trace = gunzipSync(readFileSync(join(NESTED, "trace.txt.gz")));
  const variant = (name: string, change: (at: string) => void) => {
    cpSync(NESTED, join(to, name), { recursive: true });
    change(join(to, name));
  };
  variant("frames-damaged", (at) => {
    const frames = gunzipSync(readFileSync(join(at, "frames.tsv.gz")))
      .toString()
      .split("\n");
    frames[6] = "no frame at all";
    rmSync(join(at, "frames.tsv.gz"));
    writeFileSync(join(at, "frames.tsv"), frames.join("\n"));
  });
  variant("torn-gzip", (at) => {
    const packed = readFileSync(join(at, "trace.txt.gz"));
    writeFileSync(join(at, "trace.txt.gz"), packed.subarray(0, packed.length >> 1));
  });
  variant("torn-line", (at) => {
    rmSync(join(at, "trace.txt.gz"));
    const lines = trace.subarray(0, 400_000);
    writeFileSync(join(at, "trace.txt"), lines.subarray(0, lines.lastIndexOf("\n") + 60));
  });
  variant("hostile-names", (at) => {
    const renamed = (text: Buffer) => text.toString("latin1").replaceAll("team-b", NASTY);
    rmSync(join(at, "trace.txt.gz"));
    writeFileSync(join(at, "trace.txt"), renamed(trace), "latin1");
    for (const table of ["groups.tsv", "memory.stat.tsv"])
      writeFileSync(join(at, table), renamed(readFileSync(join(at, table))), "latin1");
  });
  mkdirSync(join(to, "empty"));
  mkdirSync(join(to, "two"));
  for (const name of ["one", "other"]) cpSync(NESTED, join(to, "two", name), { recursive: true });
  // Folders count too, and a capture that comes after them is not found.
  mkdirSync(join(to, "many"));
  for (let i = 0; i < 1000; i++) mkdirSync(join(to, "many", `folder-${i}`));
  cpSync(join(NESTED, "groups.tsv"), join(to, "many/trace.txt"));
  mkdirSync(join(to, "no-trace"));
  cpSync(join(NESTED, "groups.tsv"), join(to, "no-trace/groups.tsv"));
  cpSync(join(NESTED, "memory.stat.tsv"), join(to, "no-trace/memory.stat.tsv"));
  writeFileSync(join(to, "letter.txt"), "Dear Sir or Madam,\nthis is no trace of a kernel.\n");
  writeFileSync(
    join(to, "picture.png"),
    Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) & 255),
  );
  writeFileSync(join(to, "broken.zip"), Buffer.concat([Buffer.from("PK\x03\x04"), Buffer.alloc(300, 7)]));
  writeFileSync(join(to, "nothing.txt"), "");
  const line = "  bash-1000  [000] d...   100.000001: mm_page_alloc_v2: frame=0x1000\n";
  writeFileSync(join(to, "other-kernel.txt"), `# tracer: nop\n${line}${line}`);
}

test("a folder that is dropped ends in its verdict", async () => {
  const page = await open();
  await dropPaths(page, [NESTED]);
  await machineIs(page, "ready");
  expect(await page.locator("#machine .title").textContent()).toBe("nested");
  expect(await page.locator("#view .badge").textContent()).toBe("exact");
});

test("single files that are dropped together are one capture; a trace alone has no verdict", async () => {
  const page = await open();
  const names = ["trace.txt.gz", "groups.tsv", "memory.stat.tsv", "frames.tsv.gz"];
  await dropPaths(
    page,
    names.map((name) => join(NESTED, name)),
  );
  await machineIs(page, "ready");
  expect(await page.locator("#view .badge").textContent()).toBe("exact");
  await dropPaths(page, [join(NESTED, "trace.txt.gz")]);
  await page.locator(".no-verdict").waitFor();
  expect(await page.locator(".no-verdict").textContent()).toContain("groups.tsv");
  expect(await page.locator("#view .badge").count()).toBe(0);
});

test("a folder and files may be picked", async () => {
  const page = await open();
  await page.locator("#view [data-pick=folder]").setInputFiles(NESTED);
  await machineIs(page, "ready");
  expect(await page.locator("#machine .title").textContent()).toBe("nested");
  await page.getByRole("button", { name: "Close" }).click();
  await page.locator("#view [data-pick=files]").setInputFiles(join(NESTED, "trace.txt.gz"));
  await page.locator(".no-verdict").waitFor();
});

test("what is no capture is refused with its name, its line and a remedy; the page goes on", async () => {
  const page = await open();
  for (const [name, place, reason] of [
    ["frames-damaged", /frames\.tsv.* line 7/, /./],
    ["torn-gzip", /trace\.txt\.gz/, /./],
    ["empty", /./, /no file/],
    ["two", /./, /two\/one, two\/other/],
    ["many", /many/, /more than 1000 files and folders/],
    ["no-trace", /no-trace/, /./],
    ["letter.txt", /letter\.txt/, /./],
    ["picture.png", /picture\.png/, /./],
    ["broken.zip", /broken\.zip/, /./],
    ["nothing.txt", /nothing\.txt/, /./],
    ["other-kernel.txt", /other-kernel\.txt/, /mm_page_alloc_v2 2/],
  ] as const) {
    await dropPaths(page, [join(folder, name)]);
    await page.locator("#machine .not-opened").waitFor();
    // What cannot be read at all leaves what is open.
    const isRefused = name === "empty" || name === "two" || name === "many";
    await machineIs(page, isRefused ? "ready" : "failed");
    const fault = (await page.locator("#machine .not-opened .reason").textContent()) ?? "";
    expect(fault, name).toMatch(place);
    expect(fault, name).toMatch(reason);
    expect(fault, name).not.toContain("the page itself");
    expect((await page.locator("#machine .not-opened .remedy").textContent()) ?? "", name).toMatch(
      /^Remedy: \S+ \S+/,
    );
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), name).toBe(true);
    // From here on the strip has no fault, so that the next one is a new one.
    if (isRefused) {
      expect(await page.locator("#machine .title").textContent(), name).toBe("huge");
      await page.getByRole("button", { name: "Dismiss" }).click();
      expect(await page.locator("#machine .not-opened").count(), name).toBe(0);
    } else await openBuiltIn(page, "huge");
  }
  await dropPaths(page, [NESTED]);
  await page.locator("#machine .title", { hasText: "nested" }).waitFor();
  await machineIs(page, "ready");
  expect(await page.locator("#view .badge").textContent()).toBe("exact");
});

test("a torn last line is no fault, and no exact verdict", async () => {
  const page = await open();
  await dropPaths(page, [join(folder, "torn-line")]);
  await machineIs(page, "ready");
  expect(await page.locator(".because").textContent()).toContain("torn");
  expect(await page.locator("#view .badge").textContent()).not.toBe("exact");
});

test.each([360, 1280])(
  "long names and markup in names are text, and break nothing at %i px",
  async (width) => {
    const page = await open({ viewport: { width, height: 800 } });
    await dropPaths(page, [join(folder, "hostile-names")]);
    await machineIs(page, "ready");
    await page.locator(".time-chart[data-drawn]").waitFor();
    for (const summary of await page.locator("#view summary").all()) await summary.click();
    expect(await page.locator("#containers .name", { hasText: NASTY }).count()).toBe(1);
    expect(await page.locator(".use-legend .name", { hasText: NASTY }).count()).toBe(1);
    expect(await page.locator(".name *, main script, main u").count()).toBe(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    expect(await page.locator("#view .badge").textContent()).toBe("exact");
  },
);

test("opening shows how far it is, and can be cancelled, at once and in the middle", async () => {
  const page = await open();
  const state = await page.evaluate(async () => {
    while (document.querySelector("#view [data-capture=nested]") === null)
      await new Promise(requestAnimationFrame);
    document.querySelector<HTMLElement>("#view [data-capture=nested]")!.click();
    document.querySelector<HTMLElement>("#machine .cancel")!.click();
    return document.querySelector<HTMLElement>("#machine")!.dataset.state;
  });
  expect(state).toBe("idle");
  const seen = await page.evaluate(() => {
    const machine = document.querySelector<HTMLElement>("#machine")!;
    const done = new Promise<string>((resolve) => {
      const watcher = new MutationObserver(() => {
        const figures = machine.querySelector(".figures")?.textContent ?? "";
        if (!figures.includes("events")) return;
        watcher.disconnect();
        machine.querySelector<HTMLElement>(".cancel")?.click();
        resolve(figures);
      });
      watcher.observe(machine, { subtree: true, childList: true, characterData: true });
    });
    document.querySelector<HTMLElement>("#view [data-capture=nested]")!.click();
    return done;
  });
  expect(seen).toMatch(/[\d,]+ events/);
  await machineIs(page, "idle");
  await openBuiltIn(page, "nested");
  expect(await page.locator("#view .badge").textContent()).toBe("exact");
});

test("after a close or a fault the way back is offered", async () => {
  const page = await open();
  await openBuiltIn(page, "nested");
  await dropPaths(page, [join(folder, "letter.txt")]);
  await machineIs(page, "failed");
  await page.getByRole("button", { name: "Open nested again" }).click();
  await machineIs(page, "ready");
  await page.getByRole("button", { name: "Close" }).click();
  await machineIs(page, "idle");
  expect(await page.locator(".slider").isVisible()).toBe(false);
});

test("a browser without memory to give: said so with a remedy, and the next try works", async () => {
  const page = await open();
  await beforeWorkers(
    page,
    `{ const { Memory } = WebAssembly;
       WebAssembly.Memory = class extends Memory {
         constructor(size) {
           if (size.maximum === 65536) throw new RangeError("could not allocate memory");
           super(size);
         }
       }; }`,
  );
  await page.reload();
  await page.locator('#view [data-capture="nested"]').click();
  await machineIs(page, "failed");
  const said = await page.locator("#machine").innerText();
  expect(said).toContain("the memory of this page");
  expect(said).toContain("close other pages, choose fewer designs, or give fewer frames");
  await page.context().unrouteAll();
  await openBuiltIn(page, "nested");
  expect(await page.locator("#view .badge").textContent()).toBe("exact");
});

test("another design is replayed on demand, and all of them with a row each", async () => {
  const page = await open();
  await page.locator("#view select.design").selectOption("radix");
  await openBuiltIn(page, "huge");
  expect(await page.locator("#machine .what").textContent()).toContain("owners in radix");
  await page.getByRole("button", { name: /Replay under all/ }).click();
  await page.locator("#designs tbody tr").nth(11).waitFor();
  const heads = await page.locator("#designs tbody th").allTextContents();
  expect(heads[0]).toBe("palette");
  expect(new Set(heads).size).toBe(12);
});

test("a capture that the server was started with is opened at once", async () => {
  const page = await open({ capture: NESTED });
  await machineIs(page, "ready");
  expect(await page.locator("#machine .title").textContent()).toBe("nested");
});
