/**
 * stage: the canvas with what it shows: layout, viewport, texture; draws in the next animation frame after a change, and
 * only then.
 *
 *   take(column) ─► store ─► texture ─┐
 *   layout, lut, pan, zoom, theme ────┴─► wanted ─► animation frame ─► onDraw ─► painting ─► drawn: what onDraw gave is called
 *
 * One picture is asked for at a time, of a worker: of what is wanted meanwhile the newest is drawn next, nothing queues up.  While
 * the canvas does not show what is wanted, as it is at rest, it has the attribute data-busy.
 * While a motion goes on that the graphics card cannot follow, fewer samples are mixed, and what is held is stretched; at rest
 * all is drawn.
 */
import { FrameStore } from "./frame-store.js";
import { colsShiftFor, type Layout, layOut, pfnAt, placeOf, TILE_SHIFT } from "./layout.js";
import type { Palette } from "./lut.js";
import { Pace } from "./pace.js";
import type { DrawOptions } from "./painter.js";
import { openPainting, type Painting } from "./painting.js";
import { PanMeter } from "./pan-meter.js";
import { centre, placeAt, resize, type Viewport, wholePlane } from "./viewport.js";

/** Along each side of a pixel that holds many frames, at most. */
const SAMPLES = 8;
/** Milliseconds without motion after which it is over. */
const REST_MS = 150;
const DENSITY_MAX = 2;

export class Stage {
  readonly canvas: HTMLCanvasElement;
  readonly store: FrameStore;
  readonly meter = new PanMeter();
  readonly #painter: Painting;
  #textureBytes = 0;
  readonly #pace = new Pace();
  #layout: Layout;
  #view: Viewport;
  #isFit = true;
  #frame = 0;
  #isStale = false;
  #isDrawing = false;
  #isLost = false;
  /** How often a context was lost or came back. */
  #contexts = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #isMoving = false;
  #isClosed = false;
  #isBusy = false;
  #lut: Uint8Array | undefined;
  #palette: Palette | undefined;
  showsFolios = false;
  showsBlocks = false;
  /** When a picture is begun; what it answers is called when that picture is drawn. */
  onDraw: () => () => void = () => () => {};
  /** When the graphics context was lost, or has come back. */
  onLost: (isLost: boolean) => void = () => {};

  static async open(
    makeCanvas: () => HTMLCanvasElement,
    nrFrames: number,
    isWhole: boolean,
  ): Promise<Stage | undefined> {
    let stage: Stage | undefined;
    const painter = await openPainting(makeCanvas, nrFrames, (isLost) => {
      if (stage !== undefined) stage.#lose(isLost);
    });
    stage = painter && new Stage(painter, nrFrames, isWhole);
    return stage;
  }

  private constructor(painter: Painting, nrFrames: number, isWhole: boolean) {
    this.canvas = painter.canvas;
    this.#painter = painter;
    this.store = new FrameStore(nrFrames);
    if (isWhole) this.store.used.fill(1);
    this.#layout = layOut(nrFrames, this.store.used, colsShiftFor(nrFrames, this.store.used));
    this.#view = wholePlane(this.#layout, this.canvas.width, this.canvas.height);
    painter.setLayout(this.#layout);
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
    return this.#textureBytes;
  }
  /** The canvas does not show yet what is wanted. */
  get isBusy(): boolean {
    return this.#isBusy;
  }
  #setBusy(isBusy: boolean): void {
    this.#isBusy = isBusy;
    if (isBusy) this.canvas.dataset.busy = "";
    else delete this.canvas.dataset.busy;
  }
  /** Of its graphics context. */
  get isLost(): boolean {
    return this.#isLost;
  }
  get framesPerTexel(): number {
    return 2 ** this.#painter.texels.shift;
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
    this.look(wholePlane(this.#layout, this.#view.width, this.#view.height));
    this.#isFit = true;
  }

  /** The canvas has so many pixels of the page now. */
  setSize(width: number, height: number): void {
    const w = Math.max(1, Math.round(width * this.density));
    const h = Math.max(1, Math.round(height * this.density));
    if (w === this.#view.width && h === this.#view.height) return;
    const wasFit = this.#isFit;
    this.look(resize(this.#view, this.#layout, w, h));
    if (wasFit) this.fit();
  }

  /** -1 where there is no frame. */
  pfnAtPixel(x: number, y: number): number {
    const place = placeAt(this.#view, x, y);
    return pfnAt(this.#layout, place.x, place.y);
  }

  wantDraw(): void {
    this.#isStale = true;
    this.#setBusy(true);
    if (this.#frame !== 0 || this.#isClosed) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      void this.#draw();
    });
  }

  async #draw(hasWaited = false): Promise<void> {
    if (this.#isDrawing || this.#isClosed || this.#isLost || this.#lut === undefined) return;
    // Half old, half new: the column that is being taken over is drawn when it is whole.
    if (this.store.isBusy) return;
    this.#isStale = false;
    this.#isDrawing = true;
    const isMotion = this.#isMoving;
    const tell = this.onDraw();
    const options = this.#drawOptions();
    const context = this.#contexts;
    const drawn = await this.#painter.draw(this.#view, options).catch(() => undefined);
    this.#isDrawing = false;
    if (this.#isClosed) return;
    // One that failed because of a loss says nothing of the context that is there since.
    if (drawn === undefined) return context === this.#contexts ? this.#lose(true) : void this.#draw();
    const { at, done, textureBytes } = drawn;
    this.#textureBytes = textureBytes;
    this.#pace.learn(done.ms, done.samples, this.#view.width * this.#view.height);
    if (!this.#isLost) tell();
    if (isMotion) this.meter.drew(at, hasWaited);
    if (this.#isStale) void this.#draw(true);
    // Behind a motion there is one more.
    else if (!this.#isMoving) this.#setBusy(false);
  }

  #drawOptions(): DrawOptions {
    return {
      samples: Math.max(1, Math.min(SAMPLES, Math.ceil(1 / this.#view.scale))),
      isMotion: this.#isMoving,
      samplesMax: this.#isMoving ? this.#pace.samplesMax : Number.POSITIVE_INFINITY,
      showsFolios: this.showsFolios,
      showsBlocks: this.showsBlocks,
      density: this.density,
    };
  }

  #move(): void {
    if (this.#isClosed) return;
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

  /** As it is shown at rest. */
  picture(): Promise<ImageBitmap> {
    const rest = { isMotion: false, samplesMax: Number.POSITIVE_INFINITY };
    return this.#painter.picture(this.#view, { ...this.#drawOptions(), ...rest });
  }

  #lose(isLost: boolean): void {
    if (this.#isClosed) return;
    this.#contexts++;
    this.#isLost = isLost;
    if (isLost) this.onLost(true);
    else void this.#restore();
  }

  async #restore(): Promise<void> {
    this.#painter.setLayout(this.#layout);
    if (this.#lut !== undefined && this.#palette !== undefined) this.setColours(this.#lut, this.#palette);
    await this.store.sendAll(this.#painter);
    if (this.#isClosed || this.#isLost) return;
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
