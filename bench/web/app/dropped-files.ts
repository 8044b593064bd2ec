/**
 * dropped-files: what a person dropped or picked, as the files of one capture.
 *
 * A folder may hold folders: its capture is in the topmost folder that has files.  Two such folders side by side are two
 * captures, and the page opens one.
 */
import type { LabFault, LabSource } from "../../../src/lab/protocol.js";

/** A file and the folders above it, from the one that was dropped: "run/trace.txt". */
export interface PlacedFile {
  readonly path: string;
  readonly file: File;
}

/** More files and folders than this are no capture: the reading stops, and what was dropped is refused. */
const ENTRIES_MAX = 1000;

/** Must be called while the drop is handled: what was dropped is out of reach after that.  Rejects with a LabFault. */
export function droppedFiles(transfer: DataTransfer): Promise<readonly PlacedFile[]> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  const loose = [...transfer.files];
  return readEntries(entries, loose);
}

async function readEntries(
  entries: readonly FileSystemEntry[],
  loose: readonly File[],
): Promise<readonly PlacedFile[]> {
  if (entries.length === 0) return loose.map((file) => ({ path: file.name, file }));
  const found: Found = { files: [], entries: 0 };
  for (const entry of entries) await readEntry(entry, entry.name, found);
  return found.files;
}

/** Files so far, and how many entries were looked at, folders too. */
interface Found {
  readonly files: PlacedFile[];
  entries: number;
}

async function readEntry(entry: FileSystemEntry, path: string, found: Found): Promise<void> {
  if (++found.entries > ENTRIES_MAX) throw tooMany(path);
  if (entry.isFile) {
    const file = await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail));
    found.files.push({ path, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader gives some entries at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
    if (some.length === 0) return;
    for (const each of some) await readEntry(each, `${path}/${each.name}`, found);
  }
}

/** Files of `<input type=file>`, of a folder or not. */
export function pickedFiles(files: FileList): readonly PlacedFile[] {
  return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** The capture among them, or why there is none. */
export function sourceOf(placed: readonly PlacedFile[]): LabSource | LabFault {
  if (placed.length > ENTRIES_MAX) return tooMany(placed[0]!.path);
  const seen = placed.filter(({ path }) => !path.split("/").some((part) => part.startsWith(".")));
  if (seen.length === 0)
    return refusal(
      "what was dropped",
      "there is no file in it",
      "drop a capture: a folder, a .zip, or its files",
    );
  const folders = new Map<string, File[]>();
  for (const { path, file } of seen) {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    const files = folders.get(folder);
    if (files === undefined) folders.set(folder, [file]);
    else files.push(file);
  }
  const depth = (folder: string) => (folder === "" ? 0 : folder.split("/").length);
  const top = Math.min(...[...folders.keys()].map(depth));
  const at = [...folders].filter(([folder]) => depth(folder) === top);
  const [folder, files] = at[0]!;
  if (at.length > 1)
    return refusal(
      "what was dropped",
      `it holds ${at.length} folders of files: ${at
        .slice(0, 3)
        .map(([path]) => path)
        .join(", ")}${at.length > 3 ? ", …" : ""}`,
      "drop the folder of one capture",
    );
  const name = folder === "" ? nameOfLoose(files) : folder.slice(folder.lastIndexOf("/") + 1);
  return { kind: "files", name, files };
}

function tooMany(path: string): LabFault {
  return refusal(
    path.split("/", 1)[0]!,
    `it holds more than ${ENTRIES_MAX} files and folders`,
    "give the folder of one capture, or its files alone",
  );
}

/** A file alone gives its name; several, dropped side by side, the name of the trace among them. */
function nameOfLoose(files: readonly File[]): string {
  const main = files.find(({ name }) => /trace/i.test(name)) ?? files[0]!;
  return main.name;
}

function refusal(place: string, reason: string, remedy: string): LabFault {
  return { name: "LabFault", place, reason, remedy };
}
