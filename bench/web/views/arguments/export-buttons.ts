/** export-buttons: a chart's two buttons, that save it as PNG and as CSV. */
import { download, el, fileWord } from "./elements.js";

export function exportButtons(
  name: string,
  title: string,
  { png, csv }: { png(): Promise<Blob>; csv(): string },
): HTMLElement {
  const file = fileWord(name);
  const button = (kind: string, save: () => void) =>
    el(
      "button",
      { type: "button", class: "small", "aria-label": `${kind} of ${title}`, onclick: save },
      kind,
    );
  return el(
    "div",
    { class: "exports" },
    button("PNG", () => void png().then((blob) => download(`${file}.png`, blob))),
    button("CSV", () => download(`${file}.csv`, new Blob([csv()], { type: "text/csv" }))),
  );
}
