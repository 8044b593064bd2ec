// The reader of archives: what packers write, what is damaged or lies, and how much of it is held.
import { spawnSync } from "node:child_process";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { readZip } from "../../bench/web/workers/zip.js";
import { CaptureError } from "../../src/capture/errors.js";
import { type MadeFile, zipBytes } from "./zip-maker.js";

const utf8 = (text: string) => new TextEncoder().encode(text);
const TEXT = utf8("kswapd0-90 [003] 17.000041: mm_page_free: page=0x4000\n".repeat(2000));
const FILES: readonly MadeFile[] = [
  { name: "mäch/", body: utf8(""), isStored: true },
  { name: "mäch/trace.txt", body: TEXT },
  { name: "mäch/groups.tsv", body: utf8("1\t/\n"), isStored: true },
  { name: "mäch/empty", body: utf8("") },
  { name: "__MACOSX/trace.txt", body: utf8("no") },
  { name: "mäch/.DS_Store", body: utf8("no") },
];

async function contents(bytes: Uint8Array<ArrayBuffer>): Promise<Record<string, string>> {
  const files = await readZip(new Blob([bytes]), "a.zip");
  const read = files.map(async ({ name, bytes: told, open }) => {
    const body = await new Response((await open()) as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer();
    expect(told).toBe(body.byteLength);
    return [name, new TextDecoder().decode(body)] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

const EXPECTED = Object.fromEntries(
  FILES.slice(1, 4).map(({ name, body }) => [name, new TextDecoder().decode(body)]),
);

test.each([
  ["plain", {}],
  [
    "with a comment that looks like the end",
    { comment: "PK\x05\x06 and so on, longer than an end record is" },
  ],
  ["written as a stream", { isStreamed: true }],
  ["with sizes in 64 bits", { is64: true }],
  ["with both", { is64: true, isStreamed: true, comment: "x".repeat(0xffff) }],
])("an archive %s gives its files, and not what packers add", async (_name, how) => {
  expect(await contents(zipBytes(FILES, how))).toEqual(EXPECTED);
});

const hasPython = spawnSync("python3", ["--version"]).status === 0;
/** To a pipe: Python cannot go back, and writes sizes behind the data; small files count as large for it. */
const PYTHON = `
import sys, zipfile
zipfile.ZIP64_LIMIT = 50
with zipfile.ZipFile(sys.stdout.buffer, "w", zipfile.ZIP_DEFLATED) as z:
    for name, text in (("trace.txt", "a line of it\\n" * 5000), ("groups.tsv", "1\\t/\\n" * 20)):
        with z.open(name, "w", force_zip64=True) as f: f.write(text.encode())
`;
test.skipIf(!hasPython)("an archive in 64 bits by another packer is read", async () => {
  const { stdout, stderr } = spawnSync("python3", ["-c", PYTHON]);
  expect(String(stderr)).toBe("");
  expect(stdout.includes(Buffer.from("PK\x06\x06"))).toBe(true);
  expect(await contents(new Uint8Array(stdout))).toEqual({
    "trace.txt": "a line of it\n".repeat(5000),
    "groups.tsv": "1\t/\n".repeat(20),
  });
});

describe("is refused", () => {
  const one = (lie: Partial<MadeFile>) => zipBytes([{ name: "trace.txt", body: TEXT, ...lie }]);
  const whole = zipBytes(FILES);
  const end = whole.length - 22;
  const patched = (at: number, ...bytes: number[]) => {
    const copy = whole.slice();
    copy.set(bytes, at);
    return copy;
  };
  const cases: readonly (readonly [string, Uint8Array<ArrayBuffer>, RegExp])[] = [
    ["another checksum", one({ crc: 7 }), /checksum is another/],
    ["more bytes than told", one({ bytes: TEXT.length - 1 }), /longer than/],
    ["fewer bytes than told", one({ bytes: TEXT.length + 1 }), /shorter than/],
    ["an unknown method", one({ method: 9 }), /not known here \(method 9\)/],
    ["data that is no deflate", one({ isStored: true, method: 8 }), /damaged/],
    ["an encrypted file", one({ flags: 1 }), /encrypted/],
    ["an archive without its end", whole.slice(0, end), /no directory/],
    ["an archive without its directory's end", whole.slice(0, end - 30), /no directory/],
    ["an archive without its beginning", whole.slice(200), /damaged/],
    ["one part of several", patched(end + 4, 1), /one part of several/],
    ["a directory beyond the end", patched(end + 16, 0xff, 0xff, 0xff, 0x7f), /beyond the archive's end/],
    ["a directory of a wrong size", patched(end + 10, 200), /damaged/],
    ["sizes in 64 bits that are not there", patched(end - 41, 0xff, 0xff, 0xff, 0xff), /64-bit field/],
  ];
  test.each(cases)("%s", async (_name, bytes, reason) => {
    const error = await contents(bytes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CaptureError);
    const { file, reason: told, remedy } = error as CaptureError;
    expect(file).toMatch(/^a\.zip/);
    expect(told).toMatch(reason);
    expect(remedy).not.toBe("");
  });

  test("every archive that is cut short, wherever", async () => {
    const small = zipBytes([{ name: "trace.txt", body: utf8("a trace"), isStored: true }], { is64: true });
    for (let length = 0; length < small.length; length++)
      await expect(contents(small.slice(0, length)), `${length} bytes`).rejects.toThrow(CaptureError);
    expect(await contents(small)).toEqual({ "trace.txt": "a trace" });
  });
});

/** An archive that counts what is read of it. */
class Counted extends Blob {
  given = 0;
  cancelled = 0;
  constructor(private readonly all: Uint8Array<ArrayBuffer>) {
    super([all]);
  }
  override slice(from: number, to: number): Blob {
    const part = this.all.subarray(from, to);
    const blob = new Blob([part]);
    let at = 0;
    blob.stream = () =>
      new ReadableStream({
        pull: (controller) => {
          const chunk = part.slice(at, at + 65536);
          at += chunk.length;
          this.given += chunk.length;
          if (chunk.length === 0) controller.close();
          else controller.enqueue(chunk);
        },
        cancel: () => {
          this.cancelled++;
        },
      });
    return blob;
  }
}

const LONG = 4 * 2 ** 20;
const HELD_MAX = 2 ** 19;

// A stored file: Node's own DecompressionStream takes whatever it is given, the browsers' waits.
test("a long file is read as fast as it is taken, and let go when nobody wants more", async () => {
  const archive = new Counted(zipBytes([{ name: "trace.txt", body: new Uint8Array(LONG), isStored: true }]));
  const [file] = await readZip(archive, "a.zip");
  const reader = ((await file!.open()) as ReadableStream<Uint8Array>).getReader();
  let taken = 0;
  while (taken < LONG / 2) {
    taken += (await reader.read()).value!.length;
    await setImmediate();
    expect(archive.given - taken).toBeLessThan(HELD_MAX);
  }
  await reader.cancel();
  await setImmediate();
  expect(archive.given).toBeLessThan(LONG / 2 + HELD_MAX);
  expect(archive.cancelled).toBe(1);
});
