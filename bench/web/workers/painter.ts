/**
 * painter: the worker that draws the map.  To get a graphics context, to compile its program and to wait for its pictures may take
 * long, without a graphics card above all; the page does not wait.
 */
import * as Comlink from "comlink";
import { breathe } from "../../../src/lab/breathe.js";
import type { Layout } from "../views/map/layout.js";
import type { Palette } from "../views/map/lut.js";
import { type DrawOptions, Painter, type Texels } from "../views/map/painter.js";
import type { DoneParts, Drawn } from "../views/map/painting.js";
import type { Viewport } from "../views/map/viewport.js";

let painter: Painter;
/** Settles when the picture that was begun last is done. */
let last: Promise<DoneParts> = Promise.resolve({ samples: 0, ms: 0 });
let doneAt = 0;

const worker = {
  /** undefined where a worker gets no WebGL2. */
  async open(
    canvas: OffscreenCanvas,
    nrFrames: number,
    onLost: (isLost: boolean) => void,
  ): Promise<Texels | undefined> {
    if (typeof requestAnimationFrame !== "function") return undefined;
    const made = await Painter.open(canvas, nrFrames, onLost);
    if (made === undefined) return undefined;
    painter = made;
    return made.texels;
  },
  upload: (firstRow: number, values: Uint16Array) => painter.upload(firstRow, values),
  setLut: (bytes: Uint8Array) => painter.setLut(bytes),
  setLayout: (layout: Layout) => painter.setLayout(layout),
  setPalette: (palette: Palette) => painter.setPalette(palette),

  /**
   * Answers when the picture is done and on its way to the screen; of a motion, when the one before it is: the next can be begun
   * while the graphics card works on this one.
   */
  async draw(view: Viewport, options: DrawOptions): Promise<Drawn> {
    const began = performance.now();
    const samples = painter.draw(view, options);
    const before = last;
    last = painter.finished().then(() => {
      const from = Math.max(began, doneAt);
      doneAt = performance.now();
      return { samples, ms: doneAt - from };
    });
    // The browser takes the picture behind the callbacks of an animation frame.
    const taken = new Promise<void>((done) => requestAnimationFrame(() => breathe().then(done)));
    const [done] = await Promise.all([options.isMotion ? before : last, taken]);
    return { at: performance.now(), done, textureBytes: painter.textureBytes };
  },

  async picture(view: Viewport, options: DrawOptions): Promise<ImageBitmap> {
    const picture = await painter.picture(view, options);
    return Comlink.transfer(picture, [picture]);
  },
};

export type PainterWorker = typeof worker;

Comlink.expose(worker);
