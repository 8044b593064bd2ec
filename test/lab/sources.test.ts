// What a session opens: folders, archives, addresses, a trace alone; and what it says of things that are no capture.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { BlobWriter, configure, Uint8ArrayReader, ZipWriter } from "@zip.js/zip.js/lib/zip-core-custom.js";
import { describe, expect, test, vi } from "vitest";
import { readZip } from "../../bench/web/workers/zip.js";
import { Reason } from "../../src/capture/verdict.js";
import { type VerifyResult, verifyCapture } from "../../src/capture/verification.js";
import { faultOf, withPlainFaults } from "../../src/lab/fault.js";
import type { LabSource } from "../../src/lab/protocol.js";
import { Session } from "../../src/lab/session.js";
import { openCapture } from "../../src/node/capture-folder.js";
import { loadDesigns, selectDesigns } from "../../src/node/modules.js";
import { readWasm } from "../../src/node/wasm.js";
import { A, B, BuiltCapture } from "../capture/built-capture.js";
import { scanner } from "../capture/scanning.js";
import { TraceBuilder } from "../capture/trace-builder.js";
import { CAPTURES, droppedCapture, openSource } from "./opening.js";

configure({ useWebWorkers: false, useCompressionStream: true });

const utf8 = (text: string) => new TextEncoder().encode(text);

/** All but times. */
function comparable(result: VerifyResult | undefined) {
  return {
    ...result,
    designs: result?.designs.map(({ nsPerEvent: _, bytesPerPage, ...rest }) => ({
      ...rest,
      // Its nodes wait for a grace period: how many slabs that takes follows from where batches end, and the laboratory ends them elsewhere.
      bytesPerPage: rest.design === "xarray" ? 0 : bytesPerPage,
    })),
  };
}

function drop(files: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>, name = "drop"): LabSource {
  return { kind: "files", name, files: Object.entries(files).map(([file, body]) => new File([body], file)) };
}

function builtFiles(capture = new BuiltCapture()): Record<string, string> {
  const { trace, groups, stat, frames } = capture.texts();
  return { "trace.txt": trace, "groups.tsv": groups, "memory.stat.tsv": stat, "frames.tsv": frames };
}

async function zipOf(files: Readonly<Record<string, string | Uint8Array>>, name = "drop.zip"): Promise<File> {
  const writer = new ZipWriter(new BlobWriter());
  for (const [file, body] of Object.entries(files))
    await writer.add(file, new Uint8ArrayReader(typeof body === "string" ? utf8(body) : body));
  return new File([await writer.close()], name);
}

const zipped = (file: File): LabSource => ({ kind: "files", name: file.name, files: [file] });

test("a dropped folder ends in the very verdict of Node, under each design asked for", async () => {
  const designs = ["palette", "column", "xarray"];
  const { opened, told } = await openSource(await droppedCapture("limits"), designs);
  const { result } = await verifyCapture(await openCapture(join(CAPTURES, "limits")), {
    scanner,
    designs: await loadDesigns(selectDesigns(designs.join(","))),
  });
  expect(comparable(opened.result)).toEqual(comparable(result));
  expect(opened).toMatchObject({
    kind: "files",
    title: "limits",
    design: "palette",
    missing: [],
  });
  expect(opened.events).toBe(result.events);
  expect(opened.seconds).toBeCloseTo(result.seconds, 9);
  expect(told.some(({ what, share }) => what === "Replaying" && share! > 0 && share! <= 1)).toBe(true);
  expect(told.at(-1)!.what).toBe("Comparing");
});

test("the timeline begins with nothing and ends as the last moment", async () => {
  const { opened, session } = await openSource(await droppedCapture("limits"));
  const { events, seconds, rate, charged } = opened.timeline;
  const moment = await session.seek(opened.events);
  const n = moment.counters.length / opened.containers.length;
  expect(events[0]).toBe(0);
  expect(events.at(-1)).toBe(opened.events);
  expect(seconds.at(-1)).toBe(opened.seconds);
  expect(events.length).toBeGreaterThan(256);
  expect(events.length).toBeLessThanOrEqual(1026);
  expect([...rate].every((r) => r >= 0 && Number.isFinite(r))).toBe(true);
  opened.containers.forEach((_, i) => {
    expect(charged[i]![0]).toBe(0);
    expect(charged[i]!.at(-1)).toBe(moment.counters[i * n + 10]);
  });
  const middle = events.length >> 1;
  const then = await session.seek(events[middle]!);
  expect(opened.containers.map((_, i) => charged[i]![middle])).toEqual(
    opened.containers.map((_, i) => then.counters[i * n + 10]),
  );
});

