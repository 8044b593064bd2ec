/**
 * painter: the map's canvas: one texture of values, one of colours, one of rows, and one of what was drawn last.
 *
 *   frames  R16UI, 4096 wide: 2 bytes a frame, 32 MiB at 2^24 frames; above TEXELS_MAX a texel stands for 2^n frames
 *   lut     RGBA8, 256 wide: colour of a value
 *   rows    R32I, 256 wide: row of memory behind each row of the plane
 *   ring    RGBA8, as large as the canvas: the last picture (held.ts), unless that is more than TEXTURES_MAX allows
 *
 * MOTION   A pan draws what comes into sight, and copies the rest.  A zoom draws all of it if that is done in time; else what was
 *          drawn last is stretched, and only what that leaves bare is drawn.
 *
 * LOSS  A graphics context may be taken away at any time.  Then nothing is drawn until it is back and built anew; the caller, who
 *       is told of both, uploads everything again.
 */
import { area, areaOf, type Box, type Piece, pieces, scaled, sightOf, without } from "./held.js";
import { type Layout, TILE_SIDE } from "./layout.js";
import { LUT_WIDTH, type Palette, type Rgb } from "./lut.js";
import { compilePrograms, type Program, uniformOf } from "./programs.js";
import { Ring } from "./ring.js";
import type { Viewport } from "./viewport.js";

export const TEXTURE_WIDTH = 4096;
/** Bytes of all textures; and of colours and rows, which may grow. */
const TEXTURES_MAX = 40e6;
const GROWING_BYTES = 2 ** 19;
/** 38 MB of values leave room for the colours. */
const TEXELS_MAX = 19_000_000;
const ROWS_WIDTH = 256;
/** Between two looks whether a picture is done. */
const FENCE_MS = 2;
/** How far a picture is stretched. */
const STRETCH_MAX = 4;

/** Which texture each sampler reads. */
const UNITS = { frames: 0, lut: 1, rows: 2 } as const;

export interface DrawOptions {
  /** Frames along each side of a pixel that holds many, at most. */
  readonly samples: number;
  /** One of many pictures: it may be poorer than one at rest. */
  readonly isMotion: boolean;
  /** Frames of the whole picture that are looked at, about. */
  readonly samplesMax: number;
  readonly showsFolios: boolean;
  readonly showsBlocks: boolean;
  /** Pixels of the device in one of the page. */
  readonly density: number;
}

/** The last picture that was drawn from frames. */
interface Held {
  readonly sight: Box;
  readonly scale: number;
  readonly samples: number;
  /** All else that it depends on. */
  readonly key: string;
}

/** How frames lie in their texture. */
export interface Texels {
  /** One stands for 2^shift frames. */
  readonly shift: number;
  readonly rows: number;
}

export class Painter {
  readonly #gl: WebGL2RenderingContext;
  readonly #canvas: HTMLCanvasElement | OffscreenCanvas;
  readonly texels: Texels;
  #mixed: Program | undefined;
  #single: Program | undefined;
  /** The one in use. */
  #program: Program | undefined;
  /** Uniforms that stay from one picture to the next. */
  #ints: Record<string, number> = {};
  #colours: Record<string, Rgb> = {};
  #frames: WebGLTexture | null = null;
  #lut: WebGLTexture | null = null;
  #rows: WebGLTexture | null = null;
  /** undefined where there is no room for one of `ringSize`. */
  #ring: Ring | undefined;
  #ringSize = "";
  #held: Held | undefined;
  /** Of the last picture, held or stretched. */
  #scale = 0;
  #bytes = { frames: 0, lut: 0, rows: 0, ring: 0 };

