/**
 * zip-directory: what an archive says it holds, from the directory at its end.
 *
 *   [header, data] [header, data] …  directory  (64-bit end, its locator)  end, comment
 *                                    ▲──────────────────┴────────────────────┘
 *
 * The directory has every size and checksum, wherever the packer stood when it wrote a header: an archive that was written
 * as a stream, with the sizes behind the data, reads as any other.  Offsets and names: PKWARE's APPNOTE 6.3.
 *
 * INVARIANTS  Nothing is believed: whatever lies outside of the archive, or has not its signature, is an Error.
 * COST        The directory alone is held, at most DIRECTORY_BYTES_MAX.
 */
export interface ZipEntry {
  /** Path; that of a folder ends with a slash. */
  readonly name: string;
  readonly isEncrypted: boolean;
  /** 0 stored, 8 deflate. */
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Of the header before the data. */
  readonly offset: number;
}

const END = { signature: 0x06054b50, bytes: 22 };
const LOCATOR = { signature: 0x07064b50, bytes: 20 };
const END_64 = { signature: 0x06064b50, bytes: 56 };
const LISTED = { signature: 0x02014b50, bytes: 46 };
const HEADER = { signature: 0x04034b50, bytes: 30 };

const COMMENT_BYTES_MAX = 0xffff;
/** Names and comments of more files than are taken. */
const DIRECTORY_BYTES_MAX = 64 * 2 ** 20;
/** A field that says: look in the 64-bit fields. */
const IN_64 = 0xffffffff;
const EXTRA_64 = 1;
const FLAG_ENCRYPTED = 1;

/** What is listed, one by one.  Throws Error where it is damaged. */
export async function* zipEntries(archive: Blob): AsyncGenerator<ZipEntry> {
  const { offset, bytes, count } = await directoryOf(archive);
  if (bytes > DIRECTORY_BYTES_MAX) throw new Error(`a directory of ${bytes} bytes`);
  const view = await viewOf(archive, offset, bytes);
  for (let at = 0, i = 0; i < count; i++) {
    expect(view, at, LISTED);
    const nameBytes = view.getUint16(at + 28, true);
    const extraBytes = view.getUint16(at + 30, true);
    const extraAt = at + LISTED.bytes + nameBytes;
    const end = extraAt + extraBytes + view.getUint16(at + 32, true);
    if (end > view.byteLength) throw new Error("an entry beyond the directory's end");
    const wide = wideFields(view, extraAt, extraAt + extraBytes);
    const field = (from: number) => {
      const value = view.getUint32(from, true);
      return value === IN_64 ? wide() : value;
    };
    // In this order the 64-bit fields follow each other.
    const size = field(at + 24);
    const packedBytes = field(at + 20);
    yield {
      name: new TextDecoder().decode(new Uint8Array(view.buffer, at + LISTED.bytes, nameBytes)),
      isEncrypted: (view.getUint16(at + 8, true) & FLAG_ENCRYPTED) !== 0,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packedBytes,
      bytes: size,
      offset: field(at + 42),
    };
    at = end;
  }
}

/** The packed bytes of an entry, none of them read yet.  Throws Error. */
export async function packedData(archive: Blob, { offset, packedBytes }: ZipEntry): Promise<Blob> {
  const header = await viewOf(archive, offset, HEADER.bytes);
  expect(header, 0, HEADER);
  const at = offset + HEADER.bytes + header.getUint16(26, true) + header.getUint16(28, true);
  if (at + packedBytes > archive.size) throw new Error("data beyond the archive's end");
  return archive.slice(at, at + packedBytes);
}

async function directoryOf(archive: Blob): Promise<{ offset: number; bytes: number; count: number }> {
  const tailAt = Math.max(0, archive.size - END.bytes - COMMENT_BYTES_MAX - LOCATOR.bytes);
  const tail = await viewOf(archive, tailAt, archive.size - tailAt);
  const end = endIn(tail);
  const is64 = end >= LOCATOR.bytes && tail.getUint32(end - LOCATOR.bytes, true) === LOCATOR.signature;
  if (is64) {
    const record = await viewOf(archive, wideAt(tail, end - LOCATOR.bytes + 8), END_64.bytes);
    expect(record, 0, END_64);
    return { count: wideAt(record, 32), bytes: wideAt(record, 40), offset: wideAt(record, 48) };
  }
  if (tail.getUint16(end + 4, true) !== 0) throw new Error("one part of several");
  return {
    count: tail.getUint16(end + 10, true),
    bytes: tail.getUint32(end + 12, true),
    offset: tail.getUint32(end + 16, true),
  };
}

/** The last record whose comment ends where the archive does. */
function endIn(tail: DataView): number {
  for (let at = tail.byteLength - END.bytes; at >= 0; at--)
    if (
      tail.getUint32(at, true) === END.signature &&
      at + END.bytes + tail.getUint16(at + 20, true) === tail.byteLength
    )
      return at;
  throw new Error("no directory at its end");
}

/** Gives the 64-bit fields of an entry, one after the other. */
function wideFields(view: DataView, from: number, end: number): () => number {
  let at = from;
  while (at + 4 <= end && view.getUint16(at, true) !== EXTRA_64) at += 4 + view.getUint16(at + 2, true);
  const last = Math.min(end, at + 4 <= end ? at + 4 + view.getUint16(at + 2, true) : 0);
  at += 4;
  return () => {
    if (at + 8 > last) throw new Error("a 64-bit field that is not there");
    at += 8;
    return wideAt(view, at - 8);
  };
}

/** 64 bits; what a number does not hold is beyond any archive's end. */
function wideAt(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

async function viewOf(archive: Blob, at: number, bytes: number): Promise<DataView> {
  if (at + bytes > archive.size) throw new Error("a record beyond the archive's end");
  return new DataView(await archive.slice(at, at + bytes).arrayBuffer());
}

function expect(view: DataView, at: number, record: { signature: number; bytes: number }): void {
  if (at + record.bytes > view.byteLength || view.getUint32(at, true) !== record.signature)
    throw new Error("a record that is none");
}
