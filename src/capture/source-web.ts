// source-web: what a browser can read, as a stream of text, unpacked if it is packed.
//
// Runs in Node too.  A packed file must be a single gzip member in browsers: their DecompressionStream refuses
// what follows the first, while Node unpacks all of them.
import { CaptureError } from "./errors.js";
import { isGzip } from "./sniff.js";

/** A dropped file, a fetched one, or any stream of bytes. */
export type WebSource = Blob | Response | ReadableStream<Uint8Array>;

/** The text of `source`.  Errors are CaptureErrors that name it as `file`. */
export async function* readWebText(
  source: WebSource,
  file: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = openStream(source, file).getReader();
  let packed = false;
  try {
    const head = await readHead(reader);
    packed = isGzip(head);
    if (!packed) {
      if (file.endsWith(".gz") && !(source instanceof Response)) throw notGzip(file);
      yield* rest(head, reader);
      return;
    }
    const unpacked = toStream(rest(head, reader)).pipeThrough(new DecompressionStream("gzip"));
    yield* chunksOf(unpacked.getReader());
  } catch (error) {
    if (error instanceof CaptureError) throw error;
    if (!isStreamError(error)) throw error;
    throw packed ? damaged(file, error) : broken(file, error);
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function openStream(source: WebSource, file: string): ReadableStream<Uint8Array> {
  if (source instanceof ReadableStream) return source;
  if (source instanceof Blob) return source.stream();
  if (!source.ok) {
    const reason = `the server answered ${source.status}`;
    throw new CaptureError({ file, reason, remedy: "check the address" });
  }
  return source.body ?? new Blob([]).stream();
}

/** The first two bytes at least, unless the source is shorter. */
async function readHead(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array> {
  let head = new Uint8Array(0);
  while (head.length < 2) {
    const { done, value } = await reader.read();
    if (done) break;
    const longer = new Uint8Array(head.length + value.length);
    longer.set(head);
    longer.set(value, head.length);
    head = longer;
  }
  return head;
}

async function* rest(head: Uint8Array, reader: ReadableStreamDefaultReader<Uint8Array>) {
  if (head.length > 0) yield head;
  yield* chunksOf(reader);
}

async function* chunksOf(reader: ReadableStreamDefaultReader<Uint8Array>) {
  while (true) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

/** One chunk per pull: a fast disk cannot run ahead of a slow reader. */
function toStream(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value as Uint8Array<ArrayBuffer>);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}

/** Browsers report bad data, and a failed download, as a TypeError; Node gives the error of zlib. */
function isStreamError(error: unknown): boolean {
  if (error instanceof TypeError) return true;
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}

function notGzip(file: string): CaptureError {
  return new CaptureError({
    file,
    reason: "named .gz but not packed with gzip",
    remedy: "rename it, or copy it again",
  });
}

function damaged(file: string, cause: unknown): CaptureError {
  return new CaptureError(
    {
      file,
      reason: "the gzip data is damaged, ends too early, or has a second part that browsers cannot unpack",
      remedy: "unpack it and give the text, or pack it anew",
    },
    { cause },
  );
}

function broken(file: string, cause: unknown): CaptureError {
  return new CaptureError({ file, reason: "the stream broke off", remedy: "load it again" }, { cause });
}
