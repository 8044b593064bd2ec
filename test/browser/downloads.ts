/** downloads: what a button saves. */
import { readFile } from "node:fs/promises";
import type { Locator, Page } from "playwright-core";

/** Every chart has two buttons; that the one saves a picture, and the other a table: its lines. */
export async function savedChart(page: Page, chart: Locator): Promise<{ png: Buffer; lines: string[] }> {
  const save = async (kind: string) => {
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      chart.getByRole("button", { name: new RegExp(`^${kind} of `) }).click(),
    ]);
    return readFile(await file.path());
  };
  const png = await save("PNG");
  const lines = (await save("CSV")).toString().trimEnd().split("\r\n");
  return { png, lines };
}

/** Whether the bytes are those of a PNG, and how large it is. */
export function pngSize(png: Buffer): readonly [width: number, height: number] | undefined {
  if (png.subarray(1, 4).toString() !== "PNG") return undefined;
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}
