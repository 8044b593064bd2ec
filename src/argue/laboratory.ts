/**
 * laboratory: the measurements that claims share, each taken once.
 *
 *   bytes     owner index as allocated: nothing owned, at the machine's end, every page owned
 *   lookup    owners of random frames, every page owned
 *   replay    the machine's history from its first operation, a fresh ledger each time
 *   life      pages allocated and charged, put on an LRU list, activated, freed
 *
 * All designs that are built take part and take turns (src/measure), so that a ratio of two comes from the same rounds.
 * Figures are medians over the rounds with their 95 % intervals.
 *
 * INVARIANTS  A design or layout that is not there is absent from the answer, never an error.
 */
import { Op, PageType } from "../abi.js";
import { type Core, LOOKUP_BATCH, OP_WORDS, OPS_BUFFER_OPS } from "../core/core.js";
import { DESIGNS } from "../designs.js";
import { type Competitor, type Estimate, rotate, type Sampler } from "../measure/index.js";
import { medianIntervalOf } from "../measure/median-interval.js";
import type { Ratio } from "./judge.js";
import { type LifeOptions, lifeOf } from "./life.js";
import {
  chargesOf,
  type Machine,
  type MachineState,
  openCore,
  play,
  playAndCount,
  sequence,
} from "./machine.js";

/** Where compiled modules come from; undefined where one is not built. */
export interface ModuleSource {
  design(name: string): Promise<WebAssembly.Module | undefined>;
  /** A design over another page frame record, as tools/layouts.json names them. */
  layout(layout: string, design: string): Promise<WebAssembly.Module | undefined>;
}

/** How long to measure. */
export interface Effort {
  /** At least 6, so that a median has an interval. */
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
}

/** Estimates of competitors of one run, by name. */
export type Estimates = ReadonlyMap<string, Estimate>;

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
  async designs(): Promise<{ readonly name: string; readonly module: WebAssembly.Module }[]> {
    const found: { name: string; module: WebAssembly.Module }[] = [];
    for (const { name } of DESIGNS) {
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
        const core = openCore(module, this.machine);
        const nothing = core.usedIndexBytes() / core.nrFrames;
        play(core, this.machine.operations);
        const end = core.usedIndexBytes() / core.nrFrames;
        const full = openFull(module, this.machine, this.fullFrames);
        found.set(name, { design: name, nothing, end, full: full.usedIndexBytes() / full.nrFrames });
      }
      return found;
    });
  }

  lookups(): Promise<Estimates> {
    return this.#once("lookups", async () => {
      const items = Math.min(2 * this.fullFrames, 6 * LOOKUP_BATCH);
      const random = sequence(43);
      const pfns = Uint32Array.from({ length: items }, () => random() % this.fullFrames);
      const competitors = (await this.designs()).map(({ name, module }): Competitor => {
        const core = openFull(module, this.machine, this.fullFrames);
        return { name, run: () => ask(core, pfns) };
      });
      return this.#rotate(competitors, items);
    });
  }

  replays(): Promise<Estimates> {
    return this.#once("replay of the history", async () => {
      const { operations } = this.machine;
      let lastNs = 0;
      const competitors = (await this.designs()).map(
        ({ name, module }): Competitor => ({
          name,
          run: () => {
            const core = openCore(module, this.machine);
            const start = performance.now();
            play(core, operations);
            lastNs = (performance.now() - start) * 1e6;
            return chargesOf(core);
          },
        }),
      );
      // A history is played once in each ledger, and only its operations are timed: opening is not.
      const sampler = (run: () => void) => {
        run();
        return lastNs;
      };
      const items = operations.length / OP_WORDS;
      return this.#rotate(competitors, items, sampler);
    });
  }

  /** Lives of pages under every design. */
  lives(options: LifeOptions): Promise<Estimates> {
    return this.#once(`lives of pages, ${options.label}`, async () => {
      const designs = await this.designs();
      return this.#lives(designs, options);
    });
  }

  /** Lives of pages in page frame records of other sizes; names are `layout-design`. */
  layoutLives(
    wanted: readonly { readonly layout: string; readonly design: string }[],
    options: LifeOptions,
  ): Promise<Estimates> {
    const key = wanted.map(({ layout, design }) => `${layout}-${design}`).join(" ");
    return this.#once(`lives of pages in ${key}, ${options.label}`, async () => {
      const found: { name: string; module: WebAssembly.Module }[] = [];
      for (const { layout, design } of wanted) {
        const module = await this.layout(layout, design);
        if (module !== undefined) found.push({ name: `${layout}-${design}`, module });
      }
      return found.length === 0 ? new Map() : this.#lives(found, options);
    });
  }

  #lives(
    competitors: readonly { readonly name: string; readonly module: WebAssembly.Module }[],
    options: LifeOptions,
  ): Estimates {
    const nrFrames = this.effort.maxFrames;
    const items = Math.min(nrFrames >>> 1, OPS_BUFFER_OPS);
    return this.#rotate(
      competitors.map(({ name, module }) => ({ name, run: lifeOf(module, nrFrames, items, options) })),
      items,
    );
  }

  #rotate(competitors: readonly Competitor[], items: number, sampler: Sampler = once): Estimates {
    if (competitors.length === 0) return new Map();
    return byName(rotate(competitors, { items, rounds: this.effort.rounds, minSampleMs: 0, sampler }));
  }
}

