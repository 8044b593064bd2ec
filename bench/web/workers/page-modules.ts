/**
 * page-modules: the engine's modules beside the page, each fetched and compiled once.
 *
 *   wasm/radix.wasm                    a design
 *   wasm/layout/linux-2006-radix.wasm  a design over another page descriptor
 */
import type { ModuleSource } from "../../../src/argue/laboratory.js";
import { DESIGN_NAMES, LAYOUT_MODULES } from "../../../src/designs.js";
import { once } from "../../../src/lab/once.js";

export class PageModules implements ModuleSource {
  readonly #loaded = new Map<string, Promise<WebAssembly.Module | undefined>>();

  /** `base`: address of the page. */
  constructor(private readonly base: string) {}

  async design(name: string): Promise<WebAssembly.Module | undefined> {
    return DESIGN_NAMES.includes(name) ? this.#load(`wasm/${name}.wasm`) : undefined;
  }

  async layout(layout: string, design: string): Promise<WebAssembly.Module | undefined> {
    const isBuilt = LAYOUT_MODULES.some((row) => row.layout === layout && row.design === design);
    return isBuilt ? this.#load(`wasm/layout/${layout}-${design}.wasm`) : undefined;
  }

  /** The trace reader.  Throws Error. */
  async scanner(): Promise<WebAssembly.Module> {
    const module = await this.#load("wasm/scan.wasm");
    if (module === undefined) throw new Error("wasm/scan.wasm is not beside the page");
    return module;
  }

  #load(path: string): Promise<WebAssembly.Module | undefined> {
    return once(this.#loaded, path, () => this.#fetch(path));
  }

  /** Not there is undefined; there and no module is an error. */
  async #fetch(path: string): Promise<WebAssembly.Module | undefined> {
    const response = await fetch(new URL(path, this.base));
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`${path}: the server answered ${response.status}`);
    return WebAssembly.compile(await response.arrayBuffer());
  }
}