test("all differences are listed, beyond those of the verdict, some at a time", async () => {
  const capture = new BuiltCapture();
  for (let i = 0; i < 1200; i++) capture.frames.set(0x4000 + i, [A]);
  const { opened, session } = await openSource(drop(builtFiles(capture)));
  const figures = opened.result!.designs[0]!.frames;
  expect(opened.result!.verdict).toBe("wrong");
  expect(figures.listed).toHaveLength(20);
  expect(figures.missing).toBe(1200);
  const first = await session.differences("", 0, 20);
  expect(first.map((each) => ({ ...each, reason: "" }))).toEqual(figures.listed);
  expect(first[0]).toEqual({ pfn: 0x4000, kernel: "/a", ledger: "" });
  const rest = await session.differences("", 20, 10_000);
  expect(rest.map(({ pfn }) => pfn)).toEqual(Array.from({ length: 1180 }, (_, i) => 0x4014 + i));
  expect(await session.differences("", 1200, 10)).toEqual([]);
});

test("differences of each reason by themselves; of another there are none", async () => {
  const capture = new BuiltCapture();
  capture.older = true;
  const pfn = 0x4000;
  capture.before.as(8, 1).filePage(B, pfn);
  capture.frames.set(pfn, [A]);
  for (let i = 0; i < 1200; i++) capture.frames.set(pfn - 2000 + i, [A]);
  const { opened, session } = await openSource(drop(builtFiles(capture)));
  const { reasons } = opened.result!.designs[0]!.frames;
  expect(reasons).toEqual({ [Reason.OLDER]: 1200, "": 1 });
  expect(await session.differences("", 0, 10)).toEqual([{ pfn, kernel: "/a", ledger: "/b" }]);
  const older = await session.differences(Reason.OLDER, 0, 9999);
  expect(older).toEqual(
    Array.from({ length: 1200 }, (_, i) => ({ pfn: pfn - 2000 + i, kernel: "/a", ledger: "" })),
  );
  expect(await session.differences(Reason.LOST, 0, 10)).toEqual([]);
});

test("a trace alone is replayed, whatever it is called; tables that are missing are named", async () => {
  const { trace } = new BuiltCapture().texts();
  const alone = await openSource(drop({ "saved.log": new Uint8Array(gzipSync(trace)) }));
  expect(alone.opened.result).toBeUndefined();
  expect(alone.opened.missing).toEqual(["groups.tsv", "memory.stat.tsv", "frames.tsv"]);
  expect(alone.opened.containers.map(({ path }) => path)).toEqual(["/a", "/b"]);
  const { "memory.stat.tsv": _, ...without } = builtFiles();
  const partly = await openSource(drop(without));
  expect(partly.opened.missing).toEqual(["memory.stat.tsv"]);
  expect(partly.opened.result).toBeUndefined();
});

