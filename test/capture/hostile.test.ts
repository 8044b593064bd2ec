// hostile: damaged, foreign and malicious traces.  Each is refused with a reason, or read as the rule says;
// none hangs, and none makes the reader hold more than its megabyte.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { CaptureError } from "../../src/capture/errors.js";
import { type ScanSummary, scanTrace } from "../../src/capture/reader.js";
import { Kind, Word } from "../../src/capture/records.js";
import { readWebText } from "../../src/capture/source-web.js";
import { readFileText } from "../../src/node/source.js";
import { readByRegex } from "../model/regex-reader.js";
import { inChunks, latin1, randomFrom, scanAll, scanner } from "./scanning.js";

const HEAD = "            bash-11241   [001] d..1.  6815.418774: ";
const FREE = `${HEAD}mm_page_free: page=1 pfn=0x10 order=0\n`;
const SEEDS = Number(process.env.FUZZ_SEEDS ?? 12);

async function summaryOf(text: string): Promise<ScanSummary> {
  const { summary, error } = await scanAll(latin1(text));
  if (error) throw error;
  return summary!;
}

async function refusal(text: string): Promise<CaptureError> {
  const { error } = await scanAll(latin1(text));
  expect(error).toBeInstanceOf(CaptureError);
  return error as CaptureError;
}

describe("refused lines", () => {
  const alloc = "mm_page_alloc: page=1 pfn=0x1 order=0 migratetype=0 gfp_flags=GFP_KERNEL";
  test.each([
    ["mm_page_free: page=1 order=0", "no pfn"],
    ["mm_page_free: page=1 pfn=0x1", "no order"],
    ["mm_page_free: page=1 pfn= order=0", "pfn"],
    ["mm_page_free: page=1 pfn=0x order=0", "pfn"],
    ["mm_page_free: page=1 pfn=-1 order=0", "pfn"],
    ["mm_page_free: page=1 pfn=NaN order=0", "pfn"],
    ["mm_page_free: page=1 pfn=0x10000000000 order=0", "out of range"],
    ["mm_page_free: page=1 pfn=0xffffffffffffffff order=0", "pfn"],
    ["mm_page_free: page=1 pfn=99999999999999999999999 order=0", "pfn"],
    ["mm_page_free: page=1 pfn=0x1 order=21", "order"],
    ["mm_page_free: page=1 pfn=0x1 order=-1", "order"],
    ["mm_page_free: page=1 pfn=0x1 order=0x", "order"],
    ["mm_page_free: page=1 pfn=0x1 pfn=0x2 order=0", "twice"],
    ["mm_page_free: page=1 pfn=0x1 order=0 mm_page_free: page=1 pfn=0x1 order=0", "twice"],
    ["mm_page_free: pagepfn pfn=0x1 pfn=0x2 order=0", "twice"],
    [alloc.replace("GFP_KERNEL", ""), "gfp_flags"],
    [alloc.replace("GFP_KERNEL", "0xg"), "gfp_flags"],
    [alloc.replace(" migratetype=0", ""), "no migratetype"],
    [alloc.replace("order=0", "order=4294967296"), "order"],
    ["mm_lru_insertion: folio=1 pfn=0x1 lru=5 flags=Ma bd ", "lru"],
    ["mm_lru_insertion: folio=1 pfn=0x1 lru=0 flags=Mx bd ", "flags"],
    ["mm_lru_insertion: folio=1 pfn=0x1 lru=0 flags=M  bd ", "flags"],
    ["mm_lru_insertion: folio=1 pfn=0x1 lru=0", "no flags"],
    ["mm_filemap_add_to_page_cache: dev 254:0 ino xyz pfn=0x1 ofs=0", "ino"],
    ["mm_filemap_add_to_page_cache: dev 254 ino 1 pfn=0x1 ofs=0", "dev"],
    ["mod_memcg_state: memcg_id=1 item=55 val=2147483648", "val"],
    ["mod_memcg_state: memcg_id=1 item=55 val=-2147483649", "val"],
    ["mod_memcg_state: memcg_id=1 item=55 val=--1", "val"],
    ["mod_memcg_state: memcg_id=1 item=55", "no val"],
    ["mod_memcg_state: memcg_id=1 item=-5 val=1", "item"],
    ["mod_memcg_state: memcg_id=1 item=55 val=1 val=2", "twice"],
    ["rss_stat: mm_id=1 curr=2", "curr"],
    ["sched_process_fork: comm=a pid=1 child_comm=b", "no child_pid"],
    ["sched_process_fork: comm=a child_comm=b child_pid=2", "no pid"],
    ["sched_process_fork: comm=a pid=1 child_comm=b child_pid=4194304", "child_pid"],
    ["sched_process_exit: comm=a prio=120", "no pid"],
    ["mm_page_free:", "no pfn"],
  ])("%s", async (line, reason) => {
    const error = await refusal(`${FREE}\n# comment\n${HEAD}${line}\n${FREE}`);
    expect(error.reason).toContain(reason);
    expect(error).toMatchObject({ file: "t.txt", line: 4, name: "CaptureError" });
    expect(error.message).toContain("t.txt:4: ");
    expect(error.remedy).not.toBe("");
  });

  test("the records before a refused line are delivered, whatever the chunks", async () => {
    const bytes = latin1(`${FREE.repeat(3)}${HEAD}mm_page_free: page=1\n${FREE}`);
    for (const length of [1, 7, 64, 1000]) {
      const { records, error } = await scanAll(bytes, () => length);
      expect(records).toHaveLength(3);
      expect(error).toMatchObject({ line: 4 });
    }
  });
});

