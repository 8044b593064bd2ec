/**
 * laboratory: the measurements that claims share, each taken once.
 *
 *   bytes     owner index as allocated: nothing owned, the machine's end, every page owned, one page in 64
 *   lookup    owners of pages at random and in sequence, every page owned; alone, and with the frame touched
 *   replay    the machine's history from its first operation, a fresh ledger each time
 *   life      pages allocated and charged, put on an LRU list, activated, freed
 *
 * All designs that are built take part and take turns (trials.ts), so that a ratio of two comes from the same rounds.
 *
 * INVARIANTS  A design or layout that is not there is absent from the answer, never an error.
 */
import { type Core, OP_WORDS } from "../core/core.js";
import { LedgerError } from "../core/errors.js";
import { DESIGN_NAMES } from "../designs.js";
import { keysFor, keysOf, openOwned, QUESTIONS, type Question, questionsTo } from "./full-machine.js";
import { type LifeOptions, liveIn, livesOf } from "./life.js";
import {
  chargesOf,
  type Machine,
  type MachineState,
  openCore,
  play,
  playAndCount,
  sequence,
} from "./machine.js";
import { type Entrant, type Plan, type Timings, trials } from "./trials.js";

/** Where compiled modules come from; undefined where one is not built. */
export interface ModuleSource {
  design(name: string): Promise<WebAssembly.Module | undefined>;
  /** A design over another page frame record, as tools/layouts.json names them. */
  layout(layout: string, design: string): Promise<WebAssembly.Module | undefined>;
}

/** How long to measure. */
export interface Effort {
  /** How often each competitor is opened, at least 6, and how often it runs then. */
  readonly openings: number;
  readonly rounds: number;
  /** Frames of the ledgers that lookups and page lives run on, at most. */
  readonly maxFrames: number;
  /** Frames and operations of the machine that is generated where no capture is given. */
  readonly generatedFrames: number;
  readonly generatedOperations: number;
}

export interface IndexBytes {
  readonly design: string;
  /** Bytes per page frame of the machine. */
  readonly nothing: number;
  readonly end: number;
  readonly full: number;
  /** One page in 64 is owned. */
  readonly scattered: number;
}

/** A design over a page descriptor; competitors are named `layout-design`. */
export interface LayoutDesign {
  readonly layout: string;
  readonly design: string;
}
export const nameOf = ({ layout, design }: LayoutDesign) => `${layout}-${design}`;

/** Pages that go through their lives in a run, step by step: more descriptors than the nearer caches hold. */
const LIFE_PAGES = 32768;

interface NamedModule {
  readonly name: string;
  readonly module: WebAssembly.Module;
}

export class Laboratory {
  readonly #modules = new Map<string, Promise<WebAssembly.Module | undefined>>();
  readonly #taken = new Map<string, Promise<unknown>>();

  constructor(
    readonly machine: Machine,
    readonly effort: Effort,
    private readonly source: ModuleSource,
    private readonly onStep: (what: string) => void = () => {},
    private readonly signal?: AbortSignal,
  ) {}

  /** Frames of the ledgers in which every page is owned. */
  get fullFrames(): number {
    return Math.min(this.machine.nrFrames, this.effort.maxFrames);
  }

  design(name: string): Promise<WebAssembly.Module | undefined> {
    return this.#module(name, () => this.source.design(name));
  }

  layout(layout: string, design: string): Promise<WebAssembly.Module | undefined> {
    return this.#module(`${layout}-${design}`, () => this.source.layout(layout, design));
  }

