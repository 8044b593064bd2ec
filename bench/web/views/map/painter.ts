/**
 * painter: the map's canvas: one texture of values, one of colours, one of rows, one draw call.
 *
 *   frames  R16UI, 4096 wide: 2 bytes a frame, 32 MiB at 2^24 frames; above TEXELS_MAX a texel stands for 2^n frames
 *   lut     RGBA8, 256 wide: colour of a value
 *   rows    R32I, 256 wide: row of memory behind each row of the plane
 *
 * LOSS  A graphics context may be taken away at any time.  Then nothing is drawn until it is back and built anew; the caller, who
 *       is told of both, uploads everything again.
 */
import { type Layout, TILE_SIDE } from "./layout.js";
import { LUT_WIDTH, type Palette } from "./lut.js";
import { FRAGMENT, VERTEX } from "./shader.js";
import { corner, type Viewport } from "./viewport.js";

export const TEXTURE_WIDTH = 4096;
/** 38 MiB of values leave room for the colours within 40 MB. */
const TEXELS_MAX = 19_000_000;
const ROWS_WIDTH = 256;
/** Between two looks whether a picture is done. */
const FENCE_MS = 2;

const UNIFORMS = [
  "frames",
  "rows",
  "lut",
  "corner",
  "scale",
  "canvasHeight",
  "planeWidth",
  "planeRows",
  "colsShift",
  "texelShift",
  "nrFrames",
  "samples",
  "line",
  "showsFolios",
  "showsBlocks",
  "ground",
  "mark",
] as const;
type Uniform = (typeof UNIFORMS)[number];

export interface DrawOptions {
  /** Along each side of a pixel that holds many frames. */
  readonly samples: number;
  readonly showsFolios: boolean;
  readonly showsBlocks: boolean;
  /** Pixels of the device in one of the page. */
  readonly density: number;
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
  #uniforms = new Map<Uniform, WebGLUniformLocation | null>();
  #frames: WebGLTexture | null = null;
  #lut: WebGLTexture | null = null;
  #rows: WebGLTexture | null = null;
  #bytes = { frames: 0, lut: 0, rows: 0 };

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
    return this.#bytes.frames + this.#bytes.lut + this.#bytes.rows;
  }

  /** Program and empty textures; after a loss, again.  False if the browser refuses. */
  async #build(): Promise<boolean> {
    const gl = this.#gl;
    const program = gl.createProgram();
    for (const [kind, source] of [
      [gl.VERTEX_SHADER, VERTEX],
      [gl.FRAGMENT_SHADER, FRAGMENT],
    ] as const) {
      const shader = gl.createShader(kind);
      if (shader === null || program === null) return false;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    // Asked at once, the answer would hold up the page until the driver has compiled.
    const ready = gl.getExtension("KHR_parallel_shader_compile")?.COMPLETION_STATUS_KHR;
    while (ready !== undefined && !gl.isContextLost() && gl.getProgramParameter(program, ready) !== true)
      await new Promise((done) => setTimeout(done, 8));
    if (gl.getProgramParameter(program, gl.LINK_STATUS) !== true) return false;
    gl.useProgram(program);
    for (const name of UNIFORMS) this.#uniforms.set(name, gl.getUniformLocation(program, name));
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    this.#frames = this.#texture(0, "frames");
    this.#lut = this.#texture(1, "lut");
    this.#rows = this.#texture(2, "rows");
    gl.activeTexture(gl.TEXTURE0);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R16UI, TEXTURE_WIDTH, this.texels.rows);
    this.#bytes = { frames: TEXTURE_WIDTH * this.texels.rows * 2, lut: 0, rows: 0 };
    return true;
  }

  #texture(unit: number, name: Uniform): WebGLTexture | null {
    const gl = this.#gl;
    const texture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const side of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
      gl.texParameteri(gl.TEXTURE_2D, side, gl.NEAREST);
    gl.uniform1i(this.#uniforms.get(name) ?? null, unit);
    return texture;
  }

  /** Whole rows of the texture: `texels.length` is a multiple of its width. */
  upload(firstRow: number, texels: Uint16Array): void {
    const gl = this.#gl;
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
    const height = bytes.length / (LUT_WIDTH * 4);
    gl.activeTexture(gl.TEXTURE1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, LUT_WIDTH, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    this.#bytes.lut = bytes.length;
  }

  setLayout(layout: Layout): void {
    const gl = this.#gl;
    const height = Math.ceil(layout.rows.length / ROWS_WIDTH);
    const texels = new Int32Array(ROWS_WIDTH * height).fill(-1);
    texels.set(layout.rows);
    gl.activeTexture(gl.TEXTURE2);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32I, ROWS_WIDTH, height, 0, gl.RED_INTEGER, gl.INT, texels);
    this.#bytes.rows = texels.byteLength;
    gl.uniform1i(this.#at("planeWidth"), layout.width);
    gl.uniform1i(this.#at("planeRows"), layout.height / TILE_SIDE);
    gl.uniform1i(this.#at("colsShift"), layout.colsShift);
    gl.uniform1i(this.#at("nrFrames"), layout.nrFrames);
    gl.uniform1i(this.#at("texelShift"), this.texels.shift);
  }

  setPalette({ ground, mark }: Palette): void {
    const gl = this.#gl;
    gl.uniform3f(this.#at("ground"), ground[0] / 255, ground[1] / 255, ground[2] / 255);
    gl.uniform3f(this.#at("mark"), mark[0] / 255, mark[1] / 255, mark[2] / 255);
  }

  /** The canvas gets the size of the view: a new one is empty until it is drawn. */
  draw(view: Viewport, options: DrawOptions): void {
    const gl = this.#gl;
    const canvas = this.#canvas;
    const from = corner(view);
    if (canvas.width !== view.width) canvas.width = view.width;
    if (canvas.height !== view.height) canvas.height = view.height;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.uniform2f(this.#at("corner"), from.x, from.y);
    gl.uniform1f(this.#at("scale"), view.scale);
    gl.uniform1i(this.#at("canvasHeight"), canvas.height);
    gl.uniform1i(this.#at("samples"), options.samples);
    gl.uniform1f(this.#at("line"), view.scale >= 6 * options.density ? Math.round(options.density) : 0);
    gl.uniform1i(this.#at("showsFolios"), options.showsFolios ? 1 : 0);
    gl.uniform1i(this.#at("showsBlocks"), options.showsBlocks ? 1 : 0);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
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
    for (const texture of [this.#frames, this.#lut, this.#rows]) gl.deleteTexture(texture);
    gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  #at(name: Uniform): WebGLUniformLocation | null {
    return this.#uniforms.get(name) ?? null;
  }
}
