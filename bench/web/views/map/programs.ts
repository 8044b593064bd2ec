/**
 * programs: the shaders compiled, and the places of their uniforms.
 */
import { MIXED, SINGLE, VERTEX } from "./shader.js";

export interface Program {
  readonly program: WebGLProgram;
  /** Of its uniforms, as they were asked for. */
  readonly places: Map<string, WebGLUniformLocation | null>;
}

/** One for pixels that hold many frames, one for frames of a pixel or many; undefined if the browser refuses. */
export async function compilePrograms(gl: WebGL2RenderingContext): Promise<[Program, Program] | undefined> {
  const mixed = compile(gl, MIXED);
  const single = compile(gl, SINGLE);
  if (mixed === undefined || single === undefined) return undefined;
  // Asked at once, the answer would hold up the page until the driver has compiled.
  const ready = gl.getExtension("KHR_parallel_shader_compile")?.COMPLETION_STATUS_KHR;
  for (const { program } of [mixed, single]) {
    while (ready !== undefined && !gl.isContextLost() && gl.getProgramParameter(program, ready) !== true)
      await new Promise((done) => setTimeout(done, 8));
    if (gl.getProgramParameter(program, gl.LINK_STATUS) !== true) return undefined;
  }
  return [mixed, single];
}

function compile(gl: WebGL2RenderingContext, fragment: string): Program | undefined {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(kind);
    // The context is lost.
    if (shader === null) return undefined;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return { program, places: new Map() };
}

/** null where the program has no such uniform. */
export function uniformOf(
  gl: WebGL2RenderingContext,
  { program, places }: Program,
  name: string,
): WebGLUniformLocation | null {
  let place = places.get(name);
  if (place === undefined) {
    place = gl.getUniformLocation(program, name);
    places.set(name, place);
  }
  return place;
}
