// tampered: tables that do not fit the trace must not pass, however the trace is dressed up to excuse them.
import { describe, expect, test } from "vitest";
import { Reason } from "../../src/capture/verdict.js";
import { A, BuiltCapture } from "./built-capture.js";
import { verified } from "./replaying.js";
import { captureOf } from "./trace-builder.js";

async function outcome(change: (capture: BuiltCapture) => void) {
  const capture = new BuiltCapture();
  change(capture);
  const { result } = await verified(captureOf(capture.texts()));
  return result;
}

const MIGRATED_ONE = "mm_migrate_pages: nr_succeeded=1 nr_failed=0 mode=MIGRATE_ASYNC reason=compaction";

describe("an excuse goes only as far as the trace bears it out", () => {
  test("no more frames than pages that migrated", async () => {
    const { verdict, designs } = await outcome((c) => {
      c.before.event(MIGRATED_ONE);
      for (const pfn of [0x5555, 0x5556]) c.frames.set(pfn, [A]);
    });
    expect(verdict).toBe("wrong");
    expect(designs[0]!.frames.reasons).toEqual({ [Reason.MIGRATED]: 1, "": 1 });
  });

  test("nor more pages of a counter", async () => {
    const { verdict } = await outcome((c) => {
      c.before.event(MIGRATED_ONE);
      c.addPages("/a", "cache", 4096);
    });
    expect(verdict).toBe("wrong");
  });

  test("a CPU with a high number is one CPU: it widens no bound", async () => {
    const { verdict } = await outcome((c) => {
      c.before.as(7, 8000).free(0x7777);
      c.addPages("/a", "usage_in_bytes", 100_000);
    });
    expect(verdict).toBe("wrong");
  });

  test("nor do groups made and removed", async () => {
    const { verdict } = await outcome((c) => {
      for (let i = 0; i < 200; i++) c.before.mkdir(5000 + i, `/a/g${i}`).rmdir(5000 + i, `/a/g${i}`);
      c.addPages("/a", "usage_in_bytes", 5000);
    });
    expect(verdict).toBe("wrong");
  });

  test("a folio that was split excuses no more pages than it had", async () => {
    const { verdict } = await outcome((c) => {
      c.before.as(7).alloc(0x4000, 1, "GFP_HIGHUSER_MOVABLE|__GFP_COMP").free(0x4001);
      c.addPages("/a", "usage_in_bytes", 100_000);
    });
    expect(verdict).toBe("wrong");
  });
});

describe("tables that leave something out prove nothing about it", () => {
  test("a group without figures", async () => {
    const { verdict, because } = await outcome((c) => c.stat.delete("/a"));
    expect(verdict).toBe("incomplete");
    expect(because.join()).toMatch(/memory\.stat\.tsv has no cache, .* of \/a/);
  });

  test("a group without one figure", async () => {
    const { verdict, because } = await outcome((c) => c.stat.get("/a")!.delete("cache"));
    expect(verdict).toBe("incomplete");
    expect(because).toContain("memory.stat.tsv has no cache of /a");
  });

  test("no group at all", async () => {
    const texts = { ...new BuiltCapture().texts(), groups: "group\tinode\n" };
    const { result } = await verified(captureOf(texts));
    expect(result.verdict).toBe("incomplete");
    expect(result.because[0]).toMatch(/nothing was compared/);
  });
});
