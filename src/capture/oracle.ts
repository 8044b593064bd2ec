/**
 * oracle: the kernel's own counts at the end of a capture, as the files beside the trace hold them.
 *
 *   groups.tsv       group, inode
 *   memory.stat.tsv  group, item, value      v1 names; bytes
 *   frames.tsv(.gz)  pfn, cgroup_inode, kpageflags, kpagecount
 */
import { CaptureError } from "./errors.js";
import { type FramesTable, readFrames, readGroups, readStat } from "./tsv.js";

export interface Oracle {
  /** inode → path. */
  readonly groups: ReadonlyMap<number, string>;
  /** path → item → value as printed. */
  readonly stat: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Sorted by pfn, no pfn twice. */
  readonly frames: FramesTable;
}

/** One file of a capture, by the name it would have uncompressed. */
export interface CaptureFile {
  readonly name: string;
  open(): AsyncIterable<Uint8Array>;
}

/** The files of a capture, wherever they lie: a folder, a drop in a browser, a zip. */
export interface CaptureFiles {
  /** Name of the capture, for messages. */
  readonly name: string;
  readonly trace: CaptureFile;
  readonly groups?: CaptureFile;
  readonly stat?: CaptureFile;
  readonly frames?: CaptureFile;
}

/** Reads the three tables.  Throws CaptureError where one is missing or damaged. */
export async function readOracle(files: CaptureFiles): Promise<Oracle> {
  const groups = await readListedGroups(files);
  const stat = await readStat(need(files, "stat", "memory.stat.tsv").open(), "memory.stat.tsv");
  const frames = await readFrames(need(files, "frames", "frames.tsv").open(), "frames.tsv");
  return { groups, stat, frames };
}

/** inode → path of groups.tsv; empty where the capture has none. */
export async function readListedGroups(files: CaptureFiles): Promise<ReadonlyMap<number, string>> {
  return files.groups === undefined ? new Map() : readGroups(files.groups.open(), "groups.tsv");
}

function need(files: CaptureFiles, key: "stat" | "frames", name: string): CaptureFile {
  const file = files[key];
  if (file !== undefined && files.groups !== undefined) return file;
  throw new CaptureError({
    file: files.name,
    reason: `the capture has no ${file === undefined ? name : "groups.tsv"}`,
    remedy:
      "a verification needs groups.tsv, memory.stat.tsv and frames.tsv beside the trace; `replay` does not",
  });
}
