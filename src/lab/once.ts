/** once: what is loaded by name is loaded once; a failure is forgotten, for the next to ask may have more luck. */
export function once<T>(known: Map<string, Promise<T>>, name: string, load: () => Promise<T>): Promise<T> {
  let loaded = known.get(name);
  if (loaded === undefined) {
    loaded = load();
    known.set(name, loaded);
    loaded.catch(() => known.delete(name));
  }
  return loaded;
}
