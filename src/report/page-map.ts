/**
 * page-map: the map of frames, one pixel a frame.  Source text of the page; see page-kit.ts.
 *
 * A row is 1024 frames.  Rows without an owned frame are left out, save one beside each owned row; a dashed line
 * stands for those.
 */
import type { PageKit } from "./page-kit.js";

export function pageMap(kit: PageKit): void {
  const COLUMNS = 1024;
  const GAP_ROWS = 7;
  const ROWS_MAX = 16000;
  const canvas = kit.byId<HTMLCanvasElement>("map");
  const readout = kit.byId("map-readout");
  const box = kit.byId("map-box");
  const plane = kit.byId("map-plane");
  const gutter = kit.byId("map-gutter");
  const ruler = kit.byId("map-ruler");
  const pointer = kit.byId("map-pointer");
  const jump = kit.byId<HTMLInputElement>("map-jump");
  // Pixels are only ever put from memory: kept there, the picture may be taller than a graphics card's textures.
  const context = canvas?.getContext("2d", { willReadFrequently: true });
  if (!canvas || !context || !readout || !box || !plane || !gutter || !ruler || !pointer) return;
  const { firstPfn, count, owners: known } = kit.data.map;
  const owners = kit.decodeOwners();
  const nameOf = new Map(known.map(({ owner, name }) => [owner, name]));
  const zooms = [...document.querySelectorAll<HTMLButtonElement>("#map-zoom button")];
  const filters = [...document.querySelectorAll<HTMLButtonElement>("#map-legend button")];
  let zoom = 1;
  let chosen = -1;
  let at = -1;

  const hex = (pfn: number) => `0x${pfn.toString(16)}`;
  const memory = (frames: number) =>
    frames >= 262144
      ? `${kit.number(frames / 262144, 2)} GiB`
      : `${kit.number(frames / 256, frames < 2560 ? 2 : 0)} MiB`;

  /** Row of 1024 frames behind each line of the picture; -1 inside a gap. */
  const rows: number[] = [];
  /** Lines at which a stretch of rows begins. */
  const starts = new Set<number>();
  const lineOf = new Map<number, number>();
  const layOut = () => {
    const lastRow = Math.floor((firstPfn + count - 1) / COLUMNS);
    let before = -1;
    const add = (row: number) => {
      if (row <= before || rows.length >= ROWS_MAX) return;
      if (row > before + 1 && rows.length > 0) for (let i = 0; i < GAP_ROWS; i++) rows.push(-1);
      if (row !== before + 1 || rows.length === 0) starts.add(rows.length);
      lineOf.set(row, rows.length);
      rows.push(row);
      before = row;
    };
    const top = Math.floor(firstPfn / COLUMNS);
    for (let row = top; row <= lastRow; row++) {
      const from = Math.max(0, row * COLUMNS - firstPfn);
      const to = Math.min(count, (row + 1) * COLUMNS - firstPfn);
      let isOwned = false;
      for (let i = from; i < to && !isOwned; i++) isOwned = owners[i] !== 0;
      if (!isOwned) continue;
      // A gap of few rows is shorter as it is than as a marker.
      const near = before >= 0 && row - before <= GAP_ROWS + 2 ? before + 1 : Math.max(top, row - 1);
      for (let each = near; each <= Math.min(lastRow, row + 1); each++) add(each);
    }
  };

  const rgba = (css: string): number => {
    const value = Number.parseInt(css.slice(1), 16);
    const long =
      css.length === 4 ? ((value & 0xf00) * 0x1100) | ((value & 0xf0) * 0x110) | ((value & 15) * 17) : value;
    return (0xff000000 | ((long & 255) << 16) | (long & 0xff00) | (long >> 16)) >>> 0;
  };
  const draw = () => {
    const colours = new Uint32Array(256).fill(rgba(kit.colour("c12")));
    colours[0] = rgba(kit.colour("free"));
    const dim = rgba(kit.colour("dim"));
    const mark = rgba(kit.colour("mark"));
    for (const { owner, slot } of known) colours[owner] = rgba(kit.colour(`c${slot}`));
    if (chosen >= 0) for (let i = 1; i < 256; i++) if (i !== chosen) colours[i] = dim;
    for (let top = 0; top < rows.length; top += 256) {
      const lines = Math.min(256, rows.length - top);
      const image = context.createImageData(COLUMNS, lines);
      const pixels = new Uint32Array(image.data.buffer);
      for (let y = 0; y < lines; y++) {
        const row = rows[top + y]!;
        const base = y * COLUMNS;
        if (row < 0) {
          if (isGapMiddle(top + y)) for (let x = 0; x < COLUMNS; x++) if (x % 12 < 7) pixels[base + x] = mark;
          continue;
        }
        const from = row * COLUMNS - firstPfn;
        for (let x = 0; x < COLUMNS; x++) {
          const frame = from + x;
          if (frame >= 0 && frame < count) pixels[base + x] = colours[owners[frame]!]!;
        }
      }
      context.putImageData(image, 0, top);
    }
  };
  const isGapMiddle = (line: number) => {
    let above = 0;
    while (rows[line - above - 1] === -1) above++;
    return above === GAP_ROWS >> 1;
  };

  const label = (line: number, text: string, title: string) => {
    const span = document.createElement("span");
    span.textContent = text;
    span.title = title;
    span.style.top = `${line * zoom}px`;
    gutter.append(span);
  };
  const scale = () => {
    plane.style.width = canvas.style.width = `${COLUMNS * zoom}px`;
    plane.style.height = canvas.style.height = `${rows.length * zoom}px`;
    gutter.replaceChildren();
    let free = 0;
    rows.forEach((row, line) => {
      const top = line * zoom;
      const isStart = starts.has(line);
      if (row < 0 || (line > 0 && top < free) || (!isStart && top < free + 46)) return;
      if (top + 14 > rows.length * zoom && line > 0) return;
      label(line, hex(row * COLUMNS), `${memory(row * COLUMNS)} into physical memory`);
      free = top + 15;
    });
    ruler.style.width = `${gutter.offsetWidth + COLUMNS * zoom}px`;
    ruler.replaceChildren();
    const parts = zoom >= 4 ? 16 : zoom === 2 ? 8 : 4;
    for (let i = 0; i < parts; i++) {
      const tick = document.createElement("span");
      tick.textContent = `+${hex((COLUMNS / parts) * i)}`;
      tick.style.left = `${gutter.offsetWidth + (COLUMNS / parts) * i * zoom}px`;
      ruler.append(tick);
    }
    showPointer();
  };

  const showPointer = () => {
    const line = at < 0 ? undefined : lineOf.get(Math.floor(at / COLUMNS));
    pointer.hidden = line === undefined;
    if (line === undefined) return;
    pointer.style.left = `${(at % COLUMNS) * zoom}px`;
    pointer.style.top = `${line * zoom}px`;
    pointer.style.width = pointer.style.height = `${zoom}px`;
  };
  const show = (pfn: number) => {
    const frame = pfn - firstPfn;
    if (frame < 0 || frame >= count) return;
    at = pfn;
    const owner = owners[frame]!;
    let from = frame;
    let to = frame;
    while (from > 0 && owners[from - 1] === owner) from--;
    while (to < count - 1 && owners[to + 1] === owner) to++;
    const who = owner === 0 ? "no owner" : (nameOf.get(owner) ?? "an owner without a name");
    const length = to - from + 1;
    const run =
      length === 1
        ? "a run of 1 frame"
        : `a run of ${kit.number(length)} frames from ${hex(firstPfn + from)}`;
    readout.textContent = `pfn ${hex(pfn)} (${memory(pfn)}): ${who}, ${run}`;
    showPointer();
  };

  /** Brings the frame under the pointer into the box. */
  const reveal = () => {
    const line = lineOf.get(Math.floor(at / COLUMNS)) ?? 0;
    const x = (at % COLUMNS) * zoom;
    const y = line * zoom;
    const wide = box.clientWidth - gutter.offsetWidth;
    const high = box.clientHeight - ruler.offsetHeight;
    if (x < box.scrollLeft + 16 || x > box.scrollLeft + wide - 16) box.scrollLeft = x - wide / 2;
    if (y < box.scrollTop + 16 || y > box.scrollTop + high - 16) box.scrollTop = y - high / 2;
  };
  /** Moves by frames and by lines of the picture; gaps are stepped over. */
  const move = (frames: number, lines: number) => {
    if (at < 0) return goTo(firstOwned());
    let line = (lineOf.get(Math.floor(at / COLUMNS)) ?? 0) + lines;
    let column = (at % COLUMNS) + frames;
    if (column < 0 || column >= COLUMNS) {
      line += Math.sign(frames);
      column = (column + COLUMNS) % COLUMNS;
    }
    const step = Math.sign(lines || frames) || 1;
    line = Math.min(rows.length - 1, Math.max(0, line));
    while (rows[line] === -1) line += step;
    const row = rows[line];
    if (row !== undefined) goTo(Math.min(firstPfn + count - 1, Math.max(firstPfn, row * COLUMNS + column)));
  };
  const goTo = (pfn: number) => {
    show(pfn);
    reveal();
  };
  const firstOwned = () =>
    firstPfn +
    Math.max(
      0,
      owners.findIndex((owner) => owner !== 0),
    );

  canvas.addEventListener("pointermove", (event) => {
    const row = rows[Math.floor(event.offsetY / zoom)];
    if (row !== undefined && row >= 0)
      show(row * COLUMNS + Math.min(COLUMNS - 1, Math.floor(event.offsetX / zoom)));
  });
  canvas.addEventListener("focus", () => at < 0 && show(firstOwned()));
  canvas.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 16 : 1;
    if (event.key === "ArrowLeft") move(-step, 0);
    else if (event.key === "ArrowRight") move(step, 0);
    else if (event.key === "ArrowUp") move(0, -step);
    else if (event.key === "ArrowDown") move(0, step);
    else if (event.key === "PageUp") move(0, -64);
    else if (event.key === "PageDown") move(0, 64);
    else if (event.key === "Home") move(-(at % COLUMNS), 0);
    else if (event.key === "End") move(COLUMNS - 1 - (at % COLUMNS), 0);
    else return;
    event.preventDefault();
  });
  for (const button of zooms)
    button.addEventListener("click", () => {
      const fraction = box.scrollTop / (rows.length * zoom || 1);
      zoom = Number(button.dataset.zoom);
      for (const each of zooms) each.setAttribute("aria-pressed", String(each === button));
      scale();
      box.scrollTop = fraction * rows.length * zoom;
      if (at >= 0) reveal();
    });
  for (const button of filters)
    button.addEventListener("click", () => {
      const owner = Number(button.dataset.owner);
      chosen = chosen === owner ? -1 : owner;
      for (const each of filters)
        each.setAttribute("aria-pressed", String(Number(each.dataset.owner) === chosen));
      draw();
    });
  jump?.addEventListener("change", () => {
    const pfn = Number(jump.value.trim());
    const isHere =
      jump.value.trim() !== "" && Number.isInteger(pfn) && pfn >= firstPfn && pfn < firstPfn + count;
    if (!isHere) readout.textContent = `The map holds pfn ${hex(firstPfn)} to ${hex(firstPfn + count - 1)}.`;
    else if (lineOf.has(Math.floor(pfn / COLUMNS))) goTo(pfn);
    else readout.textContent = `pfn ${hex(pfn)} (${memory(pfn)}): no owner, in a row that is left out`;
  });

  layOut();
  canvas.width = COLUMNS;
  canvas.height = rows.length;
  draw();
  scale();
  if (rows.length >= ROWS_MAX) kit.byId("map-cut")?.removeAttribute("hidden");
  kit.onColours(draw);
}
