// source: a file on disk as a stream of its text, unpacked if it is packed.
//
// Gzip is told by its first bytes, not by the name.  Members one after the other are unpacked one after the
// other.  Everything streams: a file of a kilobyte that unpacks to a terabyte costs time, never memory.
import { type FileHandle, open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { CaptureError } from "../capture/errors.js";
import { isGzip } from "../capture/sniff.js";

/** Bytes per read and per chunk of unpacked text: enough to make calls rare, little enough for the L2 cache. */
const CHUNK_BYTES = 256 * 1024;

/** The text of the file at `path`; `.gz` or not.  Errors are CaptureErrors that name the file. */
export async function* readFileText(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    const head = new Uint8Array(2);
    const { bytesRead } = await handle.read(head, 0, 2, 0);
    const packed = isGzip(head.subarray(0, bytesRead));
    if (!packed && path.endsWith(".gz")) throw notGzip(path);
    const file = handle.createReadStream({ start: 0, highWaterMark: CHUNK_BYTES, autoClose: false });
    if (!packed) {
      yield* file;
      return;
    }
    const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
    // The error also reaches the loop below; the callback is there so that it is not an unhandled one.
    pipeline(file, gunzip, () => {});
    yield* gunzip;
  } catch (error) {
    throw toCaptureError(path, error);
  } finally {
    await handle.close();
  }
}

function toCaptureError(file: string, error: unknown): unknown {
  if (error instanceof CaptureError) return error;
  const code = errorCode(error);
  if (code === "Z_BUF_ERROR") {
    return new CaptureError(
      { file, reason: "the gzip data ends too early", remedy: "copy the file again, it was cut short" },
      { cause: error },
    );
  }
  if (code.startsWith("Z_")) {
    const detail = error instanceof Error ? error.message : code;
    return new CaptureError(
      { file, reason: `the gzip data is damaged (${detail})`, remedy: "copy the file again, or record anew" },
      { cause: error },
    );
  }
  return code === "" ? error : unreadable(file, error);
}

function unreadable(file: string, error: unknown): CaptureError {
  return new CaptureError(
    { file, reason: `cannot be read (${errorCode(error)})`, remedy: "check the path and the permissions" },
    { cause: error },
  );
}

function notGzip(file: string): CaptureError {
  return new CaptureError({
    file,
    reason: "named .gz but not packed with gzip",
    remedy: "rename it, or copy it again",
  });
}

function errorCode(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return "";
}
