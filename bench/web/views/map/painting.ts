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

export interface DoneParts {
  /** Without those in which the one before was still drawn. */
  readonly ms: number;
  /** Frames that were looked at, each time. */
  readonly samples: number;
}

export interface Drawn {
  /** Milliseconds, of one clock for all pictures of a painting. */
  readonly at: number;
  /** The last picture that is known to be done: this one, or in a motion the one before it. */
  readonly done: DoneParts;
  readonly textureBytes: number;
}

export interface Painting {
  readonly canvas: HTMLCanvasElement;
  readonly texels: Texels;
  /** Whole rows of the texture; takes the values over.  Settles when they are there. */
  upload(firstRow: number, values: Uint16Array<ArrayBuffer>): Promise<void>;
  setLut(bytes: Uint8Array): void;
  setLayout(layout: Layout): void;
  setPalette(palette: Palette): void;
  /** Settles when the picture is drawn; one of a motion when it is begun, and the one before it drawn. */
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
  let fail = () => {};
  const ended = new Promise<undefined>((done) => {
    fail = () => done(undefined);
  });
  let isOpen = false;
  worker.addEventListener("error", (event) => {
    if (!isOpen) event.preventDefault();
    fail();
  });
  const texels = await Promise.race([
    painter
      .open(Comlink.transfer(offscreen, [offscreen]), nrFrames, Comlink.proxy(onLost))
      .catch(() => undefined),
    ended,
  ]);
  if (texels === undefined) {
    worker.terminate();
    return undefined;
  }
  isOpen = true;
  // From now on a worker that fails is a picture that is lost.
  fail = () => onLost(true);
  const told = (done: Promise<void>) => done.catch(() => fail());
  return {
    canvas,
    texels,
    upload: (firstRow, values) => told(painter.upload(firstRow, Comlink.transfer(values, [values.buffer]))),
    setLut: (bytes) => void told(painter.setLut(bytes)),
    setLayout: (layout) => void told(painter.setLayout(layout)),
    setPalette: (palette) => void told(painter.setPalette(palette)),
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
      upload: async (firstRow, values) => painter.upload(firstRow, values),
      setLut: (bytes) => painter.setLut(bytes),
      setLayout: (layout) => painter.setLayout(layout),
      setPalette: (palette) => painter.setPalette(palette),
      draw: async (view, options) => {
        const began = performance.now();
        const samples = painter.draw(view, options);
        await painter.finished();
        const at = performance.now();
        return { at, done: { ms: at - began, samples }, textureBytes: painter.textureBytes };
      },
      picture: (view, options) => painter.picture(view, options),
      close: () => painter.close(),
    }
  );
}
