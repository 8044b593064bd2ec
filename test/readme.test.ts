// The README's example is the one in docs/examples, and prints what the README says.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const readme = readFileSync(`${ROOT}README.md`, "utf8");
const example = `${ROOT}docs/examples/tenants.mjs`;

/** Contents of the fenced blocks in a section. */
function blocksOf(heading: string): string[] {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
}

test("the library example stands in the README as it runs", () => {
  const [code, output] = blocksOf("As a library");
  expect(code).toBe(readFileSync(example, "utf8"));
  expect(execFileSync(process.execPath, [example], { cwd: ROOT }).toString()).toBe(output);
});

test("two threads charge pages by their numbers, as the example does", () => {
  const printed = execFileSync(process.execPath, [`${ROOT}docs/examples/pages.mjs`], {
    cwd: ROOT,
  }).toString();
  const half = 2 ** 18;
  expect(printed).toContain(`/tenants/ada has ${half - 1000} pages`);
  expect(printed).toContain(`/tenants/bob has ${half - 2000} pages`);
  expect(printed).toContain(`charged in all: ${2 * half - 3000} - an audit finds 0 differences`);
});

test("the demo's command and figures are those of the committed capture", () => {
  const [command, output] = blocksOf("Try it");
  expect(command).toBe("npm ci && npm run demo\n");
  const printed = execFileSync(
    process.execPath,
    ["dist/cli/main.js", "verify", "test/data/captures/nested", "--json"],
    { cwd: ROOT },
  ).toString();
  const { events, verdict, designs } = JSON.parse(printed);
  expect(output).toContain(`${events.toLocaleString("en-US")} events`);
  expect(output).toContain(`verdict: ${verdict}`);
  for (const { design, frames } of designs) {
    const figures = [frames.kernel, frames.steady, frames.same, frames.missing, frames.extra, frames.inFlux];
    const row = output?.split("\n").find((line) => line.startsWith(`${design} `));
    expect(row?.split(/\s+/).slice(1, 7)).toEqual(figures.map((n: number) => n.toLocaleString("en-US")));
  }
});

test("every link to a file leads to one", () => {
  for (const [, path] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g))
    expect(existsSync(`${ROOT}${path}`), path).toBe(true);
});
