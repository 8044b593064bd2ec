/**
 * picture: the map as a PNG: title, the canvas as it is shown, and the legend.
 */
import { colour } from "../../app/theme.js";
import { blobOf } from "../../charts/export.js";
import type { LegendLine } from "./legend-list.js";
import type { Stage } from "./stage.js";

const MARGIN = 16;
const LINE = 20;
const COLUMN = 240;
const ENTRIES_MAX = 24;

/** `lines`: two at most, above the map. */
export async function drawPicture(
  stage: Stage,
  lines: readonly string[],
  legend: readonly LegendLine[],
): Promise<Blob> {
  const scale = stage.density;
  const width = stage.view.width / scale;
  const height = stage.view.height / scale;
  const map = await stage.picture();
  const columns = Math.max(1, Math.floor(width / COLUMN));
  const entries = legend.filter(({ pages }) => pages > 0).slice(0, ENTRIES_MAX);
  const top = MARGIN + lines.length * LINE + 6;
  const picture = document.createElement("canvas");
  picture.width = Math.ceil((width + 2 * MARGIN) * scale);
  picture.height = Math.ceil(
    (top + height + Math.ceil(entries.length / columns) * LINE + 2 * MARGIN) * scale,
  );
  const pen = picture.getContext("2d")!;
  pen.fillStyle = colour("--bg");
  pen.fillRect(0, 0, picture.width, picture.height);
  pen.drawImage(map, MARGIN * scale, top * scale);
  map.close();
  pen.scale(scale, scale);
  pen.textBaseline = "middle";
  lines.forEach((text, i) => {
    pen.fillStyle = colour(i === 0 ? "--fg" : "--quiet");
    pen.font = i === 0 ? "600 15px system-ui, sans-serif" : "13px system-ui, sans-serif";
    pen.fillText(text, MARGIN, MARGIN + i * LINE + 6, width);
  });
  pen.font = "13px system-ui, sans-serif";
  entries.forEach(({ name, pages, colour: fill }, i) => {
    const left = MARGIN + (i % columns) * (width / columns);
    const middle = top + height + MARGIN + Math.floor(i / columns) * LINE + 4;
    pen.fillStyle = fill;
    pen.fillRect(left, middle - 6, 12, 12);
    pen.fillStyle = colour("--fg");
    pen.fillText(`${name}: ${pages.toLocaleString("en")}`, left + 18, middle, width / columns - 26);
  });
  return blobOf(picture);
}
