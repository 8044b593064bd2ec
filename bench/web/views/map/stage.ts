/**
 * stage: the canvas with what it shows: layout, viewport, texture; draws in the next animation frame after a change, and
 * only then.
 *
 *   take(column) ─► store ─► texture ─┐
 *   layout, lut, pan, zoom, theme ────┴─► wanted ─► animation frame ─► one draw call ─► onDrawn
 *
 * While a motion goes on that the graphics card cannot follow, fewer samples are mixed; at rest all of them.
 */
import { FrameStore } from "./frame-store.js";
import { colsShiftFor, type Layout, layOut, pfnAt, placeOf, TILE_SHIFT } from "./layout.js";
import type { Palette } from "./lut.js";
import { Painter } from "./painter.js";
import { PanMeter } from "./pan-meter.js";
import { centre, placeAt, resize, type Viewport, wholePlane } from "./viewport.js";

/** Along each side of a pixel that holds many frames, at most: at rest, and in motion. */
const SAMPLES = 8;
const SAMPLES_MOVING = 4;
/** Milliseconds without motion after which it is over. */
const REST_MS = 150;
const DENSITY_MAX = 2;

export class Stage {
  readonly canvas: HTMLCanvasElement;
  readonly store: FrameStore;
  readonly meter = new PanMeter();
  readonly #painter: Painter;
  #layout: Layout;
  #view: Viewport;
  #isFit = true;
  #frame = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #isMoving = false;
  #isClosed = false;
  #lut: Uint8Array | undefined;
  #palette: Palette | undefined;
  showsFolios = false;
  showsBlocks = false;
  /** After each drawing; and when the context was lost, or has come back. */
  onDrawn: () => void = () => {};
  onLost: (isLost: boolean) => void = () => {};

  static async open(
    canvas: HTMLCanvasElement,
    nrFrames: number,
    isWhole: boolean,
  ): Promise<Stage | undefined> {
    const painter = await Painter.open(canvas, nrFrames);
    return painter && new Stage(canvas, painter, isWhole);
  }

  private constructor(canvas: HTMLCanvasElement, painter: Painter, isWhole: boolean) {
    this.canvas = canvas;
    this.#painter = painter;
    this.store = new FrameStore(painter.nrFrames);
    if (isWhole) this.store.used.fill(1);
    this.#layout = layOut(painter.nrFrames, this.store.used, colsShiftFor(painter.nrFrames, this.store.used));
    this.#view = wholePlane(this.#layout, canvas.width, canvas.height);
    painter.setLayout(this.#layout);
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      if (!this.#isClosed) this.onLost(true);
    });
    canvas.addEventListener("webglcontextrestored", () => void this.#restore());
  }

  get layout(): Layout {
    return this.#layout;
  }
  get view(): Viewport {
    return this.#view;
  }
  get isFit(): boolean {
    return this.#isFit;
  }
  get textureBytes(): number {
    return this.#painter.textureBytes;
  }
  get framesPerTexel(): number {
    return 2 ** this.#painter.texelShift;
  }
  get density(): number {
    return Math.min(DENSITY_MAX, devicePixelRatio || 1);
  }

  /** Shows a column.  The first one decides how wide the plane is. */
  async take(values: Uint16Array, isFirst: boolean): Promise<void> {
    const hasGrown = await this.store.take(values, this.#painter);
    if (this.#isClosed) return;
    if (hasGrown || isFirst) this.#layOutAgain(isFirst);
    this.wantDraw();
  }

  /** Shows the row of a frame that was left out so far. */
  showRowOf(pfn: number): void {
    if (placeOf(this.#layout, pfn) !== undefined) return;
    this.store.used[Math.floor(pfn / 2 ** TILE_SHIFT)] = 1;
    this.#layOutAgain(false);
  }

  #layOutAgain(isFirst: boolean): void {
    const { used, nrFrames } = this.store;
    const middle = this.pfnAtPixel(this.#view.width / 2, this.#view.height / 2);
    const colsShift = isFirst ? colsShiftFor(nrFrames, used) : this.#layout.colsShift;
    this.#layout = layOut(nrFrames, used, colsShift);
    this.#painter.setLayout(this.#layout);
    const place = placeOf(this.#layout, middle);
    if (this.#isFit || isFirst || place === undefined) this.fit();
    else this.look(centre(this.#view, this.#layout, place.x, place.y));
  }

  setColours(lut: Uint8Array, palette: Palette): void {
    this.#lut = lut;
    this.#palette = palette;
    this.#painter.setLut(lut);
    this.#painter.setPalette(palette);
    this.wantDraw();
  }

  /** `isMotion`: one of many, as of a drag. */
  look(view: Viewport, isMotion = false): void {
    this.#view = view;
    this.#isFit = false;
    if (isMotion) this.#move();
    this.wantDraw();
  }

  fit(): void {
    this.look(wholePlane(this.#layout, this.canvas.width, this.canvas.height));
    this.#isFit = true;
  }

  /** The canvas has so many pixels of the page now. */
  setSize(width: number, height: number): void {
    const w = Math.max(1, Math.round(width * this.density));
    const h = Math.max(1, Math.round(height * this.density));
    if (w === this.canvas.width && h === this.canvas.height) return;
    this.canvas.width = w;
    this.canvas.height = h;
    const wasFit = this.#isFit;
    this.look(resize(this.#view, this.#layout, w, h));
    if (wasFit) this.fit();
    // A canvas that changes its size is empty until it is drawn.
    this.#draw();
  }

  /** -1 where there is no frame. */
  pfnAtPixel(x: number, y: number): number {
    const place = placeAt(this.#view, x, y);
    return pfnAt(this.#layout, place.x, place.y);
  }

  wantDraw(): void {
    if (this.#frame !== 0 || this.#isClosed) return;
    this.#frame = requestAnimationFrame((now) => {
      this.#frame = 0;
      // Half old, half new: the column that is being taken over is drawn when it is whole.
      if (this.store.isBusy) return;
      this.#draw();
      if (this.#isMoving) this.meter.drew(now);
    });
  }

  #draw(): void {
    if (this.#isClosed || this.#painter.isLost || this.#lut === undefined) return;
    const most = Math.max(1, Math.min(SAMPLES, Math.ceil(1 / this.#view.scale)));
    this.#painter.draw(this.#view, {
      samples: this.#isMoving ? this.meter.samplesFor(Math.min(SAMPLES_MOVING, most)) : most,
      showsFolios: this.showsFolios,
      showsBlocks: this.showsBlocks,
      density: this.density,
    });
    this.onDrawn();
  }

  #move(): void {
    if (!this.#isMoving) this.meter.begin();
    this.#isMoving = true;
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => {
      if (this.meter.isSteady) return this.#move();
      this.#isMoving = false;
      this.meter.end();
      this.wantDraw();
    }, REST_MS);
  }

  /** The picture as it is shown; its pixels are there only until the browser takes them. */
  copy(pen: CanvasRenderingContext2D, x: number, y: number): void {
    this.#draw();
    pen.drawImage(this.canvas, x, y);
  }

  async #restore(): Promise<void> {
    if (this.#isClosed || !(await this.#painter.rebuild()) || this.#isClosed) return;
    this.#painter.setLayout(this.#layout);
    if (this.#lut !== undefined && this.#palette !== undefined) this.setColours(this.#lut, this.#palette);
    await this.store.sendAll(this.#painter);
    this.onLost(false);
    this.wantDraw();
  }

  close(): void {
    this.#isClosed = true;
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#rest);
    this.#painter.close();
  }
}
