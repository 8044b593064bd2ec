// report-assets: the chart library's script and style, as an offline report embeds them.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

export interface ReportAssets {
  readonly uplotJs: string;
  readonly uplotCss: string;
}

export async function readReportAssets(): Promise<ReportAssets> {
  const { resolve } = createRequire(import.meta.url);
  const read = (file: string) => readFile(resolve(`uplot/dist/${file}`), "utf8");
  const [uplotJs, uplotCss] = await Promise.all([read("uPlot.iife.min.js"), read("uPlot.min.css")]);
  return { uplotJs, uplotCss };
}
