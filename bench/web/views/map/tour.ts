/**
 * tour: moves the map by itself, so that it can measure how fast it is drawn: two seconds panning, two seconds zooming.
 */
import { PICTURES_MIN } from "./pan-meter.js";
import type { Stage } from "./stage.js";
import { centre, type Viewport } from "./viewport.js";

const EACH_MS = 2000;
/** Of all of it: a map that draws nothing is not waited for. */
const MOST_MS = 30_000;
const ROUND = 2 * Math.PI;

/** Frames a second of each motion. */
export interface TourSpeeds {
  readonly panning: number;
  readonly zooming: number;
}

/** Ends where it began; undefined if it was stopped on the way, or nothing was drawn. */
export async function tour(stage: Stage, signal: AbortSignal): Promise<TourSpeeds | undefined> {
  const before = stage.view;
  const wasFit = stage.isFit;
  const { layout } = stage;
  const fit = Math.min(before.width / layout.width, before.height / layout.height);
  const near = Math.max(2 * fit, 1);
  const began = performance.now();
  const isOver = () => signal.aborted || stage.isLost || performance.now() - began > MOST_MS;
  // Once around the plane, of which a quarter is in sight.
  const around = (part: number) =>
    centre(
      stage.view,
      layout,
      layout.width * (0.5 + 0.25 * Math.cos(part * ROUND)),
      layout.height * (0.5 + 0.25 * Math.sin(part * ROUND)),
      2 * fit,
    );
  // From the whole of it to frames of a pixel, and back.
  const toAndFro = (part: number) =>
    centre(
      stage.view,
      layout,
      layout.width / 2,
      layout.height / 2,
      fit * (near / fit) ** ((1 - Math.cos(part * ROUND)) / 2),
    );
  try {
    // From rest, as a drag.
    stage.look(around(0));
    while (stage.isBusy && !isOver()) await nextFrame();
    stage.meter.isSteady = true;
    const panning = await motion(stage, isOver, around);
    const zooming = panning && (await motion(stage, isOver, toAndFro));
    return panning && zooming ? { panning, zooming } : undefined;
  } finally {
    stage.meter.isSteady = false;
    // What is drawn from here on is none of it.
    stage.meter.begin();
    if (!signal.aborted) {
      if (wasFit) stage.fit();
      else stage.look(before);
    }
  }
}

/** Goes on until there are pictures enough to count. */
async function motion(
  stage: Stage,
  isOver: () => boolean,
  viewAt: (part: number) => Viewport,
): Promise<number | undefined> {
  const { meter } = stage;
  const began = performance.now();
  let part = 0;
  do {
    if (isOver()) return undefined;
    stage.look(viewAt(part), true);
    if (part === 0) meter.begin();
    await nextFrame();
    part = (performance.now() - began) / EACH_MS;
  } while (part < 1 || meter.counted < PICTURES_MIN);
  meter.end();
  return meter.fps;
}

function nextFrame(): Promise<unknown> {
  return new Promise((done) => requestAnimationFrame(done));
}
