// objects: an array with an object for each frame, as one would write it without thinking of bytes.

/** More of them are gigabytes that the collector has to walk. */
export const OBJECTS_MAX = 2 ** 22;

/** @param {Uint16Array} owners @param {number} owned  flags of a frame with an owner */
export function objectsOf(owners, owned) {
  return Array.from(owners, (memcgId, pfn) => ({
    pfn,
    flags: memcgId === 0 ? 0 : owned,
    order: 0,
    memcgId,
    mapCount: 0,
  }));
}

/** @param {{ memcgId: number }[]} frames @param {Uint32Array} pfns @param {Uint16Array} out */
export function objectsLookup(frames, pfns, out) {
  return () => {
    for (let i = 0; i < pfns.length; i++) {
      const pfn = pfns[i];
      out[i] = pfn < frames.length ? frames[pfn].memcgId : 0;
    }
  };
}

/** Flags below, the owner above.  @param {{ flags: number, memcgId: number }[]} frames @param {Uint32Array} pfns @param {Uint32Array} out */
export function objectsFrames(frames, pfns, out) {
  return () => {
    for (let i = 0; i < pfns.length; i++) {
      const pfn = pfns[i];
      out[i] = pfn < frames.length ? frames[pfn].flags | (frames[pfn].memcgId << 16) : 0;
    }
  };
}
