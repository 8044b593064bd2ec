/**
 * painter: the map's canvas: one texture of values, one of colours, one of rows, one draw call.
 *
 *   frames  R16UI, 4096 wide: 2 bytes a frame, 32 MiB at 2^24 frames; above TEXELS_MAX a texel stands for 2^n frames
 *   lut     RGBA8, 256 wide: colour of a value
 *   rows    R32I, 256 wide: row of memory behind each row of the plane
 *
 * LOSS  A graphics context may be taken away at any time.  Then nothing is drawn until `rebuild`; the caller uploads anew.
 */
import { type Layout, TILE_SIDE } from "./layout.js";
import { LUT_WIDTH, type Palette } from "./lut.js";
import { FRAGMENT, VERTEX } from "./shader.js";
import { corner, type Viewport } from "./viewport.js";

export const TEXTURE_WIDTH = 4096;
/** 38 MiB of values leave room for the colours within 40 MB. */
const TEXELS_MAX = 19_000_000;
const ROWS_WIDTH = 256;

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

export class Painter {
  readonly #gl: WebGL2RenderingContext;
  readonly #canvas: HTMLCanvasElement;
  readonly nrFrames: number;
  readonly texelShift: number;
  readonly textureRows: number;
  #uniforms = new Map<Uniform, WebGLUniformLocation | null>();
  #frames: WebGLTexture | null = null;
  #lut: WebGLTexture | null = null;
  #rows: WebGLTexture | null = null;
  #bytes = { frames: 0, lut: 0, rows: 0 };

  /** undefined where the browser has no WebGL2 to give. */
  static async open(canvas: HTMLCanvasElement, nrFrames: number): Promise<Painter | undefined> {
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false, stencil: false });
    if (gl === null) return undefined;
    const painter = new Painter(gl, canvas, nrFrames);
    return (await painter.rebuild()) ? painter : undefined;
  }

  private constructor(gl: WebGL2RenderingContext, canvas: HTMLCanvasElement, nrFrames: number) {
    this.#gl = gl;
    this.#canvas = canvas;
    this.nrFrames = nrFrames;
    const side = (gl.getParameter(gl.MAX_TEXTURE_SIZE) as number | null) ?? TEXTURE_WIDTH;
    const most = Math.min(TEXELS_MAX, TEXTURE_WIDTH * side);
    let shift = 0;
    while (Math.ceil(nrFrames / 2 ** shift) > most) shift++;
    this.texelShift = shift;
    this.textureRows = Math.max(1, Math.ceil(nrFrames / 2 ** shift / TEXTURE_WIDTH));
  }

  /** Of all textures. */
  get textureBytes(): number {
    return this.#bytes.frames + this.#bytes.lut + this.#bytes.rows;
  }

  get isLost(): boolean {
    return this.#gl.isContextLost();
  }

  /** Program and empty textures; after a loss, again.  False if the browser refuses. */
  async rebuild(): Promise<boolean> {
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
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R16UI, TEXTURE_WIDTH, this.textureRows);
    this.#bytes = { frames: TEXTURE_WIDTH * this.textureRows * 2, lut: 0, rows: 0 };
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
    gl.uniform1i(this.#at("texelShift"), this.texelShift);
  }

  setPalette({ ground, mark }: Palette): void {
    const gl = this.#gl;
    gl.uniform3f(this.#at("ground"), ground[0] / 255, ground[1] / 255, ground[2] / 255);
    gl.uniform3f(this.#at("mark"), mark[0] / 255, mark[1] / 255, mark[2] / 255);
  }

  draw(view: Viewport, options: DrawOptions): void {
    const gl = this.#gl;
    const from = corner(view);
    gl.viewport(0, 0, this.#canvas.width, this.#canvas.height);
    gl.uniform2f(this.#at("corner"), from.x, from.y);
    gl.uniform1f(this.#at("scale"), view.scale);
    gl.uniform1i(this.#at("canvasHeight"), this.#canvas.height);
    gl.uniform1i(this.#at("samples"), options.samples);
    gl.uniform1f(this.#at("line"), view.scale >= 6 * options.density ? Math.round(options.density) : 0);
    gl.uniform1i(this.#at("showsFolios"), options.showsFolios ? 1 : 0);
    gl.uniform1i(this.#at("showsBlocks"), options.showsBlocks ? 1 : 0);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
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
