// map: what one writes first in JavaScript, a Map of pfn to owner.  A Map has room for 2^24 entries and throws beyond.

export const MAP_MAX = 2 ** 24;

/** @param {Uint16Array} owners @returns {Map<number, number> | undefined}  undefined where a Map cannot hold them */
export function mapOf(owners) {
  let owned = 0;
  for (let pfn = 0; pfn < owners.length; pfn++) owned += Number(owners[pfn] !== 0);
  if (owned > MAP_MAX) return undefined;
  const map = new Map();
  for (let pfn = 0; pfn < owners.length; pfn++) if (owners[pfn] !== 0) map.set(pfn, owners[pfn]);
  return map;
}

/** @param {Map<number, number>} map @param {Uint32Array} pfns @param {Uint16Array} out */
export function mapLookup(map, pfns, out) {
  return () => {
    for (let i = 0; i < pfns.length; i++) out[i] = map.get(pfns[i]) ?? 0;
  };
}
