// sniff: the first bytes of a trace, and the formats that are often given where text is wanted.
import { CaptureError } from "./errors.js";

interface Magic {
  readonly bytes: readonly number[];
  readonly reason: string;
  readonly remedy: string;
}

const ascii = (text: string) => Array.from(text, (char) => char.charCodeAt(0));

const WRONG_FORMATS: readonly Magic[] = [
  {
    bytes: [0x17, 0x08, 0x44, ...ascii("tracing")],
    reason: "this is a trace-cmd binary",
    remedy: "make text of it with `trace-cmd report`",
  },
  {
    bytes: ascii("PERFILE2"),
    reason: "this is a perf binary",
    remedy: "make text of it with `perf script`",
  },
  {
    bytes: [0x1f, 0x8b],
    reason: "this is still compressed with gzip",
    remedy: "unpack it, and only once more: it may have been packed twice",
  },
  {
    bytes: [0x28, 0xb5, 0x2f, 0xfd],
    reason: "this is compressed with zstd",
    remedy: "unpack it with `zstd -d`",
  },
  {
    bytes: [0xfd, ...ascii("7zXZ")],
    reason: "this is compressed with xz",
    remedy: "unpack it with `unxz`",
  },
  {
    bytes: ascii("PK\u0003\u0004"),
    reason: "this is a zip archive",
    remedy: "unpack it and give the text file inside",
  },
  {
    bytes: [0xff, 0xfe],
    reason: "this is UTF-16 text",
    remedy: "save it as UTF-8 or plain ASCII",
  },
];

const startsWith = (head: Uint8Array, bytes: readonly number[]) =>
  head.length >= bytes.length && bytes.every((byte, i) => head[i] === byte);

export const isGzip = (head: Uint8Array) => startsWith(head, [0x1f, 0x8b]);

/** Throws if `head` starts a file of another format.  Returns how many bytes to pass over (a byte order mark). */
export function sniffTrace(head: Uint8Array, file: string): number {
  for (const { bytes, reason, remedy } of WRONG_FORMATS) {
    if (startsWith(head, bytes)) throw new CaptureError({ file, line: 1, reason, remedy });
  }
  return startsWith(head, [0xef, 0xbb, 0xbf]) ? 3 : 0;
}
