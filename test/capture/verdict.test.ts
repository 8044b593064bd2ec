// verdict: a capture whose tables are right, and what becomes of the verdict when one of them is damaged.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { CaptureError } from "../../src/capture/errors.js";
import type { CaptureFiles } from "../../src/capture/oracle.js";
import { Reason } from "../../src/capture/verdict.js";
import type { VerifyResult } from "../../src/capture/verification.js";
import { readFileText } from "../../src/node/source.js";
import { A, B, BuiltCapture, FIRST_ANON, FIRST_FILE, PAGE, STACK_FRAMES } from "./built-capture.js";
import { verified } from "./replaying.js";
import { captureOf, fileOf, Item } from "./trace-builder.js";

/** Verdict, reasons of frames, and reasons of counters that differ, of the first design. */
function summary({ verdict, designs }: VerifyResult) {
  const { frames, counters } = designs[0]!;
  const { missing, extra, inFlux, reasons } = frames;
  const differ = counters.filter((row) => row.kernelPages !== row.ledgerPages);
  const because = [...new Set(differ.map((row) => row.reason ?? ""))].sort();
  return { verdict, frames: { missing, extra, inFlux, reasons }, counters: because };
}

const SOUND = { missing: 0, extra: 0, inFlux: 0, reasons: {} };

async function outcome(change: (capture: BuiltCapture) => void) {
  const capture = new BuiltCapture();
  change(capture);
  const { result } = await verified(captureOf(capture.texts()));
  for (const design of result.designs) expect(design.auditDifferences).toBe(0);
  return { ...summary(result), result };
}

describe("a sound capture", () => {
  test("is exact", async () => {
    const { result, ...found } = await outcome(() => {});
    expect(found).toEqual({ verdict: "exact", frames: SOUND, counters: [] });
    expect(result.because).toEqual([]);
    expect(result.designs[0]!.frames).toMatchObject({ kernel: 90, steady: 90, same: 90 });
  });

  test("without marks is compared at the end", async () => {
    const found = await outcome((c) => {
      c.marks = false;
    });
    expect(found).toMatchObject({ verdict: "exact", frames: SOUND });
  });

  test("later events do not matter once the marks have passed", async () => {
    const found = await outcome((c) => {
      c.after.as(7).free(FIRST_ANON).filePage(B, 0x900);
    });
    expect(found).toMatchObject({ verdict: "exact", frames: SOUND });
  });

  test("nor do marks that come again", async () => {
    const found = await outcome((c) => {
      c.after.as(7).free(FIRST_ANON).mark("oracle memory.stat begin");
      c.after.mark("oracle kpagecgroup begin").mark("oracle kpagecgroup end");
    });
    expect(found).toMatchObject({ verdict: "exact", frames: SOUND });
  });

  test("without marks they do", async () => {
    const found = await outcome((c) => {
      c.marks = false;
      c.after.as(7).free(FIRST_ANON);
    });
    expect(found).toMatchObject({ verdict: "wrong", frames: { missing: 1, extra: 0 } });
  });
});

describe("damaged frames.tsv", () => {
  test("another owner", async () => {
    const found = await outcome((c) => c.frames.set(FIRST_FILE, [B]));
    expect(found).toMatchObject({ verdict: "wrong", frames: { missing: 1, extra: 1, reasons: { "": 1 } } });
    expect(found.result.designs[0]!.frames.listed).toEqual([
      { pfn: FIRST_FILE, kernel: "/b", ledger: "/a", reason: "" },
    ]);
  });

  test("a row dropped", async () => {
    const found = await outcome((c) => c.frames.delete(FIRST_FILE));
    expect(found).toMatchObject({ verdict: "wrong", frames: { missing: 0, extra: 1, reasons: { "": 1 } } });
  });

  test("a frame never seen", async () => {
    const found = await outcome((c) => c.frames.set(0x5555, [A]));
    expect(found).toMatchObject({ verdict: "wrong", frames: { missing: 1, extra: 0, reasons: { "": 1 } } });
  });

  test("a frame beyond what a ledger can hold is refused, not guessed", async () => {
    const error = await outcome((c) => c.frames.set(2 ** 39, [A])).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CaptureError);
    expect(error).toMatchObject({ file: "frames.tsv" });
  });

  test("an inode that is no group of the capture", async () => {
    const found = await outcome((c) => c.frames.set(FIRST_FILE, [4711]));
    expect(found).toMatchObject({ verdict: "wrong", frames: { missing: 1, extra: 1 } });
  });
});

