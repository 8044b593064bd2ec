/**
 * lab-files: which files the laboratory's server may hand out.
 *
 * A list made at the start, by the name in the address: what is not on it is not there.  So no path in a request ever
 * reaches the file system, and no ".." can be spelled that leads anywhere.
 */
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { CaptureError } from "../capture/errors.js";
import { openCapture } from "./capture-folder.js";

/** What the build wrote for the browser; the same folder from src/ and from dist/. */
export const LAB_PAGE = fileURLToPath(new URL("../../dist/lab/", import.meta.url));

/** No page to serve, or no way to serve it. */
export class LabServerError extends Error {
  override readonly name = "LabServerError";
}

/** Real paths by their name in the address: "assets/index-1a2b.js". */
export type ServedFiles = ReadonlyMap<string, string>;

/** The regular files of the built page; links are left out.  Throws LabServerError where there is no page. */
export async function listPage(folder: string): Promise<ServedFiles> {
  const files = new Map<string, string>();
  const root = await realpath(folder).catch(() => undefined);
  const entries =
    root === undefined ? [] : await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(
      relative(root ?? "", path)
        .split(sep)
        .join("/"),
      path,
    );
  }
  if (!files.has("index.html"))
    throw new LabServerError(
      "the laboratory's page is not built; run `npm run build` in a clone of the package",
    );
  return files;
}

/** What the page is told of the capture it is served with; see RemoteFile in lab/protocol. */
export interface ServedCapture {
  readonly name: string;
  readonly files: readonly { readonly name: string; readonly url: string; readonly bytes: number }[];
}

export const CAPTURE_PREFIX = "capture/";

/**
 * The files of a capture that `verify` would read: no others of its folder, and none that lies elsewhere by a link.
 * Throws CaptureError.
 */
export async function listCapture(path: string): Promise<{ told: ServedCapture; files: ServedFiles }> {
  const capture = await openCapture(path);
  const found = [capture.trace, capture.groups, capture.stat, capture.frames];
  const files = new Map<string, string>();
  const told: ServedCapture["files"][number][] = [];
  for (const file of found) {
    if (file === undefined) continue;
    const { real, bytes } = await regularFile(file.name);
    const name = basename(file.name);
    files.set(CAPTURE_PREFIX + name, real);
    told.push({ name, url: CAPTURE_PREFIX + encodeURIComponent(name), bytes });
  }
  return { told: { name: capture.name, files: told }, files };
}

async function regularFile(path: string): Promise<{ real: string; bytes: number }> {
  const refuse = (reason: string, remedy: string, cause?: unknown) =>
    new CaptureError({ file: path, reason, remedy }, { cause });
  try {
    const [real, home] = await Promise.all([realpath(path), realpath(dirname(resolve(path)))]);
    if (dirname(real) !== home)
      throw refuse("is a link that leads out of its folder", "put the file itself there");
    const info = await stat(real);
    if (!info.isFile()) throw refuse("is no regular file", "copy it into a file");
    return { real, bytes: info.size };
  } catch (error) {
    if (error instanceof CaptureError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw refuse(`cannot be read (${code})`, "check the path and the permissions", error);
  }
}