test("files at addresses, relative to the page; a server that refuses is named", async () => {
  const files = builtFiles();
  const server = createServer((request, response) => {
    const body = files[(request.url ?? "").replace("/captures/built/", "")];
    if (body === undefined) response.writeHead(404).end();
    else response.end(body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const listed = Object.entries(files).map(([name, body]) => ({
      name,
      url: `captures/built/${name}`,
      bytes: body.length,
    }));
    const open = async (remote: typeof listed) => {
      const session = new Session({ loadWasm: readWasm });
      await session.start(base);
      const source = { kind: "remote", name: "built", files: remote, isBuiltIn: true } as const;
      return session.open({ source, designs: ["column"] }, () => {});
    };
    expect((await open(listed)).result!.verdict).toBe("exact");
    const gone = listed.map((file) => (file.name === "frames.tsv" ? { ...file, url: "gone" } : file));
    const error = await open(gone).catch((thrown: unknown) => thrown);
    expect(faultOf(error)).toMatchObject({ place: "frames.tsv line 1", reason: "the server answered 404" });
    const session = new Session();
    await session.start(base);
    const source = drop(files);
    const noModule = await session.open({ source, designs: ["column"] }, () => {}).catch((e: unknown) => e);
    expect(faultOf(noModule)).toMatchObject({ place: "wasm/column.wasm", reason: "the server answered 404" });
  } finally {
    server.close();
  }
});

describe("addresses are asked for", () => {
  const files = builtFiles();
  const listed = (names: readonly string[]) => names.map((name) => ({ name, url: name, bytes: 1 }));

  /** Opens them; `isTogether`: answers come when all were asked for. */
  async function askedFor(names: readonly string[], isTogether: boolean): Promise<string[]> {
    const asked: string[] = [];
    let answer = () => {};
    const all = new Promise<void>((done) => {
      answer = done;
    });
    const fetching = vi.spyOn(globalThis, "fetch").mockImplementation(async (address) => {
      const name = String(address).split("/").at(-1)!;
      asked.push(name);
      if (asked.length === names.length || !isTogether) answer();
      await all;
      return new Response(files[name]);
    });
    try {
      const source = { kind: "remote", name: "built", files: listed(names), isBuiltIn: true } as const;
      await openSource(source);
    } finally {
      fetching.mockRestore();
    }
    return asked.sort();
  }

  test("all at once, where all are there", async () => {
    const names = Object.keys(files).sort();
    expect(await askedFor(names, true)).toEqual(names);
  });

  test("but for those that nobody will read", async () => {
    const { "memory.stat.tsv": _, ...rest } = files;
    expect(await askedFor(Object.keys(rest), false)).toEqual(["groups.tsv", "trace.txt"]);
  });
});

describe("an archive", () => {
  test("of a folder, packed in any way, is opened as the folder", async () => {
    const files = builtFiles();
    const inFolder = Object.fromEntries(
      Object.entries(files).map(([name, body]) => [`deep/er/${name}`, body]),
    );
    const packed = { ...files, "trace.txt.gz": new Uint8Array(gzipSync(files["trace.txt"]!)) };
    for (const contents of [
      files,
      inFolder,
      { ...inFolder, "__MACOSX/trace.txt": "no", "notes.md": "#" },
      packed,
    ]) {
      const { opened } = await openSource(zipped(await zipOf(contents)), ["palette"], readZip);
      expect(opened.result!.verdict).toBe("exact");
    }
  });

  test("of a real capture streams to the verdict of the folder", async () => {
    const read = async (name: string) => [
      name,
      new Uint8Array(await readFile(join(CAPTURES, "nested", name))),
    ];
    const names = ["trace.txt.gz", "groups.tsv", "memory.stat.tsv", "frames.tsv.gz"];
    const file = await zipOf(
      Object.fromEntries(await Promise.all(names.map(read))) as Record<string, Uint8Array>,
    );
    const { opened } = await openSource(zipped(file), ["palette"], readZip);
    expect(opened.result!.verdict).toBe("exact");
  });

  const bytesOf = async (file: File) => new Uint8Array(await file.arrayBuffer());
  const damages: readonly (readonly [string, () => Promise<Uint8Array<ArrayBuffer>>, RegExp])[] = [
    [
      "cut short",
      async () => (await bytesOf(await zipOf(builtFiles()))).slice(0, 2000),
      /archive is damaged/,
    ],
    [
      "of noise behind its first bytes",
      async () => new Uint8Array(5000).fill(7).fill(0x50, 0, 1).fill(0x4b, 1, 2).fill(3, 2, 3),
      /archive is damaged/,
    ],
    [
      "with a flipped byte inside",
      async () => {
        const bytes = await bytesOf(await zipOf(builtFiles()));
        bytes.fill(0xff, 300, 340);
        return bytes;
      },
      /damaged/,
    ],
    ["without a trace", async () => bytesOf(await zipOf({ "a.md": "a", "b.md": "b" })), /holds no trace/],
    [
      "of more files than anybody packs",
      async () =>
        bytesOf(await zipOf(Object.fromEntries(Array.from({ length: 1002 }, (_, i) => [`${i}`, ""])))),
      /more than 1000 files/,
    ],
    ["of nothing", async () => bytesOf(await zipOf({})), /holds no trace/],
  ];
  test.each(damages)("%s is refused, with its name", async (_name, make, reason) => {
    const file = new File([await make()], "bad.zip");
    const error = await openSource(zipped(file), ["palette"], readZip).catch((thrown: unknown) => thrown);
    const fault = faultOf(error);
    expect(fault?.reason).toMatch(reason);
    expect(fault?.place).toMatch(/^bad\.zip/);
    expect(fault?.remedy).not.toBe("");
  });
});

describe("a drop that is no capture is refused in place, reason and remedy", () => {
  const { trace } = new BuiltCapture().texts();
  const drops: readonly (readonly [string, LabSource, string | RegExp, RegExp])[] = [
    ["nothing", { kind: "files", name: "", files: [] }, "the drop", /no file/],
    ["an empty file", drop({ "trace.txt": "" }), "trace.txt", /no event/],
    ["a text", drop({ "trace.txt": "Dear list,\nthe page tracker …\n" }), "trace.txt", /no event/],
    ["a perf binary", drop({ "perf.data": "PERFILE2abcdefghijklmnop" }), "perf.data line 1", /perf binary/],
    [
      "a trace-cmd binary",
      drop({ "trace.dat": "\x17\x08\x44tracing6\0xxxxxxx" }),
      "trace.dat line 1",
      /trace-cmd/,
    ],
    ["files without a trace", drop({ "a.txt": "a", "b.txt": "b" }), "drop", /no trace/],
    ["a name that lies", drop({ "trace.txt.gz": trace }), "trace.txt.gz line 1", /not packed/],
    [
      "gzip cut short",
      drop({ "trace.txt.gz": new Uint8Array(gzipSync(trace)).slice(0, 400) }),
      /^trace.txt.gz/,
      /gzip data is damaged/,
    ],
    [
      "a line without an end",
      drop({ "trace.txt": "x".repeat(70_000) }),
      "trace.txt line 1",
      /more than 65536 bytes/,
    ],
    [
      "a frame out of range",
      drop({ "trace.txt": new TraceBuilder().alloc(2 ** 33).text() }),
      "trace.txt line 1",
      /out of range/,
    ],
    [
      "an order out of range",
      drop({ "trace.txt": new TraceBuilder().alloc(0x100, 44).text() }),
      "trace.txt line 1",
      /order/,
    ],
    [
      "a table that is none",
      drop({ ...builtFiles(), "groups.tsv": "inode\tgroup\n" }),
      "groups.tsv line 1",
      /./,
    ],
  ];
  test.each(drops)("%s", async (_name, source, place, reason) => {
    const session = withPlainFaults(new Session({ loadWasm: readWasm, readZip }));
    await session.start("http://laboratory.invalid/");
    const fault = await session.open({ source, designs: ["column"] }, () => {}).catch((e: unknown) => e);
    // Plain data: what a worker hands over of an Error is its message alone.
    expect(fault).not.toBeInstanceOf(Error);
    expect(fault).toMatchObject({
      name: "LabFault",
      place: expect.stringMatching(place),
      reason: expect.stringMatching(reason),
      remedy: expect.stringMatching(/./),
    });
  });

  test("a design that is not there", async () => {
    const error = await openSource(drop(builtFiles()), ["pallete"]).catch((e: unknown) => e);
    expect(faultOf(error)).toMatchObject({
      place: "the settings",
      remedy: expect.stringContaining("palette"),
    });
  });

  test("a torn trace is replayed, and the verdict says so", async () => {
    const capture = new BuiltCapture();
    capture.tear = true;
    const { opened } = await openSource(drop(builtFiles(capture)));
    expect(opened.result!.verdict).toBe("incomplete");
  });

  test("a frame close to the end of what a ledger holds is looked at in bounded memory", async () => {
    const pfn = 2 ** 26 + 2 ** 25 - 1;
    const { session, opened } = await openSource(
      drop({
        "trace.txt": new TraceBuilder()
          .mkdir(11, "/a")
          .attach(7, 11, "/a")
          .as(7)
          .alloc(0x100)
          .alloc(pfn)
          .text(),
      }),
    );
    expect(opened.nrFrames).toBe(pfn + 1);
    expect((await session.seek(3)).ownedFrames).toBe(1);
    expect((await session.frame(pfn)).isAllocated).toBe(false);
    expect((await session.seek(4)).ownedFrames).toBe(2);
    expect(await session.frame(pfn)).toMatchObject({ isAllocated: true, owner: 0, order: 0 });
    expect((await session.history(pfn, 5))!.total).toBe(1);
  });
});
