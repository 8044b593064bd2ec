/**
 * capture-folder: a capture on disk.  A folder with its tables, or a trace alone.
 */
import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { pickCapture, TRACE_NAMES } from "../capture/capture-names.js";
import { CaptureError } from "../capture/errors.js";
import type { CaptureFile, CaptureFiles } from "../capture/oracle.js";
import { readFileText } from "./source.js";

/** Opens a folder, or a single trace file.  Throws CaptureError where there is none. */
export async function openCapture(path: string): Promise<CaptureFiles> {
  const name = basename(resolve(path));
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new CaptureError(
      {
        file: path === "" ? '""' : path,
        reason: error.code === "ENOENT" ? "no such file or folder" : `cannot be opened (${error.code})`,
        remedy: "name a folder with trace.txt.gz and its tables, or a trace",
      },
      { cause: error },
    );
  });
  if (!info.isDirectory()) return { name, trace: fileAt(path) };
  const found = pickCapture(await readdir(path));
  if (found.trace === undefined)
    throw new CaptureError({
      file: path,
      reason: "the folder holds no trace",
      remedy: `put one of ${TRACE_NAMES.join(", ")} there`,
    });
  const table = (key: "groups" | "stat" | "frames") => {
    const file = found[key];
    return file === undefined ? {} : { [key]: fileAt(join(path, file)) };
  };
  return {
    name,
    trace: fileAt(join(path, found.trace)),
    ...table("groups"),
    ...table("stat"),
    ...table("frames"),
  };
}

function fileAt(path: string): CaptureFile {
  return { name: path, open: () => readFileText(path) };
}
