/**
 * painting: the map's painter, where it works: in a worker; in the page itself where a worker gets no WebGL2 or no canvas.
 *
 * Nothing is waited for but pictures: what is uploaded or set before one is asked for is in it.
 */
import * as Comlink from "comlink";
import { startWorker } from "../../app/start-worker.js";
import type { PainterWorker } from "../../workers/painter.js";
import type { Layout } from "./layout.js";
import type { Palette } from "./lut.js";
import { type DrawOptions, Painter, type Texels } from "./painter.js";
import type { Viewport } from "./viewport.js";

export interface Drawn {
  /** Milliseconds, of one clock for all pictures of a painting. */
  readonly at: number;
  /** What it took to draw; 0 where that is not known. */
  readonly ms: number;
  readonly textureBytes: number;
}

export interface Painting {
  readonly canvas: HTMLCanvasElement;
  readonly texels: Texels;
  /** Whole rows of the texture; takes the values over. */
  upload(firstRow: number, values: Uint16Array<ArrayBuffer>): void;
  setLut(bytes: Uint8Array): void;
  setLayout(layout: Layout): void;
  setPalette(palette: Palette): void;
  /** Settles when the picture is drawn. */
  draw(view: Viewport, options: DrawOptions): Promise<Drawn>;
  picture(view: Viewport, options: DrawOptions): Promise<ImageBitmap>;
  close(): void;
}

/** True when the graphics context was lost; false when there is one again, with nothing in it. */
export type OnLost = (isLost: boolean) => void;

/** undefined where the browser has no WebGL2 to give.  A canvas that was given to a worker is of no other use: hence `make`. */
export async function openPainting(
  make: () => HTMLCanvasElement,
  nrFrames: number,
  onLost: OnLost,
): Promise<Painting | undefined> {
  return (await inWorker(make(), nrFrames, onLost)) ?? (await inPage(make(), nrFrames, onLost));
}

async function inWorker(
  canvas: HTMLCanvasElement,
  nrFrames: number,
  onLost: OnLost,
): Promise<Painting | undefined> {
  if (!("transferControlToOffscreen" in canvas)) return undefined;
  const worker = startWorker("painter");
  const painter = Comlink.wrap<PainterWorker>(worker);
  const offscreen = canvas.transferControlToOffscreen();
  const texels = await Promise.race([
    painter.open(Comlink.transfer(offscreen, [offscreen]), nrFrames, Comlink.proxy(onLost)),
    new Promise<undefined>((done) => {
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        done(undefined);
      });
    }),
  ]);
  if (texels === undefined) {
    worker.terminate();
    return undefined;
  }
  return {
    canvas,
    texels,
    upload: (firstRow, values) => void painter.upload(firstRow, Comlink.transfer(values, [values.buffer])),
    setLut: (bytes) => void painter.setLut(bytes),
    setLayout: (layout) => void painter.setLayout(layout),
    setPalette: (palette) => void painter.setPalette(palette),
    draw: (view, options) => painter.draw(view, options),
    picture: (view, options) => painter.picture(view, options),
    close: () => worker.terminate(),
  };
}

async function inPage(
  canvas: HTMLCanvasElement,
  nrFrames: number,
  onLost: OnLost,
): Promise<Painting | undefined> {
  const painter = await Painter.open(canvas, nrFrames, onLost);
  return (
    painter && {
      canvas,
      texels: painter.texels,
      upload: (firstRow, values) => painter.upload(firstRow, values),
      setLut: (bytes) => painter.setLut(bytes),
      setLayout: (layout) => painter.setLayout(layout),
      setPalette: (palette) => painter.setPalette(palette),
      draw: async (view, options) => {
        painter.draw(view, options);
        return { at: performance.now(), ms: 0, textureBytes: painter.textureBytes };
      },
      picture: (view, options) => painter.picture(view, options),
      close: () => painter.close(),
    }
  );
}