  /** undefined where the browser has no WebGL2 to give. */
  static async open(
    canvas: HTMLCanvasElement | OffscreenCanvas,
    nrFrames: number,
    onLost: (isLost: boolean) => void,
  ): Promise<Painter | undefined> {
    const options = { alpha: false, antialias: false, depth: false, stencil: false };
    const gl = canvas.getContext("webgl2", options) as WebGL2RenderingContext | null;
    if (gl === null) return undefined;
    const painter = new Painter(gl, canvas, nrFrames);
    if (!(await painter.#build())) return undefined;
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      onLost(true);
    });
    canvas.addEventListener("webglcontextrestored", async () => {
      if (await painter.#build()) onLost(false);
    });
    return painter;
  }

  private constructor(
    gl: WebGL2RenderingContext,
    canvas: HTMLCanvasElement | OffscreenCanvas,
    nrFrames: number,
  ) {
    this.#gl = gl;
    this.#canvas = canvas;
    const side = (gl.getParameter(gl.MAX_TEXTURE_SIZE) as number | null) ?? TEXTURE_WIDTH;
    const most = Math.min(TEXELS_MAX, TEXTURE_WIDTH * side);
    let shift = 0;
    while (Math.ceil(nrFrames / 2 ** shift) > most) shift++;
    this.texels = { shift, rows: Math.max(1, Math.ceil(nrFrames / 2 ** shift / TEXTURE_WIDTH)) };
  }

  /** Of all textures. */
  get textureBytes(): number {
    const { frames, lut, rows, ring } = this.#bytes;
    return frames + lut + rows + ring;
  }

  /** Programs and empty textures; after a loss, again.  False if the browser refuses. */
  async #build(): Promise<boolean> {
    const gl = this.#gl;
    const programs = await compilePrograms(gl);
    if (programs === undefined) return false;
    [this.#mixed, this.#single] = programs;
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    this.#frames = this.#texture("frames");
    this.#lut = this.#texture("lut");
    this.#rows = this.#texture("rows");
    gl.activeTexture(gl.TEXTURE0);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R16UI, TEXTURE_WIDTH, this.texels.rows);
    this.#bytes = { frames: TEXTURE_WIDTH * this.texels.rows * 2, lut: 0, rows: 0, ring: 0 };
    this.#ring = this.#held = undefined;
    this.#ringSize = "";
    return true;
  }

