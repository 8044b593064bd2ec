/**
 * capture-names: which files of a folder are a capture, by their names; wherever the folder lies.
 */

/** In order of preference. */
export const TRACE_NAMES = ["trace.txt.gz", "trace.txt", "ftrace.txt.gz", "ftrace.txt"] as const;

/** Names of the files of a capture, as far as they are there. */
export interface CaptureNames {
  readonly trace?: string;
  readonly groups?: string;
  readonly stat?: string;
  readonly frames?: string;
}

export function pickCapture(names: Iterable<string>): CaptureNames {
  const present = new Set(names);
  const pick = (key: keyof CaptureNames, ...candidates: readonly string[]) => {
    const found = candidates.find((name) => present.has(name));
    return found === undefined ? {} : { [key]: found };
  };
  return {
    ...pick("trace", ...TRACE_NAMES),
    ...pick("groups", "groups.tsv", "groups.tsv.gz"),
    ...pick("stat", "memory.stat.tsv", "memory.stat.tsv.gz"),
    ...pick("frames", "frames.tsv", "frames.tsv.gz"),
  };
}
