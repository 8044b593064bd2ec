/**
 * text-events: the rare events whose arguments are text, taken apart.
 *
 *   cgroup_mkdir, cgroup_rmdir   root=4 id=14852 level=2 path=/pl/org
 *   cgroup_attach_task           dst_root=4 dst_id=14951 dst_level=4 dst_path=/pl/a pid=12546 comm=bash
 *   mm_migrate_pages             nr_succeeded=12 nr_failed=0 …
 *
 * A path may hold anything but a NUL, spaces too; so numbers are looked for before it and behind it, never in it.
 */
import { CaptureError } from "./errors.js";
import type { GroupEvent } from "./group-book.js";

export interface AttachEvent extends GroupEvent {
  readonly pid: number;
}

export function parseCgroup(text: string, file: string, line: number): GroupEvent {
  const at = text.indexOf(" path=");
  const path = at < 0 ? undefined : text.slice(at + 6);
  const fields = at < 0 ? text : text.slice(0, at);
  const inode = numberAfter(fields, "id=");
  if (path === undefined || inode === undefined || !path.startsWith("/"))
    throw bad(file, line, "a cgroup event without a valid id or path");
  return { hierarchy: numberAfter(fields, "root="), inode, path };
}

export function parseAttach(text: string, file: string, line: number): AttachEvent {
  const at = text.indexOf(" dst_path=");
  // The comm at the end may hold anything, ` pid=` too; the path lies before the first one that is followed by it.
  const end = text.indexOf(" pid=", at);
  const inode = at < 0 ? undefined : numberAfter(text.slice(0, at), "dst_id=");
  const pid = end < 0 ? undefined : numberAfter(text.slice(end), "pid=");
  if (at < 0 || end < 0 || inode === undefined || pid === undefined || pid >= 4194304)
    throw bad(file, line, "cgroup_attach_task without a valid dst_id, dst_path or pid");
  const path = text.slice(at + 10, end);
  return { hierarchy: numberAfter(text.slice(0, at), "dst_root="), inode, path, pid };
}

/** Pages that were migrated; 0 where the event does not say. */
export function parseMigrate(text: string): number {
  return numberAfter(text, "nr_succeeded=") ?? 0;
}

/** The decimal number behind `key`, where `key` starts a word; undefined if it is none or above 2^53. */
function numberAfter(text: string, key: string): number | undefined {
  let at = text.indexOf(key);
  while (at > 0 && text[at - 1] !== " ") at = text.indexOf(key, at + 1);
  if (at < 0) return undefined;
  const start = at + key.length;
  let end = start;
  while (end < text.length && text[end]! >= "0" && text[end]! <= "9") end++;
  const value = end === start ? Number.NaN : Number(text.slice(start, end));
  return Number.isSafeInteger(value) ? value : undefined;
}

function bad(file: string, line: number, reason: string): CaptureError {
  return new CaptureError({
    file,
    line,
    reason,
    remedy: "the line is damaged: record or copy the capture again",
  });
}
