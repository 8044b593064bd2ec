/**
 * loader: what the page takes of @assemblyscript/loader: an instance.  The rest of that package reads and makes strings and managed
 * arrays in a module's memory, of which the core has none.
 */
export function instantiateSync<T>(module: WebAssembly.Module, imports: WebAssembly.Imports): { exports: T } {
  return { exports: new WebAssembly.Instance(module, imports).exports as T };
}
