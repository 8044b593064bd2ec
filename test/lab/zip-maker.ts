// zip-maker: archives as packers write them, and as they should not be.
import { deflateRawSync } from "node:zlib";
import { crc32 } from "../../src/ledger/crc32.js";

/** What the archive says of a file, where that is not the truth. */
export interface MadeFile {
  readonly name: string;
  readonly body: Uint8Array;
  readonly isStored?: boolean;
  readonly crc?: number;
  readonly bytes?: number;
  readonly method?: number;
  readonly flags?: number;
}

export interface MadeHow {
  /** Sizes and offsets in 64 bits, as packers write them of files that may grow beyond 4 GiB. */
  readonly is64?: boolean;
  /** Sizes and checksum behind the data, as of a packer that cannot go back. */
  readonly isStreamed?: boolean;
  readonly comment?: string;
}

const IN_64 = 0xffffffff;

export function zipBytes(
  files: readonly MadeFile[],
  { is64 = false, isStreamed = false, comment = "" }: MadeHow = {},
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const listed: Uint8Array[] = [];
  let at = 0;
  const put = (...bytes: Uint8Array[]) => {
    parts.push(...bytes);
    for (const { length } of bytes) at += length;
  };
  for (const file of files) {
    const { name, body, isStored = false } = file;
    const data = isStored ? body : new Uint8Array(deflateRawSync(body));
    const { crc = crc32(body), bytes = body.length, method = isStored ? 0 : 8 } = file;
    const flags = (file.flags ?? 0) | (isStreamed ? 8 : 0);
    const offset = at;
    const utf8 = new TextEncoder().encode(name);
    const head = [u16(20), u16(flags), u16(method), u32(0)];
    const here = isStreamed ? [0, 0, 0] : [crc, data.length, bytes];
    put(u32(0x04034b50), ...head, ...here.map(u32), u16(utf8.length), u16(0), utf8, data);
    if (isStreamed) put(u32(0x08074b50), u32(crc), u32(data.length), u32(bytes));
    const extra = is64
      ? [u16(0x9999), u16(1), u8(7), u16(1), u16(24), u64(bytes), u64(data.length), u64(offset)]
      : [];
    const wide = (value: number) => u32(is64 ? IN_64 : value);
    listed.push(
      ...[u32(0x02014b50), u16(20), ...head, u32(crc), wide(data.length), wide(bytes)],
      ...[u16(utf8.length), u16(size(extra)), u16(0), u16(0), u16(0), u32(0), wide(offset), utf8, ...extra],
    );
  }
  const offset = at;
  put(...listed);
  const bytes = at - offset;
  const record = at;
  const { length } = files;
  if (is64) {
    put(
      u32(0x06064b50),
      u64(44),
      u16(45),
      u16(45),
      u32(0),
      u32(0),
      u64(length),
      u64(length),
      u64(bytes),
      u64(offset),
    );
    put(u32(0x07064b50), u32(0), u64(record), u32(1));
  }
  const [count, of, from] = is64 ? [0xffff, IN_64, IN_64] : [length, bytes, offset];
  put(u32(0x06054b50), u16(0), u16(0), u16(count), u16(count), u32(of), u32(from));
  put(u16(comment.length), new TextEncoder().encode(comment));
  return joined(parts);
}

const u8 = (value: number) => Uint8Array.of(value);
const u16 = (value: number) => Uint8Array.of(value & 255, value >>> 8);
const u32 = (value: number) => joined([u16(value & 0xffff), u16(value >>> 16)]);
const u64 = (value: number) => joined([u32(value), u32(0)]);
const size = (parts: readonly Uint8Array[]) => parts.reduce((sum, { length }) => sum + length, 0);

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size(parts));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
