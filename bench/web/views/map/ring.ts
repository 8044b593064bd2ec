/**
 * ring: the texture that holds the last picture, and copies of it to the canvas (held.ts).
 */
import { type Box, pieces, scaled } from "./held.js";

export class Ring {
  readonly #gl: WebGL2RenderingContext;
  readonly #texture: WebGLTexture;
  readonly buffer: WebGLFramebuffer;
  readonly #width: number;
  readonly #height: number;

  /** Its size in bytes, were there one. */
  static bytes(width: number, height: number): number {
    return width * height * 4;
  }

  /** undefined where the graphics card has no room for it. */
  static open(gl: WebGL2RenderingContext, width: number, height: number): Ring | undefined {
    const texture = gl.createTexture();
    const buffer = gl.createFramebuffer();
    gl.activeTexture(gl.TEXTURE3);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, width, height);
    gl.bindFramebuffer(gl.FRAMEBUFFER, buffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    const ring = new Ring(gl, texture, buffer, width, height);
    if (gl.checkFramebufferStatus(gl.FRAMEBUFFER) === gl.FRAMEBUFFER_COMPLETE) return ring;
    ring.close();
    return undefined;
  }

  private constructor(
    gl: WebGL2RenderingContext,
    texture: WebGLTexture,
    buffer: WebGLFramebuffer,
    width: number,
    height: number,
  ) {
    this.#gl = gl;
    this.#texture = texture;
    this.buffer = buffer;
    this.#width = width;
    this.#height = height;
  }

  /** A part of the plane to the canvas, `factor` times as large; the canvas shows `sight`. */
  copy(from: Box, sight: Box, factor: number): void {
    const gl = this.#gl;
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, this.buffer);
    gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, null);
    // Without it the browser takes a canvas that is copied to for one that is not drawn on, and shows nothing.
    gl.clear(gl.COLOR_BUFFER_BIT);
    for (const piece of pieces(from, this.#width, this.#height)) {
      const { left, bottom, right, top, originX: x, originY: y } = piece;
      const to = scaled(piece, factor);
      gl.blitFramebuffer(
        left - x,
        bottom - y,
        right - x,
        top - y,
        to.left - sight.left,
        to.bottom - sight.bottom,
        to.right - sight.left,
        to.top - sight.bottom,
        gl.COLOR_BUFFER_BIT,
        gl.NEAREST,
      );
    }
  }

  close(): void {
    this.#gl.deleteTexture(this.#texture);
    this.#gl.deleteFramebuffer(this.buffer);
  }
}
