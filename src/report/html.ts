/**
 * html: the report as one file that needs nothing else.
 *
 * It makes no request, runs under a policy that forbids any, and works from file://.  All text is escaped; what the
 * scripts need lies in the page as JSON without a `<`.
 */
import { encodeOwners, type FrameMapFigures, frameFigures } from "./frame-figures.js";
import { COLOUR_SLOTS, type GroupLook, groupLooks, OTHERS_SLOT } from "./group-look.js";
import { containersHtml } from "./html-containers.js";
import { barHtml, designsHtml, leftoversHtml } from "./html-designs.js";
import { headerHtml } from "./html-header.js";
import { pageHtml } from "./html-page.js";
import { escapeHtml, formatMib, formatNumber, formatPercent, jsonForScript, plural } from "./html-text.js";
import { pageChart } from "./page-chart.js";
import { type PageData, pageKit } from "./page-kit.js";
import { pageMap } from "./page-map.js";
import { PAGE_STYLE } from "./page-style.js";
import type { ReportData } from "./report-data.js";

export interface HtmlAssets {
  readonly uplotJs: string;
  readonly uplotCss: string;
}

/** The chart library formats numbers in the browser's language, which in the POSIX locale is no language tag. */
const LANGUAGE_GUARD = `try{new Intl.NumberFormat(navigator.language)}catch{Object.defineProperty(navigator,"language",{value:"en-US"})}`;
/** Owner byte of all groups beyond the 254th. */
const BEYOND = 255;

export function renderHtml(data: ReportData, assets: HtmlAssets): string {
  const figures = frameFigures(data.frameMap);
  const looks = groupLooks(data, figures.byOwner);
  const page: PageData = {
    chart: chartData(data, looks),
    map: {
      firstPfn: data.frameMap.firstPfn,
      count: figures.owned === 0 ? 0 : data.frameMap.owners.length,
      runs: figures.owned === 0 ? "" : encodeOwners(data.frameMap.owners),
      owners: mapOwners(looks, figures),
    },
  };
  const section = (id: string, title: string, body: string) =>
    `<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>\n${body}\n</section>`;
  const body = `${headerHtml(data)}
<nav aria-label="Sections"><ul><li><a href="#containers">Containers</a></li><li><a href="#time">Use over time</a></li><li><a href="#frames">Map of frames</a></li><li><a href="#designs">Designs</a></li><li><a href="#leftovers">Left aside</a></li></ul></nav>
<main>
${section("containers", "Containers", containersHtml(data, figures))}
${section("time", "Use over time", timeHtml(data, page))}
${section("frames", "Map of frames", framesHtml(data, page, figures))}
${section("designs", "Owner designs", designsHtml(data))}
${section("leftovers", "Left aside, and what did not agree", leftoversHtml(data))}
</main>
<footer>PageLedger ${escapeHtml(data.environment.version)}. This file makes no requests; charts are drawn with uPlot (MIT).</footer>
<script type="application/json" id="report-data">${jsonForScript(page)}</script>
<script>${LANGUAGE_GUARD}</script>
<script>${safeScript(assets.uplotJs)}</script>
<script>${pageScript()}</script>`;
  const title = `${data.result.capture} – ${data.result.verdict}`;
  return pageHtml({ title, styles: [assets.uplotCss, PAGE_STYLE], hasScripts: true, body });
}

/** The functions as their own source: whatever a build calls them, they are handed to each other by position. */
function pageScript(): string {
  const source = (part: (...args: never[]) => unknown) => safeScript(part.toString());
  return `"use strict";(function(kit){
(${source(pageMap)})(kit);
(${source(pageChart)})(kit,typeof uPlot==="undefined"?null:uPlot);
})((${source(pageKit)})());`;
}

/** Our own code and the library's hold no end tag; should one ever come in, the report is refused, not broken. */
function safeScript(source: string): string {
  if (/<\/script|<!--/i.test(source)) throw new Error("a script of the report would end its own element");
  return source;
}

function chartData(data: ReportData, looks: readonly GroupLook[]): PageData["chart"] {
  let latest = 0;
  // Clocks of CPUs may differ a little; the chart needs seconds that never fall.
  const seconds = data.timeline.seconds.map((s) => (latest = Math.max(latest, s)));
  if (seconds.length === 0) return { seconds: [], series: [] };
  const pagesOf = (group: number) => seconds.map((_, at) => data.timeline.pages[group]?.[at] || 0);
  const own: { name: string; slot: number; pages: number[] }[] = [];
  const rest = new Array<number>(seconds.length).fill(0);
  let together = 0;
  looks.forEach((look, group) => {
    if (look.peakPages === 0) return;
    if (look.slot < COLOUR_SLOTS) own.push({ name: look.label, slot: look.slot, pages: pagesOf(group) });
    else {
      together++;
      for (const [at, n] of pagesOf(group).entries()) rest[at]! += n;
    }
  });
  own.sort((a, b) => a.slot - b.slot);
  if (together > 0) own.push({ name: `${together} others`, slot: OTHERS_SLOT, pages: rest });
  return { seconds, series: own };
}

function mapOwners(looks: readonly GroupLook[], figures: FrameMapFigures): PageData["map"]["owners"] {
  const owners = looks.flatMap((look, i) =>
    look.ownedFrames > 0 ? [{ owner: i + 1, name: look.label, slot: look.slot }] : [],
  );
  if (figures.byOwner[BEYOND]! > 0)
    owners.push({ owner: BEYOND, name: "groups beyond the 254th", slot: OTHERS_SLOT });
  return owners.sort((a, b) => figures.byOwner[b.owner]! - figures.byOwner[a.owner]!);
}