describe("skipped lines", () => {
  test("noise, unknown events, a torn end", async () => {
    const text = `cpus=2\n\n# x\r\n\r\n${HEAD}sched_switch: a\n${HEAD}sched_switch: b\n${FREE}\0\0\xff\n${FREE.slice(0, -1)}`;
    const summary = await summaryOf(text);
    expect(summary.events).toBe(1);
    expect(summary.lines).toBe(9);
    expect(Object.fromEntries(summary.skipped)).toEqual({
      sched_switch: 2,
      "(not an event)": 2,
      "(torn last line)": 1,
    });
  });

  test("at most a thousand unknown names", async () => {
    const lines = Array.from({ length: 1500 }, (_, i) => `${HEAD}odd_${i}: x\n`);
    const summary = await summaryOf(lines.join("") + lines.join("") + FREE);
    expect(summary.events).toBe(1);
    expect(summary.skipped.size).toBe(1001);
    expect(summary.skipped.get("odd_999")).toBe(2);
    expect(summary.skipped.get("(other names)")).toBe(1000);
  });

  test("names of 64 bytes, but not of 65", async () => {
    const summary = await summaryOf(`${HEAD}${"n".repeat(64)}: x\n${HEAD}${"n".repeat(65)}: x\n`);
    expect(Object.fromEntries(summary.skipped)).toEqual({ ["n".repeat(64)]: 1, "(not an event)": 1 });
  });

  test("an empty trace", async () => {
    expect(await summaryOf("")).toMatchObject({ events: 0, lines: 0, bytes: 0, clock: "none" });
  });
});

describe("lost events", () => {
  test.each([
    ["CPU:1 [LOST 123 EVENTS]", 123, 0],
    ["CPU:0 [LOST EVENTS]", 0, 1],
    ["CPU 3 [LOST 5 EVENTS]", 5, 0],
    ["CPU:1 [77 EVENTS DROPPED]", 77, 0],
    ["CPU:1 [EVENTS DROPPED]", 0, 1],
    ["swapper     0 [000]     0.000000: PERF_RECORD_LOST lost 9", 9, 0],
    ["# entries-in-buffer/entries-written: 205/2206250   #P:2", 2206045, 0],
    ["# entries-in-buffer/entries-written: 205/205   #P:2", 0, 0],
  ])("%s", async (line, count, uncounted) => {
    const summary = await summaryOf(`${FREE}${line}\n${FREE}`);
    expect(summary).toMatchObject({ events: 2, lostEvents: count, lostUncounted: uncounted });
    expect(summary.lost).toEqual(count + uncounted > 0 ? [{ line: 2, count }] : []);
    expect(summary.skipped.size).toBe(0);
  });

  test("a LOST record stands where the events are missing", async () => {
    const { records } = await scanAll(latin1(`${FREE}CPU:1 [LOST 123 EVENTS]\nlost and found\n${FREE}`));
    expect(records.map(({ words }) => words[Word.KIND])).toEqual([
      Kind.MM_PAGE_FREE,
      Kind.LOST,
      Kind.MM_PAGE_FREE,
    ]);
    expect(records[1]!.words[Word.LOST]).toBe(123);
  });
});

