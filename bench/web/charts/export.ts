/**
 * export: a chart as a picture with its title and legend, and figures as comma-separated values.
 */
import { colour } from "../app/theme.js";

/** Hands a file to the browser's downloads. */
export function download(fileName: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  // The browser reads the address after this call.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A name that any file system takes. */
export function fileNameOf(text: string): string {
  return (
    text
      .replace(/[^\p{L}\p{N}._-]+/gu, "-")
      .replace(/^[-.]+|[-.]+$/g, "")
      .slice(0, 80) || "pageledger"
  );
}

/** Head and rows of comma-separated values. */
export type Table = readonly [readonly string[], Iterable<readonly (string | number)[]>];

/** RFC 4180.  A text that a spreadsheet would take for a formula is quoted with a leading apostrophe. */
export function csvRows(rows: Iterable<readonly (string | number)[]>): string {
  let text = "";
  for (const row of rows) text += `${row.map(field).join(",")}\r\n`;
  return text;
}

export function saveCsv(fileName: string, ...[head, rows]: Table): void {
  saveCsvParts(fileName, [csvRows([head]), csvRows(rows)]);
}

/** Rows that were made some at a time, one part after the other. */
export function saveCsvParts(fileName: string, parts: string[]): void {
  download(fileName, new Blob(parts, { type: "text/csv;charset=utf-8" }));
}

function field(value: string | number): string {
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export interface Picture {
  readonly title: string;
  /** One below the other. */
  readonly canvases: readonly HTMLCanvasElement[];
  /** `colour` is a CSS colour. */
  readonly legend?: readonly { readonly name: string; readonly colour: string }[];
}

const MARGIN = 16;
const LINE = 20;
const FONT = "system-ui, sans-serif";

export function blobOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob === null ? fail(new Error("the picture is too large")) : done(blob))),
  );
}

/** The charts as they are drawn now, as large as they are shown, on the page's ground. */
export function drawPicture({ title, canvases, legend = [] }: Picture): Promise<Blob> {
  const scale = devicePixelRatio || 1;
  const width = Math.max(...canvases.map((each) => each.clientWidth));
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d")!;
  pen.font = `13px ${FONT}`;
  const places = placeLegend(
    legend.map(({ name }) => pen.measureText(name).width + 30),
    width,
  );
  const legendLines = places.length === 0 ? 0 : places[places.length - 1]!.line + 1;
  const chartHeight = canvases.reduce((sum, each) => sum + each.clientHeight, 0);
  const height = MARGIN + 26 + chartHeight + legendLines * LINE + MARGIN;
  canvas.width = Math.ceil((width + 2 * MARGIN) * scale);
  canvas.height = Math.ceil(height * scale);
  pen.scale(scale, scale);
  pen.fillStyle = colour("--bg");
  pen.fillRect(0, 0, width + 2 * MARGIN, height);
  pen.fillStyle = colour("--fg");
  pen.textBaseline = "middle";
  pen.font = `600 15px ${FONT}`;
  pen.fillText(title, MARGIN, MARGIN + 8, width);
  let top = MARGIN + 26;
  for (const each of canvases) {
    // A coarse picture stays one of squares.
    pen.imageSmoothingEnabled = each.width >= each.clientWidth;
    pen.drawImage(each, MARGIN, top, each.clientWidth, each.clientHeight);
    top += each.clientHeight;
  }
  pen.font = `13px ${FONT}`;
  legend.forEach(({ name, colour: fill }, i) => {
    const { line, left } = places[i]!;
    const middle = top + line * LINE + LINE / 2;
    pen.fillStyle = fill;
    pen.fillRect(MARGIN + left, middle - 6, 12, 12);
    pen.fillStyle = colour("--fg");
    pen.fillText(name, MARGIN + left + 18, middle, width - 18);
  });
  return blobOf(canvas);
}

/** Entries from left to right, as many on a line as fit. */
function placeLegend(widths: readonly number[], width: number): { line: number; left: number }[] {
  let line = 0;
  let left = 0;
  return widths.map((needed) => {
    if (left > 0 && left + needed > width) {
      line++;
      left = 0;
    }
    const place = { line, left };
    left += needed;
    return place;
  });
}