describe("damaged memory.stat.tsv", () => {
  // Two CPUs: what the kernel may hold back for a group is 64 pages on each.
  const BOUND = 128;

  test.each(["cache", "rss", "shmem", "mapped_file", "inactive_file", "total_cache"])("%s", async (item) => {
    const found = await outcome((c) => c.addPages("/a", item, BOUND + 1));
    expect(found).toMatchObject({ verdict: "wrong", frames: SOUND, counters: [""] });
    expect(found.result.because).toEqual(["1 counter differs: no reason"]);
  });

  test("by no more than the kernel may hold back, and its events agree with the ledger", async () => {
    const found = await outcome((c) => c.addPages("/a", "cache", BOUND));
    expect(found).toMatchObject({ verdict: "bounded", frames: SOUND, counters: [Reason.LAZY] });
  });

  test("mapped before it is on a list: the kernel's events agree with the kernel", async () => {
    const found = await outcome((c) => {
      c.before.lruvec(A, Item.ANON_MAPPED, 3);
      c.addPages("/a", "rss", 3);
    });
    expect(found).toMatchObject({ verdict: "bounded", counters: [Reason.BATCH] });
  });

  const moved = (c: BuiltCapture) => {
    c.before.lruvec(A, 2, -5).lruvec(A, 3, 5);
    c.addPages("/a", "inactive_file", -5);
    c.addPages("/a", "active_file", 5);
  };

  test("pages on another LRU list, their sum unchanged", async () => {
    expect(await outcome(moved)).toMatchObject({ verdict: "bounded", counters: [Reason.LRU_MOVE] });
  });

  test("… and reclaim in the trace", async () => {
    const found = await outcome((c) => {
      moved(c);
      c.before.event("mm_vmscan_lru_shrink_active: nid=0 nr_taken=5 nr_deactivated=5 priority=9");
    });
    expect(found).toMatchObject({ verdict: "bounded", counters: [Reason.RECLAIM] });
  });

  test("reclaim explains nothing that neither the lists together nor the kernel's events bear out", async () => {
    const found = await outcome((c) => {
      c.before.event("mm_vmscan_lru_shrink_active: nid=0 nr_taken=5 nr_deactivated=5 priority=9");
      c.addPages("/a", "inactive_file", BOUND + 1);
    });
    expect(found).toMatchObject({ verdict: "wrong", counters: [""] });
  });

  test("pages gone from a list without reclaim", async () => {
    const found = await outcome((c) => {
      c.before.lruvec(A, 2, -5);
      c.addPages("/a", "inactive_file", -5);
    });
    expect(found).toMatchObject({ verdict: "wrong", counters: [""] });
  });

  test.each([
    ["usage_in_bytes", 10, "exact", Reason.STOCK],
    ["usage_in_bytes", -10, "exact", Reason.STOCK],
    ["usage_in_bytes", BOUND, "exact", Reason.STOCK],
    ["usage_in_bytes", BOUND + 1, "wrong", ""],
    ["usage_in_bytes", 100_000, "wrong", ""],
    ["kmem.usage_in_bytes", 10, "exact", Reason.STOCK],
    ["kmem.usage_in_bytes", 100_000, "wrong", ""],
  ])("%s off by %d pages is %s", async (item, nrPages, verdict, reason) => {
    const found = await outcome((c) => c.addPages("/b", item, nrPages));
    expect(found).toMatchObject({ verdict, frames: SOUND, counters: [reason] });
  });
});