describe("long lines", () => {
  test.each([1, 1000, 1 << 20])("a line without end, in chunks of %d", async (length) => {
    const bytes = new Uint8Array(70_000).fill(0x78);
    bytes.set(latin1(FREE));
    const { records, error } = await scanAll(bytes, () => length);
    expect(records).toHaveLength(1);
    expect(error).toMatchObject({ line: 2, reason: expect.stringContaining("65536") });
  });

  test("exactly at the limit, and one above", async () => {
    expect(await summaryOf(`${"x".repeat(65536)}\n${FREE}`)).toMatchObject({ events: 1, lines: 2 });
    expect(await refusal(`${"x".repeat(65537)}\n${FREE}`)).toMatchObject({ line: 1 });
  });

  test.each(["[", "[000] ", "-1 [000] ", " ", ":", "a:", "pfn=1 ", " child_pid=", " pid=", "0", "LOST"])(
    "sixty kilobytes of %j, after nothing and after a header",
    async (unit) => {
      const long = unit.repeat(60_000 / unit.length);
      const heads = ["", HEAD, `${HEAD}mm_page_free: `, `${HEAD}sched_process_fork: `, `${HEAD}print: `];
      for (const head of heads) {
        const { error } = await scanAll(latin1(`${head}${long}\n`.repeat(20)));
        if (error) expect(error).toBeInstanceOf(CaptureError);
      }
    },
  );
});

test.each([
  ["\x17\x08\x44tracing6", "trace-cmd report"],
  ["PERFILE2........", "perf script"],
  ["\x1f\x8b\x08\x00", "unpack"],
  ["\xff\xfex\0", "UTF-8"],
])("another format: %j", async (head, remedy) => {
  for (const length of [1, 100]) {
    const { error } = await scanAll(latin1(head + FREE), () => length);
    expect((error as CaptureError).remedy).toContain(remedy);
  }
});

describe("fuzz", () => {
  const excerpts = ["ftrace-limits", "ftrace-nested", "perf-script", "trace-cmd-report"].map((name) =>
    readFileSync(new URL(`../data/${name}.txt`, import.meta.url), "latin1")
      .split("\n")
      .slice(0, -1),
  );
  const PIECES = [
    "[",
    "] ",
    ": ",
    " ",
    "=",
    "0",
    "9",
    "f",
    "-",
    "x",
    "|",
    "\t",
    "\r",
    "\0",
    "\xff",
    "pfn=",
    "0x",
  ];

  /** Cuts, copies, overwrites or inserts at a random place. */
  function mutate(line: string, random: (limit: number) => number): string {
    const at = random(line.length + 1);
    const piece = PIECES[random(PIECES.length)]!;
    switch (random(5)) {
      case 0:
        return line.slice(0, at) + line.slice(at + 1 + random(4));
      case 1:
        return line.slice(0, at) + piece + line.slice(at);
      case 2:
        return line.slice(0, at) + piece + line.slice(at + piece.length);
      case 3:
        return line.slice(0, at) + line.slice(random(line.length + 1));
      default:
        return line.slice(0, at) + String.fromCharCode(random(256)).replace("\n", " ") + line.slice(at + 1);
    }
  }

  test.each(Array.from({ length: SEEDS }, (_, i) => i + 1))("mutated lines, seed %d", async (seed) => {
    const random = randomFrom(seed);
    const pool = excerpts.flat();
    for (let round = 0; round < 60; round++) {
      let text = "";
      for (let i = 0; i < 12; i++) {
        let line = pool[random(pool.length)]!;
        for (let n = random(3); n > 0; n--) line = mutate(line, random);
        text += `${line}\n`;
      }
      const model = readByRegex(text);
      const { records, error, summary } = await scanAll(latin1(text), () => random(400) + 1);
      expect((error as CaptureError | undefined)?.line ?? 0, text).toBe(model.refused);
      expect(
        records.filter(({ words }) => words[Word.KIND] !== Kind.LOST),
        text,
      ).toEqual(model.records);
      if (summary) expect(new Map(summary.skipped), text).toEqual(model.skipped);
    }
  });

  test("random bytes", async () => {
    const random = randomFrom(SEEDS);
    for (let round = 0; round < 20; round++) {
      const bytes = Uint8Array.from({ length: 20_000 }, () => random(256));
      const { error } = await scanAll(bytes, () => random(5000) + 1);
      if (error) expect(error).toBeInstanceOf(CaptureError);
    }
  });
});

