/**
 * subjects: the modules under test, release and debug, one pair for each owner design.
 */
import { readFileSync } from "node:fs";
import { Core } from "../../src/core/core.js";
import { DESIGNS, LAYOUT_MODULES } from "../../src/designs.js";
import type { Space } from "./random-history.js";

export interface Subject {
  readonly name: string;
  readonly core: Core;
}

export const DESIGN_NAMES = DESIGNS.map((design) => design.name);

/** Designs that refuse a ledger without frame records. */
export const NEEDS_RECORDS = new Set(["in-page", "overlay", "object", "page-cgroup-rcu"]);

const modules = new Map<string, WebAssembly.Module>();

/** `column` is what ships, `debug/column` checks its invariants. */
export function moduleOf(name: string): WebAssembly.Module {
  let module = modules.get(name);
  if (module === undefined) {
    module = new WebAssembly.Module(readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url)));
    modules.set(name, module);
  }
  return module;
}

export const LAYOUT_NAMES = LAYOUT_MODULES.map(({ layout, design }) => `layout/${layout}-${design}`);

/** One ledger on the page descriptor of each other kernel. */
export function openLayouts(space: Space): Subject[] {
  return LAYOUT_NAMES.map((name) => ({ name, core: new Core(moduleOf(name), space) }));
}

/** Where the modules of a build lie, before the name of the design. */
const BUILDS = { release: "", debug: "debug/", shared: "shared/", "shared, debug": "debug/shared-" };
export type Build = keyof typeof BUILDS;

export function moduleName(build: Build, design: string): string {
  return `${BUILDS[build]}${design}`;
}

/** One ledger of each design in each build; those for shared memory with one agent. */
export function openAll(
  space: Space,
  builds: readonly Build[],
  designs: readonly string[] = DESIGN_NAMES,
): Subject[] {
  return builds.flatMap((build) =>
    designs.map((design) => {
      const name = moduleName(build, design);
      return { name, core: new Core(moduleOf(name), space) };
    }),
  );
}

/** Designs that retire objects for readers to let go of: the epoch of the others is 0 for good. */
export function retiringDesigns(): string[] {
  const size = { nrFrames: 64, maxContainers: 2, maxPids: 2, agents: 2 };
  return DESIGN_NAMES.filter(
    (name) => new Core(moduleOf(`shared/${name}`), size).agents?.gracePeriods().epoch !== 0,
  );
}
