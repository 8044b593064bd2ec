/**
 * mounted: the map of one source: tools, rulers, canvas, legend, the frame that is looked at, figures.
 *
 *   data-kind, data-event   of the column that is drawn          data-texture-bytes   of all textures
 *   data-filtered           values that are not in colour
 *   data-fps, data-zoom-fps panning and zooming, as measured     data-scale, data-corner   pixels of the canvas a frame,
 *   data-layout             "colsShift:rows of the plane"        and where the plane's corner is
 */

import type { ColumnKind } from "../../../../src/lab/protocol.js";
import { el } from "../../app/dom.js";
import { colour } from "../../app/theme.js";
import { download, fileNameOf, saveCsv } from "../../charts/export.js";
import { FigureList } from "./figure-list.js";
import { figureRows } from "./figures.js";
import { FramePanel } from "./frame-panel.js";
import { listen } from "./gestures.js";
import { type Layout, pfnAt, placeOf } from "./layout.js";
import { Legend } from "./legend-list.js";
import { buildLut, type Palette, readPalette } from "./lut.js";
import { Newest } from "./newest.js";
import { drawPicture } from "./picture.js";
import { columnTicks, rowTicks, writeTicks } from "./rulers.js";
import type { MapSource } from "./source.js";
import { Stage } from "./stage.js";
import { toolbar } from "./toolbar.js";
import { type TourSpeeds, tour } from "./tour.js";
import { hex, KIND_NAMES, memory, parsePfn } from "./values.js";
import { centre, corner, reveal, zoomAt } from "./viewport.js";

/** Pixels of the page that an arrow key moves the cursor where frames are smaller. */
const STEP = 6;
/** Pixels of the page a frame has after a jump to it. */
const JUMP_SCALE = 12;
const CURSOR_MIN = 11;

export interface MountOptions {
  readonly kind: ColumnKind;
  /** Frame that is gone to at once; undefined = the whole plane. */
  readonly pfn: number | undefined;
  /** How the moment after so many events is named in a picture's title. */
  momentName(event: number): string;
  onKind(kind: ColumnKind): void;
}

/** Calls `follow` when another moment is to be shown. */
export interface MountedMap {
  follow(): void;
}

