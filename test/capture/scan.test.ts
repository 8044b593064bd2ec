// scan: what the reader makes of lines of every kind and format, and that it agrees with the plainest reader.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as host from "../../src/capture/records.js";
import { Gfp, IN_INTERRUPT, Kind, LruFlag, Word } from "../../src/capture/records.js";
import { readByRegex } from "../model/regex-reader.js";
import { latin1, randomFrom, scanAll } from "./scanning.js";

const DATA = new URL("../data/", import.meta.url);
const excerpts = readdirSync(DATA).filter((name) => name.endsWith(".txt"));
const HEAD = "            bash-11241   [001] d..1.  6815.418774: ";

/** Words of the only record of `line`. */
async function one(line: string) {
  const { records, error } = await scanAll(latin1(`${line}\n`));
  if (error) throw error;
  expect(records).toHaveLength(1);
  return records[0]!;
}

const args = async (text: string) => (await one(HEAD + text)).words.slice(6);

test("both sides know the same constants", () => {
  const source = readFileSync(new URL("../../assembly/scan/records.ts", import.meta.url), "utf8");
  const inWasm = new Map<string, number>();
  for (const [, name, value] of source.matchAll(/^export const (\w+): u32 = (\w+);$/gm)) {
    inWasm.set(name!, Number(value));
  }
  const groups: Record<string, object> = {
    KIND_: Kind,
    WORD_: Word,
    GFP_: Gfp,
    LRU_FLAG_: LruFlag,
    FIELD_: host.Field,
    REASON_: host.Reason,
    STATUS_: host.Status,
    CLOCK_: host.Clock,
    STATE_: host.State,
    SLOT_: host.Slot,
    "": host.Scan,
  };
  const onHost = new Map<string, number>();
  for (const [prefix, group] of Object.entries(groups)) {
    for (const [name, value] of Object.entries(group)) onHost.set(prefix + name, value);
  }
  expect(Object.fromEntries([...onHost].sort())).toEqual(Object.fromEntries([...inWasm].sort()));
});

describe.each(excerpts)("%s", (name) => {
  const bytes = new Uint8Array(readFileSync(new URL(name, DATA)));
  const model = readByRegex(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

  test("agrees with the plain reader, record by record", async () => {
    const { records, summary } = await scanAll(bytes);
    expect(records).toEqual(model.records);
    expect(new Map(summary!.skipped)).toEqual(model.skipped);
    expect(summary!.events).toBe(model.records.length);
    expect(records.length).toBeGreaterThan(50);
  });

  test("does not depend on the chunks", async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = randomFrom(seed);
      const { records } = await scanAll(bytes, () => random(seed * 40) + 1);
      expect(records).toEqual(model.records);
    }
  });
});

test("chunk borders at every offset", async () => {
  const text = readFileSync(new URL("ftrace-limits.txt", DATA), "latin1").slice(700, 1700);
  const bytes = latin1(`\xef\xbb\xbf${text.replaceAll("\n", "\r\n")}`);
  const { records } = await scanAll(bytes);
  expect(records.length).toBeGreaterThan(5);
  for (let border = 1; border < bytes.length; border++) {
    let first = true;
    const lengths = () => {
      const length = first ? border : bytes.length;
      first = false;
      return length;
    };
    expect((await scanAll(bytes, lengths)).records).toEqual(records);
  }
});

