/** export-buttons: a chart's two buttons, that save it as PNG and as CSV. */
import { button, el } from "../app/dom.js";
import { download, fileNameOf, saveCsv, type Table } from "./export.js";

export function exportButtons(
  name: string,
  title: string,
  { png, csv }: { png(): Promise<Blob>; csv(): Table },
): HTMLElement {
  const file = fileNameOf(name);
  const saving = (kind: string, save: () => void) =>
    button(kind, save, { class: "small", "aria-label": `${kind} of ${title}` });
  return el(
    "div",
    { class: "exports" },
    saving("PNG", () => void png().then((blob) => download(`${file}.png`, blob))),
    saving("CSV", () => saveCsv(`${file}.csv`, ...csv())),
  );
}
