/// <reference types="vite/client" />
// The stage and its painter, which works elsewhere: what is drawn when, and what is sent again after a loss.
import { beforeEach, expect, test, vi } from "vitest";
import type { Palette } from "../../../bench/web/views/map/lut.js";
import type { DrawOptions } from "../../../bench/web/views/map/painter.js";
import type { Drawn, OnLost } from "../../../bench/web/views/map/painting.js";
import { Stage } from "../../../bench/web/views/map/stage.js";
import { pan, type Viewport, zoomAt } from "../../../bench/web/views/map/viewport.js";

const NR_FRAMES = 4096 * 8;

interface Call {
  readonly name: string;
  readonly view?: Viewport;
  readonly options?: DrawOptions;
  readonly done?: (drawn: Drawn) => void;
  readonly fail?: (error: Error) => void;
}
const calls: Call[] = [];
let lose: OnLost;
let frames: FrameRequestCallback[] = [];

vi.mock("../../../bench/web/views/map/painting.js", () => ({
  openPainting: async (make: () => HTMLCanvasElement, nrFrames: number, onLost: OnLost) => {
    lose = onLost;
    const call = (name: string) => () => void calls.push({ name });
    return {
      canvas: make(),
      texels: { shift: 0, rows: Math.ceil(nrFrames / 4096) },
      upload: call("upload"),
      setLut: call("lut"),
      setLayout: call("layout"),
      setPalette: call("palette"),
      draw: (view: Viewport, options: DrawOptions) =>
        new Promise((done, fail) => calls.push({ name: "draw", view, options, done, fail })),
      close: call("close"),
    };
  },
}));
vi.stubGlobal("devicePixelRatio", 1);
vi.stubGlobal("requestAnimationFrame", (callback: FrameRequestCallback) => frames.push(callback));
vi.stubGlobal("cancelAnimationFrame", () => {});

const draws = () => calls.filter(({ name }) => name === "draw");
/** Those that were asked for so far; then what they led to. */
async function animationFrame(): Promise<void> {
  for (const callback of frames.splice(0)) callback(0);
  await new Promise((done) => setTimeout(done));
}
async function finish(ms = 1, samples = 0): Promise<void> {
  draws().at(-1)!.done!({ at: 1, done: { ms, samples }, textureBytes: 77 });
  await new Promise((done) => setTimeout(done));
}

async function failNow(): Promise<void> {
  draws().at(-1)!.fail!(new Error("the worker is gone"));
  await new Promise((done) => setTimeout(done));
}

beforeEach(() => {
  calls.length = 0;
  frames = [];
});

async function openStage(): Promise<Stage> {
  const canvas = { dataset: {}, width: 300, height: 150 } as unknown as HTMLCanvasElement;
  const stage = (await Stage.open(() => canvas, NR_FRAMES, false))!;
  await stage.take(new Uint16Array(NR_FRAMES).fill(1), true);
  stage.setColours(new Uint8Array(1024), {} as Palette);
  return stage;
}

/** What a stage will tell of its context: lost, or there again. */
function lossesOf(stage: Stage): readonly boolean[] {
  const losses: boolean[] = [];
  stage.onLost = (isLost) => losses.push(isLost);
  return losses;
}

test("while a picture is drawn none is begun; then the newest that was wanted, and none between", async () => {
  const stage = await openStage();
  const told: number[] = [];
  stage.onDraw = () => {
    const { originX } = stage.view;
    return () => told.push(originX);
  };
  await animationFrame();
  expect(draws()).toHaveLength(1);
  const first = stage.view.originX;
  for (let i = 0; i < 5; i++) {
    stage.look(pan(stage.view, stage.layout, 3, 0));
    await animationFrame();
  }
  expect(draws()).toHaveLength(1);
  expect(told).toEqual([]);
  expect(stage.canvas.dataset.busy).toBeDefined();
  await finish();
  expect(draws()).toHaveLength(2);
  expect(draws()[1]!.view).toEqual(stage.view);
  expect(stage.view.originX).not.toBe(first);
  // Told of the picture that was drawn, not of what is wanted by now.
  expect(told).toEqual([first]);
  await finish();
  expect(told).toEqual([first, stage.view.originX]);
  expect(stage.textureBytes).toBe(77);
  expect(stage.canvas.dataset.busy).toBeUndefined();
  await animationFrame();
  expect(draws()).toHaveLength(2);
});

test("after a loss nothing is drawn until there is a context again and everything was sent to it", async () => {
  const stage = await openStage();
  const losses = lossesOf(stage);
  await animationFrame();
  await finish();
  lose(true);
  stage.look(pan(stage.view, stage.layout, 3, 0));
  await animationFrame();
  expect(draws()).toHaveLength(1);
  expect(losses).toEqual([true]);
  calls.length = 0;
  lose(false);
  await vi.waitFor(() => expect(losses).toEqual([true, false]));
  await animationFrame();
  const names = calls.map(({ name }) => name);
  expect(names.slice(0, 3)).toEqual(["layout", "lut", "palette"]);
  expect(names).toContain("upload");
  expect(names.indexOf("draw")).toBe(names.length - 1);
});

test("a picture that fails is a context that is lost, and told once", async () => {
  const stage = await openStage();
  const losses = lossesOf(stage);
  await animationFrame();
  await failNow();
  expect(losses).toEqual([true]);
  stage.wantDraw();
  await animationFrame();
  expect(draws()).toHaveLength(1);
});

test("a picture that fails when there is a context again is drawn again, and nothing is lost", async () => {
  const stage = await openStage();
  const losses = lossesOf(stage);
  await animationFrame();
  lose(true);
  lose(false);
  await vi.waitFor(() => expect(losses).toEqual([true, false]));
  await failNow();
  await animationFrame();
  expect(losses).toEqual([true, false]);
  expect(draws()).toHaveLength(2);
});

test("a closed stage draws nothing more", async () => {
  const stage = await openStage();
  stage.close();
  stage.wantDraw();
  await animationFrame();
  expect(draws()).toHaveLength(0);
  expect(calls.at(-1)!.name).toBe("close");
});

test("pictures of a motion say so, and have the samples that those before allow; at rest all of them", async () => {
  const stage = await openStage();
  const { width, height } = stage.view;
  stage.look(zoomAt(stage.view, stage.layout, 0.4, 0, 0));
  await animationFrame();
  const rest = draws()[0]!.options!;
  expect(rest.samples).toBeGreaterThan(1);
  expect([rest.isMotion, rest.samplesMax]).toEqual([false, Number.POSITIVE_INFINITY]);
  await finish(84, width * height);
  stage.look(pan(stage.view, stage.layout, 1, 0), true);
  await animationFrame();
  const moved = draws()[1]!.options!;
  expect([moved.isMotion, moved.samples]).toEqual([true, rest.samples]);
  expect(moved.samplesMax).toBeCloseTo((width * height) / 8);
  await finish();
  // One more picture is to come.
  expect(stage.canvas.dataset.busy).toBeDefined();
  // The motion is over when nothing has moved for a while.
  await vi.waitFor(async () => {
    await animationFrame();
    expect(draws().at(-1)!.options).toEqual(rest);
  });
  await finish();
  expect(stage.canvas.dataset.busy).toBeUndefined();
  stage.close();
});