describe("headers", () => {
  const EVENT = "mm_lru_activate: folio=1 pfn=0x10";
  const cases: [string, number, number, number, number][] = [
    ["            bash-11241   [001] d..1.  6815.418774: ", 1, 11241, 6815, 418774000],
    ["            bash-11241   [001] ....  6815.418774: ", 1, 11241, 6815, 418774000],
    ["  bash-11241   (  11240) [001] d..1.  6815.418774: ", 1, 11241, 6815, 418774000],
    ["  bash-11241   (-------) [001] d..1.  6815.418774: ", 1, 11241, 6815, 418774000],
    ["  bash-11241   (-----) [001] 6815.418774: ", 1, 11241, 6815, 418774000],
    ["            bash-11241 [001]  6815.418774: ", 1, 11241, 6815, 418774000],
    ["            bash 11241 [001]  6815.418774:      pagemap:", 1, 11241, 6815, 418774000],
    ["            bash 11240/11241 [001]  6815.418774123: ", 1, 11241, 6815, 418774123],
    ["          <idle>-0       [127] dNh3.     0.000001: ", 127 | IN_INTERRUPT, 0, 0, 1000],
    [
      "           <...>-4194303 [8191] ..s1. 4294967295.999999: ",
      8191 | IN_INTERRUPT,
      4194303,
      4294967295,
      999999000,
    ],
    ["  a-1 [000] 9.0-7 [003] d..1.     9.000002: ", 3, 7, 9, 2000],
    [" Web [12] x: y-88 [004] ..... 12.000000: ", 4, 88, 12, 0],
    ["     kworker/0:2-8100    [000] d..1.  6805.021643: ", 0, 8100, 6805, 21643000],
    ["    [001] 1.0: x-5 [002] .....     1.500000: ", 2, 5, 1, 500000000],
  ];
  test.each(cases)("%s", async (head, cpu, pid, hi, lo) => {
    const { words } = await one(head + EVENT);
    expect(words.slice(0, 6)).toEqual([Kind.MM_LRU_ACTIVATE, cpu, pid, 1, hi, lo]);
    expect(readByRegex(`${head}${EVENT}\n`).records[0]!.words).toEqual(words);
  });

  test("a clock of bare ticks", async () => {
    const text = `x-1 [000] .....  1234567890123: ${EVENT}\nx-1 [000] .....            7: ${EVENT}\n`;
    const { records, summary } = await scanAll(latin1(text));
    const ticks = records.map(({ words }) => words[Word.TIME_HI]! * 2 ** 32 + words[Word.TIME_LO]!);
    expect(ticks).toEqual([1234567890123, 7]);
    expect(summary!.clock).toBe("ticks");
  });

  test.each([
    "x-1 [000] 7: ",
    "[000] 1.000000: ",
    "x-1 [00] 1.000000: ",
    "x-1 [000] 1.000: ",
    "x-1[000] 1.000000: ",
  ])("no header: %s", async (head) => {
    const { records, summary } = await scanAll(latin1(`${head}${EVENT}\n`));
    expect(records).toEqual([]);
    expect(summary!.skipped).toEqual(new Map([["(not an event)", 1]]));
  });

  test("the same text before the time, with other times behind it", async () => {
    const times = ["6815.418774", "6815.000001", "6815.1234567", "6815.123456789", "6816.5", "6815.41877x"];
    const text = times.map((time) => `${HEAD.replace("6815.418774", time)}${EVENT}\n`).join("");
    const { records } = await scanAll(latin1(text));
    expect(records).toEqual(readByRegex(text).records);
    expect(records.map(({ words }) => words[Word.TIME_LO])).toEqual([418774000, 1000, 123456700, 123456789]);
  });
});

