// Text, page and the claims themselves, from a made-up result.
import { describe, expect, test } from "vitest";
import { CLAIM_IDS, CLAIMS } from "../../../src/argue/claims.js";
import { renderArguments } from "../../../src/argue/html.js";
import { scaleOf } from "../../../src/argue/html-chart.js";
import { argueText, claimList, figureText, wrap } from "../../../src/argue/text.js";
import { madeArguments, NASTY } from "./argue-fixture.js";

const plain = (text: string) => text;
const PAINT = { bold: plain, dim: plain, good: plain, warn: plain, bad: plain };

test("every claim has one entry, in the order of the ids, and says who, when and where", () => {
  expect(CLAIMS.map(({ id }) => id)).toEqual([...CLAIM_IDS]);
  for (const { who, when, thread, claim } of CLAIMS) {
    expect(when).toMatch(/\b20(04|06|08|15)\b/);
    expect([who, thread].every((text) => text.length > 5)).toBe(true);
    expect(claim).toMatch(/\.$/);
  }
  expect(claimList(CLAIMS, PAINT)).toHaveLength(2 * CLAIMS.length);
});

describe("text", () => {
  const lines = argueText(madeArguments(), PAINT);
  test("each claim, its figures with intervals, its verdict, what is missing, the command", () => {
    const text = lines.join("\n");
    for (const { title, id } of CLAIMS) {
      expect(text).toContain(`\n${title}\n`);
      expect(text).toContain(`--only ${id}\n`);
    }
    expect(lines).toContain("    narrow  1.02 (1.01 to 1.03)");
    expect(lines.filter((line) => /^ {2}verdict {2}/.test(line))).toHaveLength(CLAIMS.length);
    expect(text).toContain("  not measured: ");
    expect(lines.at(-1)).toMatch(/ {2}(holds|does not hold|holds in part|not decided)$/);
  });
  test("a name cannot move the cursor", () => {
    const hostile = madeArguments();
    const named = { ...hostile, machine: { ...hostile.machine, name: "a\x1b[2Jb" } };
    expect(argueText(named, PAINT).join("\n")).not.toContain("\x1b");
  });
  test("figures keep three places", () => {
    expect([0, 0.00305, 0.195, 1, 38.06, 101.27, 1234.5].map(figureText)).toEqual([
      "0",
      "0.00305",
      "0.195",
      "1.00",
      "38.06",
      "101.3",
      "1,235",
    ]);
  });
  test("lines are broken at blanks only", () => {
    const text = `one two ${"x".repeat(30)} three`;
    const broken = wrap(text, 20, "  ");
    expect(broken).toEqual(["  one two", `  ${"x".repeat(30)}`, "  three"]);
  });
});

describe("page", () => {
  const html = renderArguments(madeArguments());
  test("makes no request, runs no script, lets no name out of its place", () => {
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/<script|<img|<link(?! rel="icon" href="data:,")/i);
    expect(html).not.toMatch(/(?:src|href)\s*=\s*["']?(?:https?:)?\/\//i);
    expect(html).not.toMatch(/url\(|@import/i);
    expect(html).not.toContain(NASTY);
    expect(html).not.toContain("\u202e");
    expect(html).toContain("&lt;/style&gt;");
  });
  test("the table of verdicts counts them", () => {
    const tally = html.match(/<caption>(\d+) claims: ([^<]+)<\/caption>/)!;
    const counts = [...tally[2]!.matchAll(/(?:^|, )(holds|holds in part|does not hold|not decided) (\d+)/g)];
    expect(counts.map(([, verdict]) => verdict)).toHaveLength(4);
    expect(counts.reduce((sum, [, , count]) => sum + Number(count), 0)).toBe(CLAIMS.length);
  });
  test("each claim is a section, each chart a table with its figures", () => {
    expect(html.match(/<section id=/g)).toHaveLength(CLAIMS.length);
    expect(html.match(/<table class="chart /g)).toHaveLength(3 * (CLAIMS.length - 1));
    expect(html.match(/<details>/g)).toHaveLength(CLAIMS.length - 1);
    expect(html).toContain(
      '<td class="num">38.10<span class="below">35.20 to 41.00</span></td><td class="num quiet interval">35.20 to 41.00</td>',
    );
    expect(html).toContain('<td class="num quiet interval">counted</td>');
  });
});

describe("scale", () => {
  const base = { title: "", unit: "", rows: "", limit: null, isDetail: false } as const;
  const figure = (value: number, low: number | null = null, high: number | null = null) => ({
    label: "",
    value,
    low,
    high,
  });
  test("amounts begin at zero and hold every figure and the limit", () => {
    const { from, to } = scaleOf({
      ...base,
      kind: "amount",
      limit: { value: 8, label: "" },
      figures: [figure(2), figure(5)],
    });
    expect(from).toBe(0);
    expect(to).toBeGreaterThan(8);
  });
  test("ratios hold 1, and one wild interval does not press the others into a corner", () => {
    const { from, to } = scaleOf({
      ...base,
      kind: "ratio",
      figures: [figure(1.2, 1.1, 400), figure(1.3, 1.25, 1.35)],
    });
    expect(from).toBeLessThan(1);
    expect(to).toBeGreaterThan(1.35);
    expect(to).toBeLessThan(4);
  });
  test("half and double lie equally far from 1, which is always there", () => {
    const { from, to, ticks, isLog } = scaleOf({
      ...base,
      kind: "ratio",
      figures: [figure(0.5), figure(2)],
    });
    expect(isLog).toBe(true);
    expect(Math.log(0.5 / from)).toBeCloseTo(Math.log(to / 2));
    expect(ticks).toEqual([0.5, 1, 2]);
    for (const value of [0.04, 0.9, 1, 1.03, 1.8, 30])
      expect(scaleOf({ ...base, kind: "ratio", figures: [figure(value)] }).ticks).toContain(1);
  });
  test("ticks are few, round, and within", () => {
    for (const value of [0.0003, 0.7, 1, 9, 250, 7e6]) {
      const { from, to, ticks } = scaleOf({ ...base, kind: "amount", figures: [figure(value)] });
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(7);
      expect(ticks.every((tick) => tick >= from && tick <= to * (1 + 1e-9))).toBe(true);
    }
  });
  test("nothing measured above zero still has a scale", () => {
    const { from, to } = scaleOf({ ...base, kind: "amount", figures: [figure(0)] });
    expect(to).toBeGreaterThan(from);
  });
});