/** A batch takes milliseconds: one run of it is a sample. */
function once(run: () => void): number {
  const start = performance.now();
  run();
  return (performance.now() - start) * 1e6;
}

function byName(estimates: readonly Estimate[]): Estimates {
  return new Map(estimates.map((estimate) => [estimate.name, estimate]));
}

/** Time of `a` over that of `b`, where both were measured: the median of the ratios of each round. */
export function ratio(estimates: Estimates, a: string, b: string, label: string): Ratio | undefined {
  const [over, under] = [estimates.get(a), estimates.get(b)];
  if (over === undefined || under === undefined) return undefined;
  const ratios = over.samplesNs.map((ns, round) => ns / under.samplesNs[round]!);
  return { label, ...medianIntervalOf(ratios) };
}

/** A ledger in which each page has an owner, in runs of one to eight pages. */
function openFull(module: WebAssembly.Module, machine: Machine, nrFrames: number): Core {
  const containers = 16;
  const core = openCore(module, { ...machine, maxContainers: containers + 1, maxPids: 2 }, nrFrames);
  for (let id = 1; id <= containers; id++) core.runOne(Op.CONTAINER_CREATE, id, 0xffffffff);
  const random = sequence(42);
  const words = new Uint32Array(OP_WORDS * 16384);
  let [owner, run] = [0, 0];
  for (let first = 0; first < nrFrames; first += 16384) {
    const count = Math.min(16384, nrFrames - first);
    for (let i = 0; i < count; i++, run--) {
      // Neighbouring runs draw from three owners, as blocks of real machines do.
      if (run === 0)
        [owner, run] = [1 + (((first >>> 12) + (random() % 3)) % containers), 1 + (random() & 7)];
      words.set([Op.ALLOC_CHARGE | (owner << 16), first + i, PageType.ANON, 0], i * OP_WORDS);
    }
    const { code } = core.execute(words, count, true);
    if (code !== "OK") throw new Error(`a charge was refused: ${code}`);
  }
  return core;
}

/** Owners of all frames asked for; some of the answers are added up: enough to need them all, too few to cost. */
function ask(core: Core, pfns: Uint32Array): number {
  let sum = 0;
  for (let at = 0; at < pfns.length; at += LOOKUP_BATCH) {
    const owners = core.ownersInto(pfns.subarray(at, at + LOOKUP_BATCH));
    for (let i = 0; i < owners.length; i += 61) sum += owners[i]!;
  }
  return sum;
}