  #texture(name: keyof typeof UNITS): WebGLTexture | null {
    const gl = this.#gl;
    const texture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0 + UNITS[name]);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const side of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
      gl.texParameteri(gl.TEXTURE_2D, side, gl.NEAREST);
    return texture;
  }

  /** Whole rows of the texture: `texels.length` is a multiple of its width. */
  upload(firstRow: number, texels: Uint16Array): void {
    const gl = this.#gl;
    this.#held = undefined;
    gl.activeTexture(gl.TEXTURE0);
    const height = texels.length / TEXTURE_WIDTH;
    gl.texSubImage2D(
      gl.TEXTURE_2D,
      0,
      0,
      firstRow,
      TEXTURE_WIDTH,
      height,
      gl.RED_INTEGER,
      gl.UNSIGNED_SHORT,
      texels,
    );
  }

  setLut(bytes: Uint8Array): void {
    const gl = this.#gl;
    this.#held = undefined;
    const height = bytes.length / (LUT_WIDTH * 4);
    gl.activeTexture(gl.TEXTURE1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, LUT_WIDTH, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    this.#bytes.lut = bytes.length;
  }

  setLayout(layout: Layout): void {
    const gl = this.#gl;
    this.#held = undefined;
    const height = Math.ceil(layout.rows.length / ROWS_WIDTH);
    const texels = new Int32Array(ROWS_WIDTH * height).fill(-1);
    texels.set(layout.rows);
    gl.activeTexture(gl.TEXTURE2);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32I, ROWS_WIDTH, height, 0, gl.RED_INTEGER, gl.INT, texels);
    this.#bytes.rows = texels.byteLength;
    this.#ints = {
      planeWidth: layout.width,
      planeRows: layout.height / TILE_SIDE,
      colsShift: layout.colsShift,
      nrFrames: layout.nrFrames,
      texelShift: this.texels.shift,
    };
  }

  setPalette({ ground, mark }: Palette): void {
    this.#held = undefined;
    this.#colours = { ground, mark };
  }

  /** Tells how many samples it took.  The canvas gets the size of the view: a new one is empty until it is drawn. */
  draw(view: Viewport, options: DrawOptions): number {
    const gl = this.#gl;
    const canvas = this.#canvas;
    const { width, height, scale } = view;
    const { samples, samplesMax, isMotion, density, showsFolios, showsBlocks } = options;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    this.#fitRing(width, height);
    gl.viewport(0, 0, width, height);
    this.#use(scale < 1 ? this.#mixed! : this.#single!, {
      showsFolios: showsFolios ? 1 : 0,
      showsBlocks: showsBlocks ? 1 : 0,
    });
    gl.uniform1f(this.#at("scale"), scale);
    gl.uniform1f(this.#at("line"), scale >= 6 * density ? Math.round(density) : 0);
    const isZoom = scale !== this.#scale;
    this.#scale = scale;
    const sight = sightOf(view);
    if (this.#ring === undefined)
      return this.#paint(null, [inSight(sight, sight)], samples, samplesMax).taken;
    const key = `${showsFolios} ${showsBlocks} ${density}`;
    const held = this.#held?.key === key ? this.#held : undefined;
    const isSameScale = held?.scale === scale;
    if (held !== undefined && isMotion && isZoom && !isSameScale && area(sight) > samplesMax) {
      const taken = this.#stretch(this.#ring, held, sight, scale / held.scale, samplesMax);
      if (taken !== undefined) return taken;
    }
    const isKept = isSameScale && (isMotion || held.samples >= samples);
    const fresh = (isKept ? without(sight, held.sight) : [sight]).flatMap((box) =>
      pieces(box, width, height),
    );
    const { side, taken } = this.#paint(this.#ring.buffer, fresh, samples, samplesMax);
    this.#held = { sight, scale, key, samples: isKept ? Math.min(side, held.samples) : side };
    this.#ring.copy(sight, sight, 1);
    return taken;
  }

  /** From frames; with as many samples along the side of a pixel as `samplesMax` allows for all of it. */
  #paint(
    buffer: WebGLFramebuffer | null,
    fresh: readonly Piece[],
    samples: number,
    samplesMax: number,
  ): { readonly side: number; readonly taken: number } {
    const gl = this.#gl;
    const pixels = areaOf(fresh);
    const side = Math.max(1, Math.min(samples, Math.floor(Math.sqrt(samplesMax / pixels))));
    gl.bindFramebuffer(gl.FRAMEBUFFER, buffer);
    gl.uniform1i(this.#at("samples"), side);
    gl.enable(gl.SCISSOR_TEST);
    for (const { left, bottom, right, top, originX, originY } of fresh) {
      gl.uniform2f(this.#at("origin"), originX, originY);
      gl.scissor(left - originX, bottom - originY, right - left, top - bottom);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    }
    gl.disable(gl.SCISSOR_TEST);
    return { side, taken: pixels * side ** 2 };
  }

  /** What is held, at another scale; undefined where that would be a poor picture, or one that takes too many samples. */
  #stretch(ring: Ring, held: Held, sight: Box, factor: number, samplesMax: number): number | undefined {
    if (Math.max(factor, 1 / factor) > STRETCH_MAX) return undefined;
    const bare = without(sight, scaled(held.sight, factor)).map((box) => inSight(box, sight));
    if (areaOf(bare) > samplesMax) return undefined;
    ring.copy(held.sight, sight, factor);
    return this.#paint(null, bare, 1, samplesMax).taken;
  }

  /** One for pictures of this size, if there is room. */
  #fitRing(width: number, height: number): void {
    const size = `${width} ${height}`;
    if (size === this.#ringSize) return;
    this.#ringSize = size;
    this.#ring?.close();
    this.#ring = this.#held = undefined;
    const bytes = Ring.bytes(width, height);
    if (this.#bytes.frames + GROWING_BYTES + bytes <= TEXTURES_MAX)
      this.#ring = Ring.open(this.#gl, width, height);
    this.#bytes.ring = this.#ring === undefined ? 0 : bytes;
  }

  /** Draws, and copies the picture: its pixels are there only until the browser takes them. */
  picture(view: Viewport, options: DrawOptions): Promise<ImageBitmap> {
    this.draw(view, options);
    return createImageBitmap(this.#canvas);
  }

  /** Settles when all is drawn that was asked for; at once where the context is lost. */
  async finished(): Promise<void> {
    const gl = this.#gl;
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    if (fence === null) return;
    gl.flush();
    while (!gl.isContextLost() && gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED)
      await new Promise((done) => setTimeout(done, FENCE_MS));
    gl.deleteSync(fence);
  }

  /** Gives the graphics memory back at once, not when the garbage collector comes by. */
  close(): void {
    const gl = this.#gl;
    this.#ring?.close();
    for (const texture of [this.#frames, this.#lut, this.#rows]) gl.deleteTexture(texture);
    gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  #use(program: Program, ints: Readonly<Record<string, number>>): void {
    const gl = this.#gl;
    this.#program = program;
    gl.useProgram(program.program);
    for (const [name, value] of Object.entries({ ...UNITS, ...this.#ints, ...ints }))
      gl.uniform1i(this.#at(name), value);
    for (const [name, rgb] of Object.entries(this.#colours))
      gl.uniform3fv(
        this.#at(name),
        rgb.map((byte) => byte / 255),
      );
  }

  #at(name: string): WebGLUniformLocation | null {
    return uniformOf(this.#gl, this.#program!, name);
  }
}

/** A part of the canvas, whose corner is that of what is in sight. */
function inSight(box: Box, sight: Box): Piece {
  return { ...box, originX: sight.left, originY: sight.bottom };
}