export async function mountMap(
  root: HTMLElement,
  source: MapSource,
  options: MountOptions,
  signal: AbortSignal,
): Promise<MountedMap | undefined> {
  const canvas = () =>
    el("canvas", {
      tabindex: 0,
      role: "application",
      "aria-label": `Map of ${source.nrFrames.toLocaleString("en")} page frames`,
      "aria-describedby": "map-keys",
    });
  const found = await Stage.open(canvas, source.nrFrames, source.isWhole);
  if (signal.aborted) found?.close();
  if (found === undefined || signal.aborted) return undefined;
  const stage = found;

  const across = el("div", { class: "map-across", "aria-hidden": "true" });
  const down = el("div", { class: "map-down", "aria-hidden": "true" });
  const cursor = el("div", { class: "map-cursor", hidden: true });
  const lost = el("p", { class: "map-lost", role: "alert", hidden: true });
  const plane = el("div", { class: "map-plane" }, stage.canvas, cursor, lost);
  const status = el("p", { class: "map-status" });
  const below = el("p", { class: "map-below quiet" });
  const keys = el(
    "p",
    { id: "map-keys", class: "map-keys quiet" },
    "Arrow keys move the cursor, with Shift the map; + and − zoom, 0 shows all, Enter pins the frame, Escape lets go. Drag pans, wheel or two fingers zoom.",
  );
  const figures = new FigureList();
  const legend = new Legend(() => paint());
  const panel = new FramePanel(source, () => target.release());
  let kind = options.kind;
  let shownKind: ColumnKind | undefined;
  let shownEvent = 0;
  let isFirst = true;
  let palette: Palette = readPalette(colour);
  let at = -1;
  let speeds: TourSpeeds | undefined;
  let written: Layout | undefined;

  const tools = toolbar(
    {
      kind,
      onKind: (chosen) => {
        kind = chosen;
        options.onKind(chosen);
        columns.want(chosen);
      },
      onZoom: (factor) => target.zoom(factor),
      onFit: () => stage.fit(),
      onJump: (text) => jump(text),
      onBlocks: (isShown) => {
        stage.showsBlocks = isShown;
        stage.wantDraw();
      },
      onMeasure: async () => {
        speeds = await tour(stage, signal);
        if (speeds === undefined) return;
        root.dataset.fps = speeds.panning.toFixed(1);
        root.dataset.zoomFps = speeds.zooming.toFixed(1);
        writeStatus();
      },
      onPng: () => void png(),
      onCsv: () => csv(),
    },
    source.nrFrames,
  );
  root.replaceChildren(
    tools,
    el(
      "div",
      { class: "map-main" },
      el(
        "div",
        { class: "map-left" },
        el("div", { class: "map-stage" }, el("div", { class: "map-corner" }), across, down, plane),
        status,
        below,
        keys,
      ),
      el("div", { class: "map-side" }, panel.element, legend.element),
    ),
    figures.element,
  );

  const paint = () => {
    if (shownKind === undefined) return;
    stage.showsFolios = shownKind === "order";
    stage.setColours(buildLut(source.valuesOf(shownKind), palette, legend.isHidden), palette);
    legend.paint(palette);
  };

  const giveWay = () => source.giveWay("column");
  const columns = new Newest<ColumnKind>(async (wanted) => {
    try {
      const column = await source.column(wanted);
      if (column === undefined || signal.aborted) return;
      if (column === "stopped") {
        tools.querySelector<HTMLElement>("input[value=owner]")!.click();
        return;
      }
      await stage.take(column.values, isFirst);
      if (signal.aborted) return;
      shownEvent = column.event;
      if (shownKind !== wanted) {
        shownKind = wanted;
        legend.setKind(wanted, `Pages by ${KIND_NAMES[wanted]}`, source.valuesOf(wanted));
        paint();
      }
      legend.count(stage.store.counts);
      if (isFirst) {
        isFirst = false;
        if (options.pfn !== undefined) goTo(options.pfn);
      }
      panel.refresh();
      const blocks = await source.blocks();
      if (blocks !== undefined && !signal.aborted) figures.show(blocks, blocks.event);
    } catch (error) {
      status.textContent = `The session could not say: ${error instanceof Error ? error.message : String(error)}`;
    }
  }, giveWay);

  const target = {
    stage,
    point: (pfn: number) => {
      if (panel.isPinned) return;
      if (pfn < 0 && at >= 0) panel.show(at, false, false);
      else if (pfn >= 0) panel.show(pfn, false, false);
    },
    pin: (pfn: number) => {
      const chosen = pfn < 0 ? (at >= 0 ? at : middle()) : pfn;
      if (chosen < 0) return;
      at = chosen;
      panel.show(chosen, true, true);
      placeCursor();
    },
    release: () => {
      at = -1;
      panel.show(-1, false, false);
      placeCursor();
    },
    step: (dx: number, dy: number) => {
      const from = at >= 0 ? placeOf(stage.layout, at) : undefined;
      if (from === undefined) return point(middle());
      const step = Math.max(1, Math.round((STEP * stage.density) / stage.view.scale));
      const { width, height } = stage.layout;
      let { x, y } = from;
      do {
        x += dx * step;
        y += dy * step;
        const next = pfnAt(stage.layout, x, y);
        if (next >= 0) return point(next);
      } while (x >= 0 && y >= 0 && x < width && y < height);
    },
    zoom: (factor: number) => {
      const { view } = stage;
      const place = at >= 0 ? pixelOf(at) : undefined;
      const isInSight =
        place !== undefined && place.x >= 0 && place.y >= 0 && place.x < view.width && place.y < view.height;
      const about = isInSight ? place : { x: view.width / 2, y: view.height / 2 };
      stage.look(zoomAt(view, stage.layout, factor, about.x, about.y), true);
    },
  };

  /** Middle of a frame on the canvas. */
  const pixelOf = (pfn: number, view = stage.view) => {
    const place = placeOf(stage.layout, pfn);
    if (place === undefined) return undefined;
    const from = corner(view);
    const { scale } = view;
    return { x: from.x + (place.x + 0.5) * scale, y: from.y + (place.y + 0.5) * scale };
  };
  const middle = () => {
    const { view, layout } = stage;
    const near = stage.pfnAtPixel(view.width / 2, view.height / 2);
    return near >= 0 ? near : pfnAt(layout, 0, 0) >= 0 ? pfnAt(layout, 0, 0) : pfnAt(layout, 0, 32);
  };
  /** Puts the cursor on a frame, and the frame into sight. */
  const point = (pfn: number) => {
    if (pfn < 0) return;
    at = pfn;
    panel.show(pfn, panel.isPinned, true);
    const place = placeOf(stage.layout, pfn);
    if (place !== undefined) stage.look(reveal(stage.view, stage.layout, place.x, place.y));
    placeCursor();
  };
  const goTo = (pfn: number) => {
    stage.showRowOf(pfn);
    const place = placeOf(stage.layout, pfn);
    if (place === undefined) return;
    const scale = Math.max(stage.view.scale, JUMP_SCALE * stage.density);
    stage.look(centre(stage.view, stage.layout, place.x, place.y, scale));
    target.pin(pfn);
  };
  const jump = (text: string): string => {
    const pfn = parsePfn(text);
    if (pfn === undefined) return "A pfn is a number such as 1049475 or 0x100383.";
    if (pfn >= source.nrFrames) return `The last frame is ${hex(source.nrFrames - 1)}.`;
    goTo(pfn);
    return "";
  };

  const placeCursor = (view = stage.view) => {
    const pixel = at >= 0 ? pixelOf(at, view) : undefined;
    cursor.hidden = pixel === undefined;
    if (pixel === undefined) return;
    const { density } = stage;
    const size = Math.max(CURSOR_MIN, view.scale / density + 4);
    cursor.style.width = cursor.style.height = `${size}px`;
    cursor.style.transform = `translate(${pixel.x / density - size / 2}px, ${pixel.y / density - size / 2}px)`;
  };

  stage.onDraw = () => {
    const { view, layout, density } = stage;
    const [kindDrawn, event, filtered] = [shownKind, shownEvent, legend.nrHidden];
    return () => {
      writeTicks(across, columnTicks(layout, view, density), true);
      writeTicks(down, rowTicks(layout, view, density), false);
      placeCursor(view);
      const from = corner(view);
      root.dataset.kind = kindDrawn;
      root.dataset.event = String(event);
      root.dataset.filtered = String(filtered);
      root.dataset.scale = String(view.scale);
      root.dataset.corner = `${from.x},${from.y}`;
      if (layout !== written) root.dataset.layout = `${layout.colsShift}:${layout.rows.join(" ")}`;
      written = layout;
      root.dataset.textureBytes = String(stage.textureBytes);
      writeStatus();
    };
  };
  const writeStatus = () => {
    const { view, density, meter } = stage;
    const each = view.scale / density;
    const zoom =
      each >= 1
        ? `A frame is ${round(each)} pixels wide`
        : `A pixel holds ${round(1 / (each * each))} frames`;
    const fps =
      speeds !== undefined
        ? `${round(speeds.panning)} frames per second panning, ${round(speeds.zooming)} zooming`
        : meter.fps === 0
          ? "move the map to measure frames per second"
          : `last motion ${round(meter.fps)} frames per second over ${meter.pictures} pictures`;
    const shared =
      stage.framesPerTexel === 1
        ? ""
        : `; every ${stage.framesPerTexel}th frame is drawn, for the machine is large`;
    status.textContent = `${source.nrFrames.toLocaleString("en")} frames, ${memory(source.nrFrames)}. ${zoom}; textures ${(stage.textureBytes / 1e6).toFixed(1)} MB; ${fps}${shared}.`;
    below.textContent = stage.layout.rows.includes(-1)
      ? "Dashed lines stand for rows without a used frame. A row's pfn on the left and a column's above add up."
      : "A row's pfn on the left and a column's above add up.";
  };
  stage.meter.onEnd = () => {
    speeds = undefined;
    writeStatus();
  };
  stage.onLost = (isLost) => {
    lost.hidden = !isLost;
    lost.textContent =
      "The browser took the graphics memory away. It is drawn again as soon as it comes back; if it does not, close other pages with 3D graphics and load this one again.";
    root.dataset.lost = String(isLost);
  };

  const png = async () => {
    // Not half a column, and under the name of the one that is drawn.
    await stage.store.idle();
    const title = `${source.title}: frames by ${KIND_NAMES[shownKind ?? kind]}`;
    const blob = await drawPicture(stage, [title, options.momentName(shownEvent)], legend.lines());
    download(`${fileNameOf(source.title)}-map.png`, blob);
  };
  const csv = () =>
    saveCsv(
      `${fileNameOf(source.title)}-map.csv`,
      ["figure", "of", "count", "share"],
      [
        ...legend
          .lines()
          .map(({ name, pages }): [string, string, number, number] => [
            `Pages by ${KIND_NAMES[shownKind ?? kind]}`,
            name,
            pages,
            pages / source.nrFrames,
          ]),
        ...figureRows(figures.tables),
      ],
    );

  listen(target, signal);
  const watcher = new ResizeObserver(() => stage.setSize(plane.clientWidth, plane.clientHeight));
  watcher.observe(plane);
  document.addEventListener(
    "themechange",
    () => {
      palette = readPalette(colour);
      paint();
    },
    { signal },
  );
  signal.addEventListener("abort", () => {
    giveWay();
    source.giveWay("history");
    watcher.disconnect();
    stage.close();
  });
  stage.setSize(plane.clientWidth, plane.clientHeight);
  columns.want(kind);
  return { follow: () => columns.want(kind) };
}

function round(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 1 : 0 });
}
