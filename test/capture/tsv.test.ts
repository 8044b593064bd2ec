// tsv: the kernel's own tables, and what is refused in them.
import { describe, expect, test } from "vitest";
import { CaptureError } from "../../src/capture/errors.js";
import { readFrames, readGroups, readStat } from "../../src/capture/tsv.js";
import { inChunks, latin1, randomFrom } from "./scanning.js";

const source = (text: string, length = 1 << 20) => inChunks(latin1(text), () => length);

const FRAMES = "pfn\tcgroup_inode\tkpageflags\tkpagecount\n";

describe("groups.tsv", () => {
  test("paths by inode, in any chunks", async () => {
    const text = "group\tinode\r\n/pl\t14555\r\n/pl/a b\t8589934597\r\n";
    for (let length = 1; length < text.length; length++) {
      const groups = await readGroups(source(text, length));
      expect([...groups]).toEqual([
        [14555, "/pl"],
        [8589934597, "/pl/a b"],
      ]);
    }
  });

  test("an empty table", async () => {
    expect((await readGroups(source("\xef\xbb\xbfgroup\tinode\n\n"))).size).toBe(0);
  });

  test.each([
    ["", 1, "no header"],
    ["group\n", 1, "no header"],
    ["inode\tgroup\n", 1, "no header"],
    ["group\tinode\n/pl\n", 2, "not 2 columns"],
    ["group\tinode\n/pl\t1\t2\n", 2, "not 2 columns"],
    ["group\tinode\n/pl\tx\n", 2, "not a number"],
    ["group\tinode\n/pl\t\n", 2, "not a number"],
    ["group\tinode\n/pl\t-1\n", 2, "not a number"],
    ["group\tinode\n/pl\t1e3\n", 2, "not a number"],
    ["group\tinode\n/pl\t9007199254740992\n", 2, "out of range"],
    [`group\tinode\n/pl\t${"9".repeat(400)}\n`, 2, "out of range"],
    ["group\tinode\n\t1\n", 2, "empty"],
    ["group\tinode\n/\xff\t1\n", 2, "UTF-8"],
    ["group\tinode\n/pl\t1\n/x\t1\n", 3, "twice"],
    ["group\tinode\n/pl\t1", 2, "no end"],
    [`group\tinode\n${"x".repeat(65537)}`, 2, "65536"],
    [`group\tinode\n${"x".repeat(65537)}\n`, 2, "65536"],
  ])("%j", async (text, line, reason) => {
    for (const length of [1, 100_000]) {
      const error = await readGroups(source(text, length), "g.tsv").catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(CaptureError);
      expect(error).toMatchObject({ file: "g.tsv", line, reason: expect.stringContaining(reason) });
    }
  });
});

test("memory.stat.tsv", async () => {
  const rows = "/pl\tcache\t4096\n/pl\tlimit_in_bytes\t9223372036854771712\n/x\tcache\t0\n";
  const stat = await readStat(source(`group\titem\tvalue\n${rows}`));
  expect(stat.get("/pl")).toEqual(
    new Map([
      ["cache", 4096],
      ["limit_in_bytes", Number.POSITIVE_INFINITY],
    ]),
  );
  expect(stat.get("/x")?.get("cache")).toBe(0);
  const twice = readStat(source("group\titem\tvalue\n/x\tcache\t0\n/x\tcache\t0\n"));
  await expect(twice).rejects.toMatchObject({ line: 3 });
});

describe("frames.tsv", () => {
  test("columns, sorted by frame", async () => {
    const rows = "1049515\t14621\t0x8000000800000060\t0\n7\t3\t0xA\t18446744073709551615\n";
    const frames = await readFrames(source(FRAMES + rows));
    expect(frames.count).toBe(2);
    expect([...frames.pfn]).toEqual([7, 1049515]);
    expect([...frames.inode]).toEqual([3, 14621]);
    expect([...frames.flagsHi]).toEqual([0, 0x80000008]);
    expect([...frames.flagsLo]).toEqual([10, 0x60]);
    expect([...frames.mapCount]).toEqual([0xffffffff, 0]);
  });

  test("a hundred thousand rows, in any chunks", async () => {
    const random = randomFrom(7);
    let text = FRAMES;
    for (let i = 0; i < 100_000; i++)
      text += `${i * 3}\t${random(99)}\t0x${random(1 << 30).toString(16)}\t${i}\n`;
    const frames = await readFrames(inChunks(latin1(text), () => random(5000) + 1));
    expect(frames.count).toBe(100_000);
    expect(frames.pfn[99_999]).toBe(299_997);
    expect(frames.mapCount.every((count, i) => count === i)).toBe(true);
  });

  test.each([
    ["1\t2\t3\t4\n", "not a number"],
    ["1\t2\t0x\t4\n", "not a number"],
    ["1\t2\t0xg\t4\n", "not a number"],
    ["1\t2\t0x11112222333344445\t4\n", "out of range"],
    ["1099511627776\t2\t0x3\t4\n", "out of range"],
    ["1\t2\t0x3\t4\n1\t2\t0x3\t4\n", "twice"],
    ["5\t2\t0x3\t4\n1\t2\t0x3\t4\n5\t2\t0x3\t4\n", "twice"],
    ["1\t2\t0x3\n", "not 4 columns"],
  ])("%j", async (rows, reason) => {
    const error = await readFrames(source(FRAMES + rows), "f.tsv").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ file: "f.tsv", reason: expect.stringContaining(reason) });
  });
});
