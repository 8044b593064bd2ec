/**
 * capture-folder: a capture on disk.  A folder with its tables, or a trace alone.
 */
import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { CaptureError } from "../capture/errors.js";
import type { CaptureFile, CaptureFiles } from "../capture/oracle.js";
import { readFileText } from "./source.js";

const TRACE_NAMES = ["trace.txt.gz", "trace.txt", "ftrace.txt.gz", "ftrace.txt"];

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
  const present = new Set(await readdir(path));
  const pick = (...names: string[]) => names.find((candidate) => present.has(candidate));
  const traceName = pick(...TRACE_NAMES);
  if (traceName === undefined)
    throw new CaptureError({
      file: path,
      reason: "the folder holds no trace",
      remedy: `put one of ${TRACE_NAMES.join(", ")} there`,
    });
  const table = (key: string, ...names: string[]) => {
    const found = pick(...names);
    return found === undefined ? {} : { [key]: fileAt(join(path, found)) };
  };
  return {
    name,
    trace: fileAt(join(path, traceName)),
    ...table("groups", "groups.tsv", "groups.tsv.gz"),
    ...table("stat", "memory.stat.tsv", "memory.stat.tsv.gz"),
    ...table("frames", "frames.tsv", "frames.tsv.gz"),
  };
}

function fileAt(path: string): CaptureFile {
  return { name: path, open: () => readFileText(path) };
}
