/** bench: the worker that measures.  It blocks while a sample is taken; the page does not. */
import * as Comlink from "comlink";
import { argue } from "../../../src/argue/argue.js";
import type {
  ArgueEvent,
  ArgueRequest,
  BenchPlace,
  BenchWorker,
  LookupEvent,
  LookupRequest,
} from "../views/arguments/bench-protocol.js";
import { commandFor } from "../views/arguments/command.js";
import { clockStep } from "./clock-step.js";
import { measureLookups } from "./lookups.js";
import { machineOf } from "./machine-of.js";
import { PageModules } from "./page-modules.js";

/** A sample is so many times as long as the clock's step, so that the clock is wrong by 0.5 % at most. */
const STEPS_MIN = 200;

/** Events go another way than answers: an answer waits until the page has had every event before it. */
class Told<E> {
  #last: unknown;
  constructor(private readonly onEvent: (event: E) => unknown) {}

  readonly tell = (event: E): void => {
    this.#last = this.onEvent(event);
  };

  /** They arrive in order: the last one had, all are. */
  async all(): Promise<void> {
    await this.#last;
  }
}

class Bench implements BenchWorker {
  #base = "";
  #modules = new PageModules("");
  #place: BenchPlace = { clockMs: 0, isIsolated: false };

  async start(base: string): Promise<BenchPlace> {
    this.#base = base;
    this.#modules = new PageModules(base);
    this.#place = { clockMs: clockStep(() => performance.now()), isIsolated: crossOriginIsolated };
    return this.#place;
  }

  async lookups(request: LookupRequest, onEvent: (event: LookupEvent) => void): Promise<void> {
    const sampleMs = Math.max(request.sampleMs, this.#place.clockMs * STEPS_MIN);
    const told = new Told(onEvent);
    await measureLookups({ ...request, sampleMs }, (name) => this.#modules.design(name), told.tell);
    await told.all();
  }

  async argue(request: ArgueRequest, onEvent: (event: ArgueEvent) => void): Promise<void> {
    const told = new Told(onEvent);
    const { source, isQuick } = request;
    const total = request.claims.length;
    let percent = -1;
    const preparing = (share: number) => {
      if (Math.floor(share * 100) === percent) return;
      percent = Math.floor(share * 100);
      const what =
        source?.kind === undefined ? "generating the machine" : `reading the history, ${percent} %`;
      told.tell({ kind: "progress", done: 0, total, what });
    };
    preparing(0);
    await argue({
      machine: await machineOf(source, isQuick, this.#base, this.#modules, preparing),
      modules: this.#modules,
      environment: { cpu: "", engine: navigator.userAgent, version: "", command: "" },
      isQuick,
      claims: request.claims,
      commandFor: (claim) => commandFor(claim, isQuick, source),
      onProgress: (done, total, what) => told.tell({ kind: "progress", done, total, what }),
      onMachine: (machine) => told.tell({ kind: "machine", machine }),
      onArgument: (argument) => told.tell({ kind: "argument", argument }),
    });
    await told.all();
  }
}

Comlink.expose(new Bench());
