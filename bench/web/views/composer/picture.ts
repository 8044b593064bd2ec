/** picture: a sketch on a canvas, in the page's colours. */
import { colour } from "../../app/theme.js";
import { SKETCH_COLUMNS, SKETCH_ROWS, type Sketch } from "./sketch.js";

/** --c0 … of the style sheet. */
const NR_COLOURS = 13;
/** Of a frame that nothing happens to, against the ground. */
const REST = 0.45;

export function drawSketch(canvas: HTMLCanvasElement, { owner, touched }: Sketch): void {
  canvas.width = SKETCH_COLUMNS;
  canvas.height = SKETCH_ROWS;
  const pen = canvas.getContext("2d")!;
  const ground = rgbOf(colour("--free"));
  const owners = Array.from({ length: NR_COLOURS }, (_, i) => rgbOf(colour(`--c${i}`)));
  const image = pen.createImageData(SKETCH_COLUMNS, SKETCH_ROWS);
  for (let i = 0; i < owner.length; i++) {
    const id = owner[i]!;
    const full = id === 0 ? ground : owners[(id - 1) % NR_COLOURS]!;
    const part = touched[i] === 1 ? 1 : REST;
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = ground[c]! + part * (full[c]! - ground[c]!);
    image.data[4 * i + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
}

/** "#0072b2" or "#fff" as three bytes. */
function rgbOf(hex: string): readonly [number, number, number] {
  const digits = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit).join("") : hex.slice(1);
  const value = Number.parseInt(digits, 16);
  return [value >> 16, (value >> 8) & 0xff, value & 0xff];
}
