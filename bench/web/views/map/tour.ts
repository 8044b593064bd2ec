/**
 * tour: moves the map by itself, so that it can measure how fast it is drawn: two seconds panning, two seconds zooming.
 */
import { PICTURES_MIN } from "./pan-meter.js";
import type { Stage } from "./stage.js";
import { centre, type Viewport } from "./viewport.js";

const MOTION_MS = 2000;
const ROUND = 2 * Math.PI;

/** Frames a second of each motion. */
export interface TourSpeeds {
  readonly panning: number;
  readonly zooming: number;
}

/** Ends where it began; undefined if it was stopped on the way. */
export async function tour(stage: Stage, signal: AbortSignal): Promise<TourSpeeds | undefined> {
  const before = stage.view;
  const wasFit = stage.isFit;
  const { layout } = stage;
  const fit = Math.min(before.width / layout.width, before.height / layout.height);
  const near = Math.max(2 * fit, 1);
  const around = (part: number) =>
    centre(
      stage.view,
      layout,
      layout.width * (0.5 + 0.25 * Math.cos(part * ROUND)),
      layout.height * (0.5 + 0.25 * Math.sin(part * ROUND)),
      2 * fit,
    );
  // Once around the plane, of which a quarter is in sight; from rest, as a drag.
  stage.look(around(0));
  while (stage.isBusy && !signal.aborted) await nextFrame();
  stage.meter.isSteady = true;
  const panning = await motion(stage, signal, around);
  // From the whole of it to frames of a pixel, and back.
  const zooming = await motion(stage, signal, (part) =>
    centre(
      stage.view,
      layout,
      layout.width / 2,
      layout.height / 2,
      fit * (near / fit) ** ((1 - Math.cos(part * ROUND)) / 2),
    ),
  );
  stage.meter.isSteady = false;
  // What is drawn from here on is none of it.
  stage.meter.begin();
  if (signal.aborted) return undefined;
  if (wasFit) stage.fit();
  else stage.look(before);
  return { panning, zooming };
}

/** Goes on until there are pictures enough to count. */
async function motion(
  stage: Stage,
  signal: AbortSignal,
  viewAt: (part: number) => Viewport,
): Promise<number> {
  const { meter } = stage;
  const began = performance.now();
  stage.look(viewAt(0), true);
  meter.begin();
  for (
    let part = 0;
    part < 1 || meter.counted < PICTURES_MIN;
    part = (performance.now() - began) / MOTION_MS
  ) {
    if (signal.aborted) return 0;
    stage.look(viewAt(part), true);
    await nextFrame();
  }
  meter.end();
  return meter.fps;
}

function nextFrame(): Promise<unknown> {
  return new Promise((done) => requestAnimationFrame(done));
}
