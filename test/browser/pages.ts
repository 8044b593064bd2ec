/**
 * pages: pages of one headless Chromium per test file, each watched, and closed behind its test.
 *
 *   const page = await openPage(await serve(listener));
 *
 * The test fails if a page of its had an error on the console, an uncaught one, or a request to anywhere else.
 */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, expect } from "vitest";
import { launchChromium } from "../../tools/chromium.mjs";

let browser: Promise<Browser> | undefined;
const problems: string[] = [];
const behindTest: (() => Promise<unknown>)[] = [];
const behindFile: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of behindTest.splice(0)) await close();
  expect(problems.splice(0)).toEqual([]);
});
afterAll(async () => {
  await (await browser)?.close();
  for (const close of behindFile) close();
});

/** An empty page that may ask for what is its own.  `close` is called behind it. */
export async function newPage(
  isOwn: (url: URL) => boolean,
  options: BrowserContextOptions = {},
  close: () => Promise<unknown> = async () => {},
): Promise<Page> {
  browser ??= launchChromium();
  const context = await (await browser).newContext({ viewport: { width: 1280, height: 900 }, ...options });
  behindTest.push(async () => {
    await context.close();
    await close();
  });
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && !isOwn(url)) problems.push(`request: ${url}`);
  });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  return page;
}

/** A page of a server, which may ask it for more, or of a file, which may not. */
export async function openPage(address: string, options?: BrowserContextOptions): Promise<Page> {
  const { protocol, origin } = new URL(address);
  const isOwn = (url: URL) => (protocol === "file:" ? url.href === address : url.origin === origin);
  const page = await newPage(isOwn, options);
  await page.goto(address);
  return page;
}

/** Serves on a free port until the tests of the file are over.  @returns the origin */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  behindFile.push(() => server.close());
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
