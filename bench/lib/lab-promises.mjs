// lab-promises: what the benchmark of the laboratory is to show.
import { median } from "./environment.mjs";

const below = true;
const SOFTWARE = /SwiftShader|llvmpipe|Software/i;

/** What is found in the results, or nothing where the suite did not come so far. */
const found = (figuresOf) => (read) => {
  const { results } = read("lab");
  return results.load === undefined ? { figures: [] } : figuresOf(results);
};

const ofLarge = (figuresOf) =>
  found((results) =>
    results.open.forks === undefined
      ? { figures: [], lacks: "the capture forks is not at hand" }
      : { figures: figuresOf(results) },
  );

/** @param {string} id @param {number} point @param {string} text @param {number} limit @param {(read: any) => import("./promises.mjs").Found} find */
const atMost = (id, point, text, limit, find) => ({ id, point, text, suite: "lab", limit, below, find });

const TASK_MS = 50;

/** By the clock where the browser calls a task long, else in time of the processor; of each capture that was opened. */
const tasks = (steps) =>
  found(({ moments }) => ({
    figures: Object.values(moments).flatMap(({ longest }) =>
      steps.map((step) => Math.max(longest[step].wallMs, longest[step].cpuMs)),
    ),
  }));

/** @type {import("./promises.mjs").Promised[]} */
export const LAB_PROMISES = [
  atMost(
    "lab-first-paint",
    2,
    "laboratory, first contentful paint, ms",
    1000,
    found(({ load }) => ({ figures: [median(load.times.map(({ paintMs }) => paintMs))] })),
  ),
  atMost(
    "lab-code",
    2,
    "laboratory, all code, gzip, KB",
    150,
    found(({ weight }) => ({ figures: [weight.all / 1000] })),
  ),
  atMost(
    "lab-open-forks-first",
    2,
    "laboratory, forks opened first, times Node's verification",
    1.5,
    ofLarge(({ open }) => [open.forks.first.openMs / open.forks.first.nodeMs]),
  ),
  atMost(
    "lab-open-forks",
    2,
    "laboratory, forks opened again, times Node's verification",
    1.5,
    ofLarge(({ open }) => [open.forks.again.openMs / open.forks.again.nodeMs]),
  ),
  atMost(
    "lab-tasks-opening",
    2,
    "laboratory, longest task of the main thread while opening, ms",
    TASK_MS,
    tasks(["opening"]),
  ),
  atMost(
    "lab-tasks-moments",
    2,
    "laboratory, longest task while the slider is dragged, ms",
    TASK_MS,
    tasks(["seeking", "dragging", "mapDragging"]),
  ),
  {
    id: "lab-map-fps",
    point: 3,
    text: "laboratory, map, frames a second while panning, 2^24",
    suite: "lab",
    limit: 60,
    frames: 2 ** 24,
    find: found(({ map }) =>
      SOFTWARE.test(map.renderer)
        ? { figures: [], lacks: `${map.fps} a second without a graphics card` }
        : { figures: [map.fps], note: map.renderer },
    ),
  },
  {
    ...atMost(
      "lab-map-textures",
      3,
      "laboratory, map, textures, MB, 2^24",
      40,
      found(({ map }) => ({ figures: [map.textureBytes / 1e6] })),
    ),
    frames: 2 ** 24,
  },
  atMost(
    "lab-long-trace",
    3,
    "laboratory, trace of 1 GB, peak of the page, MiB",
    1024,
    found(({ long }) =>
      long?.peakBytes === undefined
        ? { figures: [], lacks: long?.skipped ?? "a full run measures it" }
        : { figures: [long.peakBytes / 2 ** 20], note: `${long.textBytes} bytes of text` },
    ),
  ),
];