describe("what the trace does not hold", () => {
  test.each([
    ["a line of lost events", "CPU:1 [LOST 123 EVENTS]"],
    ["lost events without a number", "CPU:1 [LOST EVENTS]"],
    ["an overrun in the header", "# entries-in-buffer/entries-written: 10/20   #P:2"],
  ])("%s makes it incomplete, whatever differs", async (_, line) => {
    const sound = await outcome((c) => c.before.raw(line));
    expect(sound).toMatchObject({ verdict: "incomplete", frames: SOUND, counters: [] });
    expect(sound.result.because).toEqual([
      expect.stringMatching(/^(\d+|an unknown number of) events lost, first before line \d+$/),
    ]);
    const differing = await outcome((c) => {
      c.before.raw(line);
      c.frames.set(0x5555, [A]);
      c.addPages("/a", "rss", 200);
    });
    expect(differing).toMatchObject({
      verdict: "incomplete",
      frames: { missing: 1, reasons: { [Reason.LOST]: 1 } },
      counters: [Reason.LOST],
    });
  });

  test("a torn last line", async () => {
    const found = await outcome((c) => {
      c.tear = true;
    });
    expect(found).toMatchObject({ verdict: "incomplete", frames: SOUND, counters: [] });
    expect(found.result.because).toEqual(["the last line of the trace is torn"]);
  });

  test("a group older than the trace", async () => {
    const found = await outcome((c) => {
      c.older = true;
      c.frames.set(0x5555, [A]);
      c.addPages("/a", "cache", 200);
    });
    expect(found).toMatchObject({
      verdict: "incomplete",
      frames: { missing: 1, reasons: { [Reason.OLDER]: 1 } },
      counters: [Reason.OLDER],
    });
  });

  test("a group older than the trace explains no frame that the ledger alone has", async () => {
    const found = await outcome((c) => {
      c.older = true;
      c.frames.delete(FIRST_FILE);
    });
    expect(found).toMatchObject({ verdict: "wrong", frames: { extra: 1, reasons: { "": 1 } } });
  });

  test("pages that migrated", async () => {
    const found = await outcome((c) => {
      c.before.event("mm_migrate_pages: nr_succeeded=1 nr_failed=0 mode=MIGRATE_ASYNC reason=compaction");
      c.frames.delete(FIRST_FILE);
      c.frames.set(0x5555, [A]);
    });
    expect(found).toMatchObject({
      verdict: "bounded",
      frames: { missing: 1, extra: 1, reasons: { [Reason.MIGRATED]: 2 } },
    });
  });
});

describe("kernel stacks", () => {
  const withStacks = (nrCounted: number, flags: string) =>
    outcome((c) => {
      c.before.lruvec(A, Item.STACK, nrCounted);
      for (const pfn of STACK_FRAMES) c.frames.set(pfn, [A, flags]);
    });

  test("frames without a flag, as many as the kernel's events say", async () => {
    const found = await withStacks(STACK_FRAMES.length, "0x0");
    expect(found).toMatchObject({
      verdict: "bounded",
      frames: { missing: 4, extra: 0, reasons: { [Reason.STACK]: 4 } },
    });
  });

  test("one more than that", async () => {
    const found = await withStacks(STACK_FRAMES.length - 1, "0x0");
    expect(found).toMatchObject({ verdict: "wrong", frames: { reasons: { [Reason.STACK]: 3, "": 1 } } });
  });

  test("frames with a flag are no stacks", async () => {
    const found = await withStacks(STACK_FRAMES.length, "0x800000000");
    expect(found).toMatchObject({ verdict: "wrong", frames: { reasons: { "": 4 } } });
  });
});

test("a group removed and made again, with the same inode: only the new one is compared", async () => {
  const found = await outcome((c) => {
    c.before.attach(8, 1, "/").rmdir(B, "/b").mkdir(B, "/b").attach(8, B, "/b").as(8).filePage(B, 0x900);
    // What the old one held shows at its parent, which is outside the capture.
    for (const [pfn, [inode]] of c.frames) if (inode === B) c.frames.delete(pfn);
    c.frames.set(0x900, [B]);
    for (const item of ["cache", "inactive_file", "total_cache", "total_inactive_file", "usage_in_bytes"])
      c.addPages("/b", item, -19);
  });
  expect(found).toMatchObject({ verdict: "exact", frames: SOUND, counters: [] });
  const rows = found.result.designs[0]!.counters.filter((row) => row.group === "/b" && row.item === "cache");
  expect(rows).toMatchObject([{ kernelPages: 1, ledgerPages: 1 }]);
});

describe("frames in flux", () => {
  test("may match either state, and are counted apart", async () => {
    const found = await outcome((c) => {
      c.meanwhile
        .as(7)
        .free(FIRST_ANON)
        .free(FIRST_ANON + 1)
        .filePage(A, 0x900)
        .activate(FIRST_FILE)
        .uncache(FIRST_FILE + 1);
      c.frames.delete(FIRST_ANON);
      c.frames.set(0x900, [B]);
      c.frames.set(FIRST_FILE, [B]);
      c.frames.set(FIRST_FILE + 1, [B]);
    });
    expect(found).toMatchObject({ verdict: "exact", frames: { missing: 0, extra: 0, reasons: {} } });
    // 0x900 and the two of the file, and the freed one that the kernel still shows.
    expect(found.frames.inFlux).toBe(4);
    expect(found.result.designs[0]!.frames).toMatchObject({ kernel: 90, steady: 86, same: 86 });
  });

  test("so are frames of a group removed meanwhile", async () => {
    const found = await outcome((c) => {
      c.meanwhile.rmdir(B, "/b");
    });
    expect(found).toMatchObject({ verdict: "exact", frames: { inFlux: 20, missing: 0, extra: 0 } });
  });

  test("an event before the mark is none", async () => {
    const found = await outcome((c) => c.before.as(7).free(FIRST_ANON));
    expect(found).toMatchObject({ verdict: "wrong", frames: { missing: 1, inFlux: 0 } });
  });
});

