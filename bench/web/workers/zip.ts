/**
 * zip: the files of an archive, each unpacked as it is read.
 *
 *   directory ─► entry ─► Blob.slice ─► pieces ─► DecompressionStream ─► counted, checked ─► who reads
 *
 * An archive is not to be believed: how many entries it has, and how many bytes they unpack to, is bounded, whatever it says.
 *
 * COST   Backpressure reaches the file: some pieces, unpacked, are all that is held.
 */
import { CaptureError } from "../../../src/capture/errors.js";
import type { PackedFile, ReadZip } from "../../../src/lab/read-source.js";
import { crc32 } from "../../../src/ledger/crc32.js";
import { packedData, type ZipEntry, zipEntries } from "./zip-directory.js";

const ENTRIES_MAX = 1000;
/** More trace text than a page can take in hours. */
const UNPACKED_BYTES_MAX = 64 * 2 ** 30;
/** Deflate makes at most 1032 bytes of one, and what becomes of a piece is there at once: 32 MiB. */
const PIECE_BYTES = 32 * 2 ** 10;
const STORED = 0;
const DEFLATED = 8;

export const readZip: ReadZip = async (archive, name) => {
  const files: PackedFile[] = [];
  try {
    for await (const entry of zipEntries(archive)) {
      if (isLeftAside(entry.name)) continue;
      if (files.length === ENTRIES_MAX)
        throw new CaptureError({
          file: name,
          reason: `the archive has more than ${ENTRIES_MAX} files`,
          remedy: "pack the folder of one capture alone",
        });
      if (entry.isEncrypted)
        throw new CaptureError({
          file: `${name}: ${entry.name}`,
          reason: "it is encrypted",
          remedy: "unpack the archive and give the files inside",
        });
      files.push({
        name: entry.name,
        bytes: entry.bytes,
        open: () => unpacked(archive, entry, `${name}: ${entry.name}`),
      });
    }
  } catch (error) {
    throw error instanceof CaptureError ? error : damaged(name, error);
  }
  return files;
};

/** Folders, and what packers on some systems add. */
function isLeftAside(path: string): boolean {
  return path.endsWith("/") || path.startsWith("__MACOSX/") || path.split("/").at(-1)!.startsWith(".");
}

/** The bytes of an entry.  Errors are CaptureErrors that name archive and entry. */
function unpacked(archive: Blob, entry: ZipEntry, file: string): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let bytes = 0;
  let crc = 0;
  const next = async () => {
    reader ??= (await inflated(archive, entry)).getReader();
    const { done, value } = await reader.read();
    if (done) {
      if (bytes !== entry.bytes) throw new Error("it is shorter than the archive says");
      if (crc !== entry.crc) throw new Error("its checksum is another");
      return undefined;
    }
    bytes += value.length;
    if (bytes > UNPACKED_BYTES_MAX)
      throw new CaptureError({
        file,
        reason: `it unpacks to more than ${UNPACKED_BYTES_MAX / 2 ** 30} GiB`,
        remedy: "unpack it, and verify it with `npx pageledger verify`",
      });
    if (bytes > entry.bytes) throw new Error("it is longer than the archive says");
    crc = crc32(value, crc);
    return value;
  };
  return new ReadableStream({
    async pull(controller) {
      try {
        const value = await next();
        if (value === undefined) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        controller.error(error instanceof CaptureError ? error : damaged(file, error));
        // What is left unread is let go.
        await reader?.cancel().catch(() => {});
      }
    },
    cancel: (reason) => reader?.cancel(reason),
  });
}

async function inflated(archive: Blob, entry: ZipEntry): Promise<ReadableStream<Uint8Array>> {
  const data = (await packedData(archive, entry)).stream();
  if (entry.method === STORED) return data;
  if (entry.method !== DEFLATED) throw new Error(`method ${entry.method}`);
  const pieces = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES)
        controller.enqueue(chunk.subarray(at, at + PIECE_BYTES));
    },
  });
  return data.pipeThrough(pieces).pipeThrough(new DecompressionStream("deflate-raw"));
}

function damaged(file: string, cause: unknown): CaptureError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new CaptureError(
    {
      file,
      reason: `the archive is damaged, or packed in a way that is not known here (${detail.slice(0, 80)})`,
      remedy: "pack it anew, or unpack it and give the files inside",
    },
    { cause },
  );
}
