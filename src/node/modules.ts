/**
 * modules: the compiled scanner and owner designs of this package, ready to use.
 */
import type { DesignModule } from "../capture/replay.js";
import { loadScanner, type Scanner } from "../capture/scanner.js";
import { DESIGNS, type DesignInfo, LAYOUT_MODULES } from "../designs.js";
import { readWasm } from "./wasm.js";

/** No design of that name is built into this package. */
export class UnknownDesignError extends Error {
  override readonly name = "UnknownDesignError";
  constructor(design: string) {
    super(`there is no design "${design}"; choose from ${DESIGNS.map((d) => d.name).join(", ")}, or all`);
  }
}

/** `all`, one name, or several with commas between. */
export function selectDesigns(names: string): DesignInfo[] {
  if (names === "all") return [...DESIGNS];
  return [...new Set(names.split(","))].map((name) => {
    const info = DESIGNS.find((d) => d.name === name.trim());
    if (info === undefined) throw new UnknownDesignError(name.trim());
    return info;
  });
}

export async function loadDesigns(infos: readonly DesignInfo[]): Promise<DesignModule[]> {
  return Promise.all(infos.map(async ({ name }) => ({ name, module: await loadDesign(name) })));
}

/** Compiles one design, `shared` for a memory that several agents have.  Throws UnknownDesignError, or Error if the package is not built. */
export async function loadDesign(name: string, shared = false): Promise<WebAssembly.Module> {
  if (!DESIGNS.some((d) => d.name === name)) throw new UnknownDesignError(name);
  return WebAssembly.compile(await readWasm(shared ? `shared/${name}` : name));
}

/** No module of that frame layout and design is built. */
export class UnknownLayoutError extends Error {
  override readonly name = "UnknownLayoutError";
  constructor(layout: string, design: string) {
    const names = LAYOUT_MODULES.map((m) => `${m.layout} with ${m.design}`);
    super(`there is no frame layout "${layout}" with "${design}"; choose from ${names.join(", ")}`);
  }
}

/**
 * Compiles the engine on the page descriptor of another kernel, one of LAYOUT_MODULES; for benchmarks, only built in a
 * clone.  Throws UnknownLayoutError, or Error if it is not built.
 */
export async function loadLayout(layout: string, design: string): Promise<WebAssembly.Module> {
  if (!LAYOUT_MODULES.some((m) => m.layout === layout && m.design === design))
    throw new UnknownLayoutError(layout, design);
  return WebAssembly.compile(await readWasm(`layout/${layout}-${design}`));
}

export async function loadTraceScanner(): Promise<Scanner> {
  return loadScanner(await readWasm("scan"));
}
