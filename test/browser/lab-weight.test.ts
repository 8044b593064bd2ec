/** The built page as it lies on disk: how much a visitor loads, and that it knows of no other host. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { LAB_PAGE } from "../../src/node/lab-files.js";
import { PAGE_POLICY } from "../../src/node/lab-headers.js";
import { buildPage } from "./lab-harness.js";

const WEIGHT_MAX = 150_000;
/** Names of namespaces, which nothing loads. */
const NAMESPACES = /^https?:\/\/www\.w3\.org\//;

let code: { readonly name: string; readonly text: string }[];

beforeAll(async () => {
  await buildPage();
  code = ["index.html", ...readdirSync(join(LAB_PAGE, "assets")).map((name) => `assets/${name}`)]
    .filter((name) => /\.(js|css|html)$/.test(name))
    .map((name) => ({ name, text: readFileSync(join(LAB_PAGE, name), "utf8") }));
});

test("all code together, packed, is at most 150 KB", () => {
  const weights = code.map(({ name, text }) => [name, gzipSync(text, { level: 9 }).length] as const);
  const total = weights.reduce((sum, [, bytes]) => sum + bytes, 0);
  const [kb, kib] = [total / 1000, total / 1024].map((size) => size.toFixed(1));
  console.log(`page weight: ${kb} KB (${kib} KiB) of code, packed, in ${code.length} files`);
  expect(code.map(({ name }) => name).filter((name) => name.endsWith(".js")).length).toBeGreaterThan(1);
  expect(total, JSON.stringify(weights)).toBeLessThanOrEqual(WEIGHT_MAX);
});

/** Scripts that a script fetches before it runs, itself included. */
function fetchedWith(name: string, seen = new Set<string>()): Set<string> {
  seen.add(name);
  const { text } = code.find((each) => each.name === name)!;
  for (const [, path] of text.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+)"/g))
    if (!seen.has(`assets/${path}`)) fetchedWith(`assets/${path}`, seen);
  return seen;
}

/** Names of the scripts that hold all of these texts. */
const withTexts = (...texts: string[]) =>
  code.filter(({ text }) => texts.every((each) => text.includes(each))).map(({ name }) => name);

test("what page and workers share is there once, and the page waits for nothing of the workers", () => {
  // What a caller of a worker and the worker itself need; what refuses a workload's settings.
  expect(withTexts("Comlink.proxy")).toHaveLength(1);
  expect(withTexts("containers on ", " or more for each")).toHaveLength(1);
  const part = (start: string) => code.find(({ name }) => name.startsWith(`assets/${start}-`))!.name;
  const shared = fetchedWith(part("session"));
  expect(shared).toContain(part("common"));
  expect(shared).toContain(part("engine"));
  for (const start of ["index", "replay", "map", "page", "composer"])
    for (const worker of ["engine", "session", "bench", "history"])
      expect(fetchedWith(part(start)), start).not.toContain(part(worker));
});

test("no other host is named", () => {
  for (const { name, text } of code) {
    const hosts = text.match(/\b(?:https?|wss?):\/\/[\w.-]+[^\s"'`)\\]*/g) ?? [];
    expect(
      hosts.filter((url) => !NAMESPACES.test(url)),
      name,
    ).toEqual([]);
    expect(text, name).not.toMatch(/(?:src|href|url|import)\s*[=(]\s*["']?\/\//);
  }
});

test("the policy stands in the page before anything that it is for, and nothing is inline", () => {
  const html = code.find(({ name }) => name === "index.html")!.text;
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html);
  expect(policy?.[1]?.replace(/&#39;/g, "'")).toBe(PAGE_POLICY);
  expect(policy!.index).toBeLessThan(html.search(/<(script|link|style)\b/));
  expect(html).not.toMatch(/<style\b|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
});

test("every address in the page is relative: any folder of any server will do", () => {
  const html = code.find(({ name }) => name === "index.html")!.text;
  const addresses = [...html.matchAll(/\s(?:src|href)="([^"]*)"/g)].map((match) => match[1]!);
  expect(addresses.length).toBeGreaterThan(3);
  for (const address of addresses) expect(address).toMatch(/^(\.\/|#)/);
});

test("nothing moves by itself, whatever a visitor prefers", () => {
  const sheets = code.filter(({ name }) => name.endsWith(".css"));
  expect(sheets.length).toBeGreaterThan(0);
  for (const { name, text } of sheets)
    expect(text, name).not.toMatch(/\b(?:transition|animation|scroll-behavior)\b|@keyframes/);
});