describe("files", () => {
  const folder = mkdtempSync(join(tmpdir(), "scan-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (name: string, bytes: Uint8Array) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const read = async (path: string) => scanTrace(readFileText(path), () => {}, { scanner, file: path });
  const text = latin1(FREE.repeat(5000));

  test("plain, packed, packed in parts, misnamed", async () => {
    const parts = Buffer.concat([gzipSync(text.subarray(0, 1000)), gzipSync(text.subarray(1000))]);
    for (const path of [
      write("a.txt", text),
      write("b.txt.gz", gzipSync(text)),
      write("c.gz", parts),
      write("d.txt", gzipSync(text)),
    ]) {
      expect(await read(path)).toMatchObject({ events: 5000, bytes: text.length });
    }
  });

  test("damaged, cut short, not packed, not there", async () => {
    const packed = gzipSync(text, { level: 0 });
    const cut = write("cut.gz", packed.subarray(0, packed.length - 100_000));
    await expect(read(cut)).rejects.toMatchObject({
      name: "CaptureError",
      file: cut,
      reason: expect.stringContaining("ends too early"),
      line: expect.any(Number),
    });
    const damaged = Buffer.from(gzipSync(text));
    damaged.fill(0xff, damaged.length >> 1);
    await expect(read(write("bad.gz", damaged))).rejects.toMatchObject({ name: "CaptureError" });
    await expect(read(write("plain.gz", text))).rejects.toMatchObject({
      reason: expect.stringContaining("not packed"),
    });
    await expect(read(write("empty.gz", new Uint8Array(0)))).rejects.toBeInstanceOf(CaptureError);
    await expect(read(join(folder, "none"))).rejects.toMatchObject({ reason: "cannot be read (ENOENT)" });
    await expect(read(folder)).rejects.toBeInstanceOf(CaptureError);
  });

  test("what browsers read: blobs, answers, streams", async () => {
    const packed = new Uint8Array(gzipSync(text));
    const stream = new Blob([packed]).stream();
    for (const source of [new Blob([text]), new Blob([packed]), new Response(packed), stream]) {
      const summary = await scanTrace(readWebText(source, "t.txt"), () => {}, { scanner });
      expect(summary.events).toBe(5000);
    }
    for (const bad of [
      packed.subarray(0, packed.length - 20),
      packed.map((byte, i) => (i > 40 ? 255 : byte)),
    ]) {
      const reading = scanTrace(readWebText(new Blob([bad]), "t.gz"), () => {}, { scanner });
      await expect(reading).rejects.toBeInstanceOf(CaptureError);
    }
    const missing = readWebText(new Response("", { status: 404 }), "t.gz");
    await expect(scanTrace(missing, () => {}, { scanner })).rejects.toMatchObject({ file: "t.gz" });
  });
});

test("a reader that is told to stop, a sink that throws", async () => {
  const bytes = latin1(FREE.repeat(100));
  const stop = new AbortController();
  let closed = false;
  async function* endless() {
    try {
      while (true) yield* inChunks(bytes, () => 1000);
    } finally {
      closed = true;
    }
  }
  const onProgress = (count: number) => {
    if (count > 1_000_000) stop.abort(new Error("enough"));
  };
  const reading = scanTrace(endless(), () => {}, { scanner, signal: stop.signal, onProgress });
  await expect(reading).rejects.toThrow("enough");
  expect(closed).toBe(true);
  const failing = () => {
    throw new RangeError("mine");
  };
  await expect(scanTrace(endless(), failing, { scanner })).rejects.toThrow(RangeError);
});