const NEEDS_SCRIPT = `<noscript><p class="empty">This picture is drawn by a script, and scripts are off.</p></noscript>`;

function swatch(slot: number): string {
  return `<span class="swatch" style="background:var(--c${slot})"></span>`;
}

function timeHtml(data: ReportData, page: PageData): string {
  const { seconds, series } = page.chart;
  if (data.timeline.seconds.length === 0)
    return `<p class="empty">The replay took no samples: the trace is too short.</p>`;
  if (series.length === 0) return `<p class="empty">No group held a page at any of the samples.</p>`;
  const legend = series.map(({ name, slot, pages }) => {
    const end = formatMib(pages[pages.length - 1] ?? 0);
    return `<li><button type="button" aria-pressed="true">${swatch(slot)}<bdi class="name">${escapeHtml(name)}</bdi> <span class="value">${end}</span></button></li>`;
  });
  return `<p>Pages charged to each group itself, stacked; ${plural(seconds.length, "sample")}. Drag to zoom, double-click for the whole
trace. With the keyboard: arrows move, + and − zoom, Escape resets.</p>
<div class="toolbar"><button type="button" id="chart-reset" disabled>Whole trace</button></div>
<p class="readout" id="chart-readout" aria-live="polite"></p>
<div id="chart" tabindex="0" role="application" aria-label="Memory of each group over time, stacked, in MiB by seconds" aria-describedby="chart-readout"></div>
${NEEDS_SCRIPT}
<ul class="legend" id="chart-legend" aria-label="Groups: press to hide or show">${legend.join("")}</ul>`;
}

function framesHtml(data: ReportData, page: PageData, figures: FrameMapFigures): string {
  const { owned, runs, blocks, blocksByOwners } = figures;
  if (owned === 0) return `<p class="empty">No frame had an owner at the end of the trace.</p>`;
  const fact = (name: string, value: string, more: string) =>
    `<div><dt>${name}</dt><dd>${value}</dd><dd class="more">${more}</dd></div>`;
  const upToFour = blocks - blocksByOwners[4];
  const histogram = blocksByOwners.map((n, i) =>
    barHtml(i === 4 ? "5 and more" : String(i + 1), (100 * n) / blocks, formatPercent(n, blocks)),
  );
  const legend = page.map.owners.map(
    ({ owner, name, slot }) =>
      `<li><button type="button" aria-pressed="false" data-owner="${owner}">${swatch(slot)}<bdi class="name">${escapeHtml(name)}</bdi> <span class="value">${formatNumber(figures.byOwner[owner]!)}</span></button></li>`,
  );
  const merged = figures.byOwner[BEYOND]! > 0 ? " Groups beyond the 254th count as one owner here." : "";
  const greys = page.map.owners.filter(({ slot }) => slot === OTHERS_SLOT).length;
  const shared = greys > 1 ? ` ${greys} groups share the grey.` : "";
  const zooms = [1, 2, 4, 8].map(
    (z) =>
      `<button type="button" data-zoom="${z}" aria-pressed="${z === 1}" aria-label="${z} times">${z}×</button>`,
  );
  return `<div class="cards"><dl class="facts">
${fact("frames owned", formatNumber(owned), `${formatMib(owned)}, of ${formatNumber(data.frameMap.owners.length)} frames in the map`)}
${fact("mean run of one owner", `${formatNumber(owned / runs, 2)} frames`, `${plural(runs, "run")}`)}
${fact("blocks with at most 4", formatPercent(upToFour, blocks), `different owners in 64 frames, free counted as one; ${plural(blocks, "block")}`)}
</dl>
<figure><figcaption><b>Different owners in a block of 64 frames</b> <span class="quiet">% of blocks that hold an owned frame; free counts as one${merged}</span></figcaption>
<div class="bars">${histogram.join("")}</div></figure></div>
<p>One pixel is one frame of 4 KiB, one row is 1024 frames (4 MiB) from the pfn at its left. A dashed line stands for rows
without an owned frame. Press a group to see it alone.${shared} Arrow keys move from frame to frame.</p>
<ul class="legend" id="map-legend" aria-label="Owners and their frames: press to highlight">${legend.join("")}<li class="free"><span class="swatch" style="background:var(--free)"></span>no owner <span class="value">${formatNumber(figures.byOwner[0]!)}</span></li></ul>
<div class="toolbar"><span class="group" id="map-zoom" role="group" aria-label="Zoom">${zooms.join("")}</span>
<label class="field">Go to pfn<input id="map-jump" type="text" inputmode="text" autocomplete="off" spellcheck="false" placeholder="0x…"></label></div>
<p class="readout" id="map-readout" aria-live="polite">Point at a frame to see its number and its owner.</p>
<div class="map-box" id="map-box"><div class="ruler" id="map-ruler" aria-hidden="true"></div><div class="map-inner"><div class="gutter" id="map-gutter" aria-hidden="true"></div><div class="plane" id="map-plane"><canvas id="map" width="1" height="1" tabindex="0" role="application" aria-label="Map of frames by owner" aria-describedby="map-readout"></canvas><div class="pointer" id="map-pointer" hidden></div></div></div></div>
<p class="note" id="map-cut" hidden>The map ends after 16,000 rows (62.5 GiB of rows with owners); the figures above count every frame.</p>
${NEEDS_SCRIPT}`;
}