describe("arguments", () => {
  test("mm_page_alloc", async () => {
    const line = "mm_page_alloc: page=1 pfn=0x2098e2 order=9 migratetype=1 gfp_flags=";
    expect(await args(`${line}GFP_TRANSHUGE_LIGHT|__GFP_ZERO`)).toEqual([
      0x2098e2,
      0,
      9,
      Gfp.HIGHMEM | Gfp.MOVABLE | Gfp.COMP | Gfp.ZERO,
      1,
      0,
    ]);
    const bits = async (flags: string) => (await args(line + flags))[3];
    expect(await bits("GFP_KERNEL_ACCOUNT|__GFP_ZERO|__GFP_COMP")).toBe(Gfp.ACCOUNT | Gfp.ZERO | Gfp.COMP);
    expect(await bits("GFP_HIGHUSER|__GFP_ACCOUNT")).toBe(Gfp.HIGHMEM | Gfp.ACCOUNT);
    expect(await bits("GFP_HIGHUSER_MOVABLE")).toBe(Gfp.HIGHMEM | Gfp.MOVABLE);
    expect(await bits("GFP_KERNEL|GFP_ZERO")).toBe(Gfp.ZERO);
    expect(await bits("GFP_NOWAIT")).toBe(0);
    expect(await bits("0x400dc0")).toBe(Gfp.ACCOUNT | Gfp.ZERO | Gfp.NUMERIC);
    expect(await bits("GFP_KERNEL|0x40000")).toBe(Gfp.COMP | Gfp.NUMERIC);
  });

  test("a failed allocation is another kind", async () => {
    const rest = "order=0 migratetype=0 gfp_flags=GFP_ATOMIC";
    for (const page of ["(null)", "0000000000000000", "(nil)", "0x0", "0"]) {
      const { words } = await one(`${HEAD}mm_page_alloc: page=${page} pfn=0x0 ${rest}`);
      expect(words[Word.KIND]).toBe(Kind.MM_PAGE_ALLOC_FAILED);
    }
    const { words } = await one(`${HEAD}mm_page_alloc: page=00000000a9f4d5f0 pfn=0x0 ${rest}`);
    expect(words[Word.KIND]).toBe(Kind.MM_PAGE_ALLOC);
  });

  test("frames in decimal, and above 2^32", async () => {
    expect(await args("mm_page_free: page=1 pfn=1122953 order=10")).toEqual([1122953, 0, 10, 0, 0, 0]);
    expect(await args("mm_page_free: page=1 pfn=0xff00000001 order=0")).toEqual([1, 0xff, 0, 0, 0, 0]);
  });

  test("page cache, with and without order", async () => {
    const text = "dev 254:1 ino 1003f808 page=0 pfn=100 ofs=950272";
    expect(await args(`mm_filemap_add_to_page_cache: ${text}`)).toEqual([
      100, 0, 0, 0xfe00001, 0x1003f808, 0,
    ]);
    expect(await args(`mm_filemap_delete_from_page_cache: ${text} order=4`)).toEqual([
      100, 0, 4, 0xfe00001, 0x1003f808, 0,
    ]);
  });

  test("counters", async () => {
    expect(await args("mod_memcg_state: memcg_id=8589934597 item=55 val=-2147483648")).toEqual([
      5, 2, 55, 0x80000000, 0, 0,
    ]);
    expect(await args("rss_stat: mm_id=4294967295 curr=1 member=0 size=-4096B")).toEqual([
      4294967295, 1, 0, 0, 0, 0,
    ]);
  });

  test("tasks whose names look like arguments", async () => {
    const fork = "sched_process_fork: comm=a pid=1 x pid=77 child_comm= child_pid=5 child_pid=78";
    expect(await args(fork)).toEqual([77, 78, 0, 0, 0, 0]);
    expect(await args("sched_process_exit: comm=x pid=1 prio=1 pid=99 prio=120 group_dead=true")).toEqual([
      99, 0, 0, 0, 0, 0,
    ]);
  });

  test("texts", async () => {
    const mkdir = await one(`${HEAD}cgroup_mkdir: root=4 id=14588 level=2 path=/pl/a b\r`);
    expect(mkdir.words[Word.KIND]).toBe(Kind.CGROUP_MKDIR);
    expect(mkdir.text).toBe("root=4 id=14588 level=2 path=/pl/a b");
    for (const name of ["tracing_mark_write: ", "print:   tracing_mark_write: ", "ftrace:print: "]) {
      const mark = await one(`${HEAD}${name}oracle [000] 1.000000: mm_page_free: pfn=1`);
      expect(mark.words[Word.KIND]).toBe(Kind.TRACING_MARK);
      expect(mark.text).toBe("oracle [000] 1.000000: mm_page_free: pfn=1");
    }
  });
});

test("more records than one batch can hold", async () => {
  const line = "x-1 [000] 1.000000: mm_lru_activate: pfn=1\n";
  const { records, summary } = await scanAll(latin1(line.repeat(20000)));
  expect(records).toHaveLength(20000);
  expect(records.map(({ words }) => words[Word.LINE])).toEqual(records.map((_, i) => i + 1));
  expect(summary!.counts).toEqual(new Map([["mm_lru_activate", 20000]]));
});
