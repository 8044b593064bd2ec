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
  const programs = [MIXED, SINGLE].map((fragment) => compile(gl, fragment));
  // Asked at once, the answer would hold up the page until the driver has compiled.
  const ready = gl.getExtension("KHR_parallel_shader_compile")?.COMPLETION_STATUS_KHR;
  for (const { program } of programs) {
    while (ready !== undefined && !gl.isContextLost() && gl.getProgramParameter(program, ready) !== true)
      await new Promise((done) => setTimeout(done, 8));
    if (gl.getProgramParameter(program, gl.LINK_STATUS) !== true) return undefined;
  }
  return programs as [Program, Program];
}

function compile(gl: WebGL2RenderingContext, fragment: string): Program {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(kind)!;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return { program, places: new Map() };
}

/** null where the program has no such uniform. */
export function placeOf(
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
