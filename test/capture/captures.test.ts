// captures: every capture at hand, replayed under every design and held against the kernel's own counts.
//
// The committed captures are always there; further ones lie in ../shared/traces, where somebody has put them.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { Verdict } from "../../src/capture/verdict.js";
import type { Verification } from "../../src/capture/verification.js";
import type { CounterRow } from "../../src/capture/verify-counters.js";
import { DESIGNS } from "../../src/designs.js";
import { openCapture } from "../../src/node/capture-folder.js";
import { expectAgreement, verified } from "./replaying.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const COMMITTED = join(ROOT, "test/data/captures");
const SHARED = join(ROOT, "../shared/traces");
const FILES = ["trace.txt.gz", "groups.tsv", "memory.stat.tsv", "frames.tsv.gz"];
const LRU_LISTS = ["inactive_anon", "active_anon", "inactive_file", "active_file"];

/** What is known of captures by their names. */
const KNOWN: Readonly<Record<string, { readonly verdict: Verdict; readonly events: number }>> = {
  nested: { verdict: "exact", events: 234_823 },
  limits: { verdict: "bounded", events: 212_918 },
  huge: { verdict: "exact", events: 172_726 },
  tenants: { verdict: "exact", events: 475_975 },
  forks: { verdict: "exact", events: 1_113_182 },
};

const isCapture = (folder: string) => FILES.every((file) => existsSync(join(folder, file)));
const foldersIn = (folder: string) =>
  existsSync(folder) ? readdirSync(folder).filter((name) => isCapture(join(folder, name))) : [];

const committed = foldersIn(COMMITTED);
// A capture that is committed too need not be run twice.
const further = foldersIn(SHARED).filter((name) => {
  const twin = join(COMMITTED, name);
  return (
    !isCapture(twin) || FILES.some((file) => !bytesOf(twin, file).equals(bytesOf(join(SHARED, name), file)))
  );
});

function bytesOf(folder: string, file: string): Buffer {
  return readFileSync(join(folder, file));
}

test("the committed captures are there", () => {
  expect(committed).toEqual(["huge", "limits", "nested"]);
});

if (existsSync(SHARED))
  test("further captures are at hand", () => expect(foldersIn(SHARED).length).toBeGreaterThan(0));
else test("further captures are absent: only the committed ones are replayed", () => {});

describe.each([
  ...committed.map((name) => ({ name, folder: join(COMMITTED, name) })),
  ...further.map((name) => ({ name: `${name} (further)`, folder: join(SHARED, name) })),
])("$name", ({ folder }) => {
  let verification: Verification;
  beforeAll(async () => {
    verification = await verified(await openCapture(folder));
  });
  const designsOf = () => verification.result.designs;
  const differing = (rows: readonly CounterRow[]) =>
    rows.filter((row) => row.kernelPages !== row.ledgerPages);

  test("the verdict", () => {
    const { capture, events, verdict, lostEvents, because } = verification.result;
    const known = KNOWN[capture];
    if (known !== undefined) expect({ verdict, events }).toEqual(known);
    expect(verdict, because.join("; ")).not.toBe("wrong");
    expect(lostEvents).toBe(0);
    expect(because.length > 0).toBe(verdict !== "exact");
  });

  test("every steady frame is placed as the kernel placed it", () => {
    expect(designsOf().map(({ design }) => design)).toEqual(DESIGNS.map(({ name }) => name));
    for (const { design, frames } of designsOf()) {
      const { kernel, steady, same, missing, extra, inFlux } = frames;
      expect({ missing, extra, same }, design).toEqual({ missing: 0, extra: 0, same: steady });
      expect(frames).toMatchObject({ reasons: {}, listed: [] });
      expect(kernel).toBe(verification.oracle.frames.count);
      expect(steady, "frames in flux are counted apart").toBeGreaterThanOrEqual(kernel - inFlux);
      expect(steady).toBeLessThanOrEqual(kernel);
      expect(steady).toBeGreaterThan(1000);
    }
  });

  test("cache is equal in every group, and so are the LRU lists where the verdict is exact", () => {
    for (const { design, counters } of designsOf())
      for (const path of verification.oracle.groups.values())
        for (const prefix of ["", "total_"]) {
          const row = (item: string) =>
            counters.find((c) => c.group === path && c.item === prefix + item) ??
            expect.fail(`${path} ${item}`);
          const items = verification.result.verdict === "exact" ? ["cache", ...LRU_LISTS] : ["cache"];
          for (const item of items)
            expect(row(item).ledgerPages, `${design} ${path} ${item}`).toBe(row(item).kernelPages);
        }
  });

  test("every counter that differs has a reason", () => {
    for (const { design, counters } of designsOf()) {
      const unexplained = differing(counters).filter((row) => row.reason === undefined);
      expect(unexplained, design).toEqual([]);
      expect(
        counters.filter((row) => row.kernelPages === row.ledgerPages && row.reason !== undefined),
      ).toEqual([]);
    }
  });

  test("the books hold: no audit difference, nothing refused", () => {
    for (const { design, auditDifferences } of designsOf()) expect(auditDifferences, design).toBe(0);
    const refused = Object.keys(verification.result.stray).filter((name) => name === name.toUpperCase());
    expect(refused).toEqual([]);
  });

  test("the two witnesses never disagree", () => {
    const { agree, disagree, listed } = verification.result.witnesses;
    expect({ disagree, listed }).toEqual({ disagree: 0, listed: [] });
    expect(agree).toBeGreaterThan(1000);
  });

  test("the designs agree on every frame and every counter", () => {
    const [first, ...others] = designsOf();
    for (const other of others) {
      expect(other.frames).toEqual(first!.frames);
      expect(other.counters).toEqual(first!.counters);
    }
    expectAgreement(verification.replay);
  });
});
