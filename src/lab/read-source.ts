/**
 * read-source: the files of a capture, wherever they come from, and how far the trace has been read.
 *
 *   remote   addresses beside the page         files   a folder's, one .zip, or a trace alone
 */
import { pickCapture, TRACE_NAMES } from "../capture/capture-names.js";
import { CaptureError } from "../capture/errors.js";
import type { CaptureFile, CaptureFiles } from "../capture/oracle.js";
import { readWebText } from "../capture/source-web.js";
import { LabFaultError } from "./fault.js";
import type { LabSource, RemoteFile } from "./protocol.js";

/** One file of an archive or a drop, as bytes that may be packed. */
export interface PackedFile {
  /** Path in its folder or archive. */
  readonly name: string;
  /** Bytes that `open` gives, as far as known; 0 = nobody knows. */
  readonly bytes: number;
  open(): ReadableStream<Uint8Array> | Promise<Response>;
  /** It will be opened: what has to come from afar may set out. */
  ask?(): void;
}

/** Takes an archive apart: its files, none of them read yet.  Throws CaptureError. */
export type ReadZip = (archive: Blob, name: string) => Promise<readonly PackedFile[]>;

/** A capture, and a count of how much of its trace has been read. */
export interface ReadableCapture {
  readonly files: CaptureFiles;
  /** 0 … 1 of the trace's bytes; undefined where nobody knows how many there are. */
  share(): number | undefined;
}

/** What a verification reads beside the trace. */
const TABLES = ["groups", "stat", "frames"] as const;

/** Finds the files of a capture.  Throws CaptureError or LabFaultError. */
export async function readSource(
  source: Exclude<LabSource, { kind: "generated" }>,
  base: string,
  readZip: ReadZip | undefined,
): Promise<ReadableCapture> {
  const { name } = source;
  if (source.kind === "remote")
    return captureOf(
      name,
      source.files.map((file) => remote(file, base)),
    );
  const [first] = source.files;
  if (first === undefined)
    throw new LabFaultError(
      name || "the drop",
      "there is no file in it",
      `give one of ${TRACE_NAMES.join(", ")}`,
    );
  if (source.files.length === 1 && (await isZip(first))) {
    if (readZip === undefined)
      throw new LabFaultError(first.name, "this is a zip archive", "unpack it and give the files inside");
    return captureOf(name, inFolderOfTrace(await readZip(first, first.name), first.name));
  }
  const files = source.files.map((file) => ({
    name: file.name,
    bytes: file.size,
    open: () => file.stream(),
  }));
  return captureOf(name, files);
}

function remote({ name, url, bytes }: RemoteFile, base: string): PackedFile {
  const fetched = () => fetch(new URL(url, base));
  let asked: Promise<Response> | undefined;
  return {
    name,
    bytes,
    ask() {
      asked = fetched();
      // What is wrong with it is told when it is opened.
      asked.catch(() => {});
    },
    async open() {
      try {
        const response = asked ?? fetched();
        asked = undefined;
        return await response;
      } catch (cause) {
        const reason = "it could not be fetched";
        const remedy = "check that the server still runs, and load the page again";
        throw new CaptureError({ file: name, reason, remedy }, { cause });
      }
    },
  };
}

/** By the first bytes: a drop may be called anything. */
async function isZip(file: File): Promise<boolean> {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5);
}

/** An archive holds the files at its top, or in a folder: the one nearest to the top that has a trace. */
function inFolderOfTrace(files: readonly PackedFile[], archive: string): PackedFile[] {
  const folders = new Map<string, PackedFile[]>();
  for (const file of files) {
    const slash = file.name.lastIndexOf("/");
    const folder = file.name.slice(0, slash + 1);
    const listed = folders.get(folder) ?? [];
    folders.set(folder, [...listed, { ...file, name: file.name.slice(slash + 1) }]);
  }
  const depth = (folder: string) => folder.split("/").length;
  const [found] = [...folders]
    .filter(([, listed]) => pickCapture(listed.map((file) => file.name)).trace !== undefined)
    .sort(([a], [b]) => depth(a) - depth(b) || (a < b ? -1 : 1));
  if (found !== undefined) return found[1];
  if (files.length === 1) return [...files];
  throw new CaptureError({
    file: archive,
    reason: "the archive holds no trace",
    remedy: `put one of ${TRACE_NAMES.join(", ")} there`,
  });
}

function captureOf(name: string, files: readonly PackedFile[]): ReadableCapture {
  const byName = new Map(files.map((file) => [file.name, file]));
  const found = pickCapture(byName.keys());
  // A single file is a trace, whatever it is called.
  const trace = files.length === 1 ? files[0] : byName.get(found.trace ?? "");
  if (trace === undefined)
    throw new CaptureError({
      file: name || "the drop",
      reason: "it holds no trace",
      remedy: `give one of ${TRACE_NAMES.join(", ")}, with the tables beside it`,
    });
  const fileOf = (key: (typeof TABLES)[number]) => {
    const file = byName.get(found[key] ?? "");
    return file === trace ? undefined : file;
  };
  // A trace is on its way while the tables are read, which all are or none.
  trace.ask?.();
  const tables = TABLES.map(fileOf);
  if (!tables.includes(undefined)) for (const each of tables) each?.ask?.();
  let read = 0;
  const table = (key: (typeof TABLES)[number]) => {
    const file = fileOf(key);
    return file === undefined ? {} : { [key]: textOf(file, () => {}) };
  };
  return {
    files: {
      name,
      trace: textOf(trace, (bytes) => {
        read += bytes;
      }),
      ...table("groups"),
      ...table("stat"),
      ...table("frames"),
    },
    share: () => (trace.bytes > 0 ? Math.min(1, read / trace.bytes) : undefined),
  };
}

function textOf(file: PackedFile, onBytes: (bytes: number) => void): CaptureFile {
  const open = async function* () {
    const opened = await file.open();
    if (opened instanceof ReadableStream) yield* readWebText(counted(opened, onBytes), file.name);
    else if (!opened.ok || opened.body === null) yield* readWebText(opened, file.name);
    // As a response again: what a server has unpacked is not taken for damaged.
    else yield* readWebText(new Response(counted(opened.body, onBytes)), file.name);
  };
  return { name: file.name, open };
}

function counted(
  stream: ReadableStream<Uint8Array>,
  onBytes: (bytes: number) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const count = new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      onBytes(chunk.length);
      controller.enqueue(chunk as Uint8Array<ArrayBuffer>);
    },
  });
  return stream.pipeThrough(count);
}
