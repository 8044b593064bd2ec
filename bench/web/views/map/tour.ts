/**
 * tour: pans and zooms by itself for two seconds, so that the map can measure how fast it is drawn.
 */
import type { Stage } from "./stage.js";
import { centre } from "./viewport.js";

const TOUR_MS = 2000;

/** Ends where it began. */
export function tour(stage: Stage, signal: AbortSignal): Promise<void> {
  const before = stage.view;
  const wasFit = stage.isFit;
  const { layout } = stage;
  const began = performance.now();
  stage.meter.isSteady = true;
  return new Promise((done) => {
    const step = () => {
      const part = (performance.now() - began) / TOUR_MS;
      if (part >= 1 || signal.aborted) {
        stage.meter.isSteady = false;
        if (!signal.aborted) {
          if (wasFit) stage.fit();
          else stage.look(before);
        }
        done();
        return;
      }
      // Once around the plane, and twice from the whole of it to frames of a pixel and back.
      const turn = part * 2 * Math.PI;
      const x = layout.width * (0.5 + 0.3 * Math.cos(turn));
      const y = layout.height * (0.5 + 0.3 * Math.sin(turn));
      const fit = Math.min(before.width / layout.width, before.height / layout.height);
      const near = Math.max(fit, 1);
      stage.look(
        centre(stage.view, layout, x, y, fit * (near / fit) ** ((1 - Math.cos(2 * turn)) / 2)),
        true,
      );
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
}
