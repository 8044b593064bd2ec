/**
 * shader: a pixel of the canvas → place of the plane → pfn → value → colour.  The arithmetic is that of layout.ts.
 *
 *   MIXED    a frame is smaller than a pixel: `samples` × `samples` places, spread evenly over the pixel, mixed; frames
 *            of the ground weigh little (lut.ts), so that a single owned one is seen
 *   SINGLE   a frame has a pixel or many: a line of ground between frames; in the map of orders, around folios
 *
 * Two programs, for without a graphics card a processor runs both sides of every condition, twice as long.
 *
 * A texel stands for 2^texelShift frames: 0 unless the machine is too large for the texture.
 */
export const VERTEX = `#version 300 es
void main() {
  // One triangle that covers the canvas.
  gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}`;

const COMMON = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
precision highp isampler2D;
uniform usampler2D frames;
uniform isampler2D rows;
uniform sampler2D lut;
uniform vec2 origin;
uniform float scale;
uniform int planeWidth;
uniform int planeRows;
uniform int colsShift;
uniform int texelShift;
uniform int nrFrames;
uniform int samples;
uniform float line;
uniform int showsFolios;
uniform int showsBlocks;
uniform vec3 ground;
uniform vec3 mark;
out vec4 colour;

int spread(int bits) {
  int v = bits & 31;
  v = (v | (v << 4)) & 0x10f;
  v = (v | (v << 2)) & 0x133;
  return (v | (v << 1)) & 0x155;
}

// -1 outside, -2 in a gap.
int pfnAt(ivec2 place) {
  if (place.x < 0 || place.y < 0 || place.x >= planeWidth || place.y >= planeRows * 32) return -1;
  int row = texelFetch(rows, ivec2((place.y >> 5) & 255, place.y >> 13), 0).r;
  if (row < 0) return -2;
  int tile = (row << colsShift) + (place.x >> 5);
  int pfn = (tile << 10) + spread(place.x) + 2 * spread(place.y);
  return pfn < nrFrames ? pfn : -1;
}

int valueAt(int pfn) {
  int texel = pfn >> texelShift;
  return int(texelFetch(frames, ivec2(texel & 4095, texel >> 12), 0).r);
}

// With its weight where frames are mixed.
vec4 colourOf(ivec2 place, int pfn, int value) {
  bool isLine = pfn == -2 && (place.y & 31) >= 14 && (place.y & 31) < 18 && (place.x & 31) < 20;
  return pfn < 0 ? vec4(isLine ? mark : ground, 1.0) : texelFetch(lut, ivec2(value & 255, value >> 8), 0);
}

vec2 pixelOfPlane() {
  return (gl_FragCoord.xy + origin) * vec2(1.0, -1.0);
}
`;

export const MIXED = `${COMMON}
void main() {
  vec4 sum = vec4(0.0);
  vec2 from = pixelOfPlane() - 0.5;
  for (int j = 0; j < samples; j++)
    for (int i = 0; i < samples; i++) {
      vec2 part = (vec2(float(i), float(j)) + 0.5) / float(samples);
      ivec2 place = ivec2(floor((from + part) / scale));
      int pfn = pfnAt(place);
      vec4 each = colourOf(place, pfn, valueAt(max(pfn, 0)));
      sum += vec4(each.rgb * each.a, each.a);
    }
  colour = vec4(sum.rgb / sum.a, 1.0);
}`;

export const SINGLE = `${COMMON}
void main() {
  vec2 pixel = pixelOfPlane();
  ivec2 place = ivec2(floor(pixel / scale));
  int pfn = pfnAt(place);
  int value = valueAt(max(pfn, 0));
  vec3 own = colourOf(place, pfn, value).rgb;
  if (line > 0.0) {
    // First pixels of the box to which the place belongs: a frame, or a folio, which is aligned to its own size.
    ivec2 box = ivec2(0);
    if (showsFolios == 1 && pfn >= 0) {
      int order = clamp(value - 1, 0, 10);
      box = ivec2((1 << ((order + 1) >> 1)) - 1, (1 << (order >> 1)) - 1);
    }
    vec2 from = vec2(place & ~box) * scale;
    if (pfn >= 0 && (pixel.x - from.x < line || pixel.y - from.y < line)) own = mix(own, ground, 0.75);
  }
  if (showsBlocks == 1 && scale >= 1.5) {
    vec2 from = vec2(place & ~ivec2(7)) * scale;
    if (pfn >= 0 && (pixel.x - from.x < 1.0 || pixel.y - from.y < 1.0)) own = mark;
  }
  colour = vec4(own, 1.0);
}`;