  #module(key: string, load: () => Promise<WebAssembly.Module | undefined>) {
    const known = this.#modules.get(key) ?? load();
    this.#modules.set(key, known);
    return known;
  }

  /** All designs that are built, in the order of the registry. */
  async designs(): Promise<NamedModule[]> {
    const found: NamedModule[] = [];
    for (const name of DESIGN_NAMES) {
      const module = await this.design(name);
      if (module !== undefined) found.push({ name, module });
    }
    return found;
  }

  /** Takes a measurement once, whoever asks first. */
  #once<T>(what: string, take: () => Promise<T>): Promise<T> {
    const known = this.#taken.get(what) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const taken = this.#pause(what).then(take);
    this.#taken.set(what, taken);
    return taken;
  }

  /** Lets a signal in, and says what comes next. */
  async #pause(what: string): Promise<void> {
    this.onStep(what);
    await new Promise((done) => setTimeout(done, 0));
    this.signal?.throwIfAborted();
  }

  state(): Promise<MachineState> {
    return this.#once("the machine at its end", async () => {
      const module = await this.design("column");
      if (module === undefined) throw new Error("build/column.wasm cannot be read; build the package first");
      const core = openCore(module, this.machine);
      return playAndCount(core, this.machine.operations);
    });
  }

  indexBytes(): Promise<ReadonlyMap<string, IndexBytes>> {
    return this.#once("bytes of each design", async () => {
      const found = new Map<string, IndexBytes>();
      for (const { name, module } of await this.designs()) {
        await this.#pause(`bytes of ${name}`);
        found.set(name, this.#bytesOf(name, module));
      }
      return found;
    });
  }

  /** Bytes of one design over a page descriptor; undefined if it is not built, or the machine too large for it. */
  layoutBytes({ layout, design }: LayoutDesign): Promise<IndexBytes | undefined> {
    const name = nameOf({ layout, design });
    return this.#once(`bytes of ${name}`, async () => {
      const module = await this.layout(layout, design);
      try {
        return module && this.#bytesOf(name, module);
      } catch (error) {
        if (error instanceof LedgerError && error.code === "NO_MEMORY") return undefined;
        throw error;
      }
    });
  }

  #bytesOf(design: string, module: WebAssembly.Module): IndexBytes {
    const perPage = (core: Core) => core.usedIndexBytes() / core.nrFrames;
    const core = openCore(module, this.machine);
    const nothing = perPage(core);
    play(core, this.machine.operations);
    const end = perPage(core);
    const [full, scattered] = (["all", "scattered"] as const).map((pages) =>
      perPage(openOwned(module, this.machine, this.fullFrames, pages)),
    );
    return { design, nothing, end, full: full!, scattered: scattered! };
  }

  /** Lookups under every design. */
  async lookups(question: Question): Promise<Timings> {
    const timings = await this.#once("lookups", async () =>
      this.#lookups("lookups", await this.designs(), this.fullFrames),
    );
    return timings[QUESTIONS.indexOf(question)] ?? new Map();
  }

  /** Lookups in page frame records of other sizes. */
  async layoutLookups(wanted: readonly LayoutDesign[], question: Question): Promise<Timings> {
    const key = wanted.map(nameOf).join(" ");
    const timings = await this.#once(`lookups in ${key}`, async () =>
      this.#lookups("lookups, descriptors", await this.#layouts(wanted), this.effort.maxFrames),
    );
    return timings[QUESTIONS.indexOf(question)] ?? new Map();
  }

  #lookups(what: string, modules: readonly NamedModule[], nrFrames: number): Promise<Timings[]> {
    const keys = keysFor(nrFrames);
    const entrants = modules.map(
      ({ name, module }): Entrant => ({
        name,
        open: () => questionsTo(openOwned(module, this.machine, nrFrames, "all"), keys),
      }),
    );
    return this.#trials(what, entrants, keysOf(nrFrames));
  }

  replays(): Promise<Timings> {
    const what = "the machine's history";
    return this.#once(what, async () => {
      const { operations } = this.machine;
      let lastNs = 0;
      const entrants = (await this.designs()).map(({ name, module }): Entrant => {
        const run = () => {
          const core = openCore(module, this.machine);
          const start = performance.now();
          play(core, operations);
          lastNs = (performance.now() - start) * 1e6;
          return chargesOf(core);
        };
        return { name, open: () => [run] };
      });
      // Each run opens a ledger of its own, and only its operations are timed: opening is not.
      const sampler = (run: () => void) => {
        run();
        return lastNs;
      };
      const [timings] = await this.#trials(what, entrants, operations.length / OP_WORDS, {
        rounds: 1,
        sampler,
      });
      return timings ?? new Map();
    });
  }

  /** Lives of pages under every design. */
  lives(options: LifeOptions): Promise<Timings> {
    return this.#once(options.label, async () => this.#lives(await this.designs(), options));
  }

  /** Lives of pages in page frame records of other sizes. */
  layoutLives(wanted: readonly LayoutDesign[], options: LifeOptions): Promise<Timings> {
    return this.#once(`${options.label} in ${wanted.map(nameOf).join(" ")}`, async () =>
      this.#lives(await this.#layouts(wanted), options),
    );
  }

  async #layouts(wanted: readonly LayoutDesign[]): Promise<NamedModule[]> {
    const found: NamedModule[] = [];
    for (const { layout, design } of wanted) {
      const module = await this.layout(layout, design);
      if (module !== undefined) found.push({ name: nameOf({ layout, design }), module });
    }
    return found;
  }

  async #lives(modules: readonly NamedModule[], options: LifeOptions): Promise<Timings> {
    const nrFrames = this.effort.maxFrames;
    const items = Math.min(nrFrames >>> 2, LIFE_PAGES);
    const prepared = livesOf(nrFrames, items, options);
    const entrants = modules.map(
      ({ name, module }): Entrant => ({ name, open: () => [liveIn(module, nrFrames, prepared)] }),
    );
    const [timings] = await this.#trials(options.label, entrants, items);
    return timings ?? new Map();
  }

  #trials(what: string, entrants: readonly Entrant[], items: number, more: Partial<Plan> = {}) {
    const { openings, rounds } = this.effort;
    return trials(entrants, { items, openings, rounds, ...more }, sequence(45), (opening) =>
      this.#pause(`${what}, ${opening + 1} of ${openings}`),
    );
  }
}
