// golden: in shared memory, what another agent publishes is read by an atomic load, or asked about by one; read from the wat of build/shared.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  AgentCounter,
  CORE_PTR,
  Container,
  Core,
  LedgerLock,
  LOCK_PTR,
  PaletteBlock,
  PcgRecord,
  XaNode,
} from "../../src/abi.js";
import { DESIGNS } from "../unit/core/harness.js";

const watOf = (path: string) => readFileSync(new URL(`../../build/${path}.wat`, import.meta.url), "utf8");

/** Functions of a module by name, as lists of instructions. */
function functionsOf(path: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [, symbol = "", text = ""] of watOf(path).matchAll(/^ \(func (\S+)([\s\S]*?)\n \)$/gm))
    found.set(
      symbol,
      text
        .split("\n")
        .slice(1)
        .map((line) => line.trim()),
    );
  return found;
}

/** Instructions of the functions that look many pages up. */
const batchOf = (path: string) =>
  [...functionsOf(path)]
    .filter(([symbol]) => /lookup-batch\/|ownersOfChunk|eightOwners/.test(symbol))
    .flatMap(([, lines]) => lines);

const count = (lines: readonly string[], what: RegExp) => lines.filter((line) => what.test(line)).length;

/** Bytes of a shipped module, as a browser would fetch it: no more than of those for one agent. */
const GZIP_MAX = 16_384;

test.each(DESIGNS.map(({ name }) => name))("%s: small", (name) => {
  const bytes = readFileSync(new URL(`../../build/shared/${name}.wasm`, import.meta.url));
  expect(gzipSync(bytes).length).toBeLessThan(GZIP_MAX);
});

describe("what readers follow", () => {
  test("radix-rcu: the root and every slot", () => {
    const lines = batchOf("shared/radix-rcu");
    expect(count(lines, new RegExp(`^i32.atomic.load offset=${Core.radixRcuRoot}$`))).toBe(
      count(batchOf("radix-rcu"), new RegExp(`^i32.load offset=${Core.radixRcuRoot}$`)),
    );
    // Slots begin behind 16 bytes of the node; eight pages descend together.
    expect(count(lines, /^i32\.atomic\.load offset=16$/)).toBeGreaterThanOrEqual(8);
    // At 16 too lie the fifth of eight pfns, in each of three loops, and in one the fifth of eight bottom nodes, whose eight
    // owners are read plainly.
    expect(count(lines, /^i32\.load offset=16$/)).toBe(4 + 8);
  });

  test("xarray: the head and every slot; breaks before a sibling's run is read, and after", () => {
    const lines = batchOf("shared/xarray");
    const beside = functionsOf("shared/xarray").get("$assembly/owner/xarray/ownerBeside") ?? [];
    const head = `i32.const ${CORE_PTR + Core.xarrayHead}`;
    for (const code of [lines, beside]) {
      const loads = code.filter((_, i) => code[i - 1] === head);
      expect(loads.length).toBeGreaterThanOrEqual(1);
      expect(new Set(loads)).toEqual(new Set(["i32.atomic.load"]));
      expect(count(code, new RegExp(`^i32.load offset=${Core.xarrayHead}$`))).toBe(0);
    }
    expect(count(lines, new RegExp(`^i32.atomic.load offset=${XaNode.slots}$`))).toBeGreaterThanOrEqual(8);
    // There too lies the sixth of eight pfns.
    expect(count(lines, new RegExp(`^i32.load offset=${XaNode.slots}$`))).toBe(1);
    // A slot, and the one that it names.
    expect(count(beside, new RegExp(`^i32.atomic.load offset=${XaNode.slots}$`))).toBe(2);
    expect(count(beside, new RegExp(`^i32.atomic.load offset=${XaNode.breaks}$`))).toBe(2);
    expect(count(beside, new RegExp(`^i32.load offset=(${XaNode.slots}|${XaNode.breaks})$`))).toBe(0);
  });

  test("page-cgroup-rcu: the pointers of eight pages; flags and owner behind each by plain loads", () => {
    const lines = batchOf("shared/page-cgroup-rcu");
    expect(count(lines, /^i32\.atomic\.load$/)).toBeGreaterThanOrEqual(8);
    expect(count(lines, /^i32\.load offset=4$/)).toBeGreaterThanOrEqual(8);
    expect(PcgRecord.memcgId).toBe(4);
  });

  test("palette: own0 and the codes of eight pages; own0 to own3 behind them by plain loads", () => {
    const lines = batchOf("shared/palette");
    const first = new RegExp(`^i32\\.atomic\\.load16_u offset=${PaletteBlock.own0}$`);
    expect(count(lines, first)).toBeGreaterThanOrEqual(8);
    expect(count(lines, /^i64\.atomic\.load/)).toBeGreaterThanOrEqual(8);
    expect(count(lines, new RegExp(`^i32\\.load16_u offset=${PaletteBlock.own0}$`))).toBeGreaterThanOrEqual(
      8,
    );
  });
});

describe.each(["radix-rcu", "xarray", "page-cgroup-rcu", "palette"])("%s", (design) => {
  const looks = design === "radix-rcu" ? 0 : 1;

  test("a batch stores answers only: no lock, no announcement; but for radix-rcu it looks at the sequence twice", () => {
    const lines = batchOf(`shared/${design}`);
    expect(count(lines, /\.atomic\.(store|rmw)/)).toBe(looks);
    const sequence = new RegExp(
      `\\.atomic\\.(load|rmw\\.add) offset=${LedgerLock.sequence}$|^i32.const ${LOCK_PTR + LedgerLock.sequence}$`,
    );
    expect(count(lines, sequence)).toBe(2 * looks);
  });

  test("the build for one agent has no atomic access", () => {
    expect(watOf(design)).not.toMatch(/\.atomic\./);
    expect(watOf(design)).not.toMatch(/memory\.atomic/);
  });
});

describe("while a number is odd there is neither call nor loop, where a thread can be terminated", () => {
  test.each(DESIGNS.map(({ name }) => `shared/${name}`))(
    "%s: moves of a counter, and turns of takers",
    (path) => {
      let windows = 0;
      for (const [symbol, lines] of functionsOf(path)) {
        if (!/core\/stock\/|core\/take-over\/|mm\/count-slow\//.test(symbol)) continue;
        for (const [opens, closes] of [
          [`i32.atomic.store offset=${AgentCounter.moves}`, `i32.atomic.store offset=${AgentCounter.moves}`],
          [
            `i32.atomic.rmw.cmpxchg offset=${Container.countedTakes}`,
            `i32.atomic.store offset=${Container.countedTakes}`,
          ],
        ] as const)
          for (let from = lines.indexOf(opens); from >= 0; from = lines.indexOf(opens, from + 1)) {
            const to = lines.indexOf(closes, from + 1);
            expect(to, symbol).toBeGreaterThan(from);
            expect(
              lines.slice(from, to).filter((line) => /^(call|return_call|loop)/.test(line)),
              symbol,
            ).toEqual([]);
            windows++;
            from = to;
          }
      }
      // Filling, giving back, draining, taking over, wherever they are inlined; and the turn.
      expect(windows).toBeGreaterThanOrEqual(5);
    },
  );
});