describe("missing tables", () => {
  test.each(["groups", "stat", "frames"] as const)("%s", async (key) => {
    const texts = { ...new BuiltCapture().texts() };
    delete texts[key];
    const name = { groups: "groups.tsv", stat: "memory.stat.tsv", frames: "frames.tsv" }[key];
    const error = await verified(captureOf(texts)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CaptureError);
    expect((error as CaptureError).message).toContain(name);
    expect(error).toMatchObject({ file: "built", remedy: expect.stringContaining("replay") });
  });
});

test("a text that is no trace is refused", async () => {
  const texts = new BuiltCapture().texts();
  for (const trace of ["", "# tracer: nop\n", "Dear reader,\nthis is a letter.\n"]) {
    const error = await verified(captureOf({ ...texts, trace })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "CaptureError", reason: "no event was found" });
  }
});

test("a trace of other events, or of a kernel that names them otherwise, is told what it holds", async () => {
  const line = (name: string) => `  bash-1000  [000] d...   100.000001: ${name}: prev_pid=1000\n`;
  const names = ["sched_switch", "sched_switch", "sched_wakeup", "a", "b", "c", "d"];
  const texts = { ...new BuiltCapture().texts(), trace: names.map(line).join("") };
  const error = await verified(captureOf(texts)).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    name: "CaptureError",
    reason: "no event of page frames was found, but sched_switch 2, a 1, b 1, c 1, d 1, and 1 more",
    remedy: expect.stringContaining("kmem:mm_page_alloc"),
  });
});

describe("a real capture, damaged", () => {
  const NESTED = join(fileURLToPath(new URL("../data/captures/nested", import.meta.url)));
  const read = async (file: string) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of readFileText(join(NESTED, file))) chunks.push(chunk.slice());
    return Buffer.concat(chunks).toString("utf8");
  };
  let frames: string;
  let stat: string;
  let files: CaptureFiles;
  beforeAll(async () => {
    frames = await read("frames.tsv.gz");
    stat = await read("memory.stat.tsv");
    files = captureOf({ trace: await read("trace.txt.gz"), groups: await read("groups.tsv"), stat, frames });
  });
  const verdictWith = async (change: Partial<CaptureFiles>) =>
    summary((await verified({ ...files, ...change }, ["radix"])).result);

  test("is exact before", async () => {
    expect((await verdictWith({})).verdict).toBe("exact");
  });

  test("one owner changed, one row dropped, one row added, one figure changed: wrong", async () => {
    const [first, , ...rest] = frames.trim().split("\n");
    // 1060881 is team-b's and steady.
    expect(rest.filter((row) => row.startsWith("1060909\t14984"))).toHaveLength(1);
    const owner = frames.replace("\n1060909\t14984", "\n1060909\t14951");
    const dropped = frames.replace(/\n1060909\t[^\n]*/, "");
    const added = `${frames}1\t14984\t0x800000060\t0\n`;
    for (const [text, missing, extra] of [
      [owner, 1, 1],
      [dropped, 0, 1],
      [added, 1, 0],
    ] as const)
      expect(await verdictWith({ frames: fileOf("frames.tsv", text) })).toMatchObject({
        verdict: "wrong",
        frames: { missing, extra, reasons: { "": 1 } },
      });
    const cache = stat.replace(
      /(\n\/pl\/org\/team-b\tcache\t)(\d+)/,
      (_, head, n) => `${head}${Number(n) + 1000 * PAGE}`,
    );
    expect(cache).not.toBe(stat);
    expect(await verdictWith({ stat: fileOf("memory.stat.tsv", cache) })).toMatchObject({
      verdict: "wrong",
      frames: { missing: 0, extra: 0 },
    });
    expect(first).toContain("pfn");
  });
});
