// errors: what the readers of a capture throw when going on would make the books wrong.

/** The fields of a CaptureError; `line` is absent when the fault lies in no line. */
export interface CaptureFault {
  readonly file: string;
  readonly line?: number | undefined;
  /** What is wrong, in the file's own terms. */
  readonly reason: string;
  /** What the reader of the message can do about it. */
  readonly remedy: string;
}

/** A capture that cannot be believed: where, why, and what to do. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
  readonly file: string;
  /** 1-based; undefined when the fault lies in no line. */
  readonly line: number | undefined;
  readonly reason: string;
  readonly remedy: string;

  constructor(fault: CaptureFault, options?: ErrorOptions) {
    const place = fault.line === undefined ? fault.file : `${fault.file}:${fault.line}`;
    super(`${place}: ${fault.reason}; ${fault.remedy}`, options);
    this.file = fault.file;
    this.line = fault.line;
    this.reason = fault.reason;
    this.remedy = fault.remedy;
  }
}

/**
 * Adds to the fault of a source (bad gzip, unreadable file) the line that a reader had reached.  Errors of
 * other kinds pass unchanged.
 */
export function atLine(error: unknown, linesRead: number): unknown {
  if (!(error instanceof CaptureError) || error.line !== undefined) return error;
  const { file, reason, remedy } = error;
  return new CaptureError({ file, line: linesRead + 1, reason, remedy }, { cause: error });
}

/** Text of a file made fit for a message: printable ASCII, 80 characters at most. */
export function excerpt(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, 80);
  let text = "";
  for (const byte of shown) text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "?";
  return bytes.length > shown.length ? `${text}…` : text;
}
