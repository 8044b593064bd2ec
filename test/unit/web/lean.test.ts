// What the build takes out of the page's scripts: numbers in the place of names, and nothing else.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { inline } from "../../../bench/web/lean.js";
import { trimmed } from "../../../bench/web/lean-charts.js";
import { Container, Op, ORDER_MAX } from "../../../src/abi.js";
import { Word } from "../../../src/capture/records.js";

test("keys of imported records become their numbers, under any name", () => {
  const code = `import { Op, Container as Row } from "../abi.js";
import { Word } from '../capture/records.js';
run(Op.CHARGE, [Op.FREE], Row.usagePages >>> 2, Word.PID);`;
  expect(inline(code)).toContain(
    `run((${Op.CHARGE}), [(${Op.FREE})], (${Container.usagePages}) >>> 2, (${Word.PID}));`,
  );
});

test("what is asked for whole, what is no key, and what has the name only stays", () => {
  const code = `import { ORDER_MAX, Op } from "../abi.js";
const all = Object.entries(Op), one = Op[name], none = Op.NOT_THERE, other = my.Op.CHARGE + MyOp.CHARGE + Op$.FREE;
const top = ORDER_MAX; list.map(Op.toString);`;
  expect(ORDER_MAX).toBeGreaterThan(0);
  expect(inline(code)).toBe(code);
  expect(inline('import { Op } from "./other.js"; Op.CHARGE')).toContain("Op.CHARGE");
});

test("of the chart library goes what no chart of the page asks for; another text than the known one is refused", () => {
  const built = createRequire(import.meta.url)
    .resolve("uplot")
    .replace(/[^/]*$/, "uPlot.esm.js");
  const text = trimmed(readFileSync(built, "utf8"));
  expect(text).toContain("paths.stepped = stepped");
  expect(text).not.toMatch(/paths\.(bars|spline)|isTime = sc\.time|distr == [34]/);
  expect(() => trimmed(text)).toThrow("uPlot is another");
});
