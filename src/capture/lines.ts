// lines: a stream of bytes in any chunks, cut into whole lines.
//
// For small tables; traces go through the scanner.  A line is handed over as a range of bytes and is valid until
// the callback returns.  Memory is bounded by the longest line that is accepted.
import { atLine, CaptureError, excerpt } from "./errors.js";

export const TABLE_LINE_MAX_BYTES = 65536;

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** `bytes[start .. end)` is line `line` (1-based), without its end. */
export type LineVisitor = (bytes: Uint8Array, start: number, end: number, line: number) => void;

/**
 * Calls `visit` for each line.  Throws a CaptureError for a line that is too long, and for a last line without its
 * newline: a number at its end may have been cut.  Returns the number of lines.
 */
export async function eachLine(
  source: AsyncIterable<Uint8Array>,
  file: string,
  visit: LineVisitor,
): Promise<number> {
  const carry = new Uint8Array(TABLE_LINE_MAX_BYTES);
  let carried = 0;
  let line = 0;

  const give = (bytes: Uint8Array, start: number, newline: number) => {
    const end = newline > start && bytes[newline - 1] === RETURN ? newline - 1 : newline;
    visit(bytes, start, end, ++line);
  };
  const keep = (bytes: Uint8Array) => {
    if (carried + bytes.length > carry.length) throw tooLong(file, line + 1, carried > 0 ? carry : bytes);
    carry.set(bytes, carried);
    carried += bytes.length;
  };

  try {
    for await (const chunk of source) {
      let start = 0;
      while (start < chunk.length) {
        const newline = chunk.indexOf(NEWLINE, start);
        if (newline < 0) break;
        if (carried > 0) {
          keep(chunk.subarray(start, newline));
          give(carry, 0, carried);
          carried = 0;
        } else {
          if (newline - start > carry.length) throw tooLong(file, line + 1, chunk.subarray(start));
          give(chunk, start, newline);
        }
        start = newline + 1;
      }
      if (start < chunk.length) keep(chunk.subarray(start));
    }
  } catch (error) {
    throw atLine(error, line);
  }
  if (carried > 0) {
    throw new CaptureError({
      file,
      line: line + 1,
      reason: `the last line has no end: "${excerpt(carry.subarray(0, carried))}"`,
      remedy: "the file was cut short; copy it again",
    });
  }
  return line;
}

function tooLong(file: string, line: number, text: Uint8Array): CaptureError {
  return new CaptureError({
    file,
    line,
    reason: `a line of more than ${TABLE_LINE_MAX_BYTES} bytes, which starts "${excerpt(text.subarray(0, 40))}"`,
    remedy: "check that the file is a table in text form",
  });
}
