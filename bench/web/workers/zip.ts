/**
 * zip: the files of an archive, each unpacked as it is read.
 *
 * An archive is not to be believed: how many entries it has, and how many bytes they unpack to, is bounded, whatever it says.
 */
import { BlobReader, configure, type FileEntry, ZipReader } from "@zip.js/zip.js/lib/zip-core-custom.js";
import { CaptureError } from "../../../src/capture/errors.js";
import type { PackedFile, ReadZip } from "../../../src/lab/read-source.js";

const ENTRIES_MAX = 1000;
/** More trace text than a page can take in hours. */
const UNPACKED_BYTES_MAX = 64 * 2 ** 30;

configure({ useWebWorkers: false, useCompressionStream: true });

export const readZip: ReadZip = async (archive, name) => {
  const files: PackedFile[] = [];
  try {
    for await (const entry of new ZipReader(new BlobReader(archive)).getEntriesGenerator()) {
      if (entry.directory || isLeftAside(entry.filename)) continue;
      if (files.length === ENTRIES_MAX)
        throw new CaptureError({
          file: name,
          reason: `the archive has more than ${ENTRIES_MAX} files`,
          remedy: "pack the folder of one capture alone",
        });
      if (entry.encrypted)
        throw new CaptureError({
          file: `${name}: ${entry.filename}`,
          reason: "it is encrypted",
          remedy: "unpack the archive and give the files inside",
        });
      files.push({
        name: entry.filename,
        bytes: entry.uncompressedSize,
        open: () => unpacked(entry, `${name}: ${entry.filename}`),
      });
    }
  } catch (error) {
    throw error instanceof CaptureError ? error : damaged(name, error);
  }
  return files;
};

/** What packers on some systems add. */
function isLeftAside(path: string): boolean {
  return path.startsWith("__MACOSX/") || path.split("/").at(-1)!.startsWith(".");
}

/** The bytes of an entry.  Errors are CaptureErrors that name archive and entry. */
function unpacked(entry: FileEntry, file: string): ReadableStream<Uint8Array> {
  let bytes = 0;
  const bound = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.length;
      if (bytes > UNPACKED_BYTES_MAX)
        throw new CaptureError({
          file,
          reason: `it unpacks to more than ${UNPACKED_BYTES_MAX / 2 ** 30} GiB`,
          remedy: "unpack it, and verify it with `npx pageledger verify`",
        });
      controller.enqueue(chunk);
    },
  });
  // What goes wrong is told to who reads, by the stream.
  const writer = bound.writable;
  const done = entry.getData({ writable: writer }, { checkSignature: true, useWebWorkers: false });
  const failed = done.then(
    () => undefined,
    (error: unknown) => (error instanceof CaptureError ? error : damaged(file, error)),
  );
  const reader = bound.readable.getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done: ended, value } = await reader.read();
        if (!ended) {
          controller.enqueue(value);
          return;
        }
        const error = await failed;
        if (error === undefined) controller.close();
        else controller.error(error);
      } catch (error) {
        controller.error((await failed) ?? error);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
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
