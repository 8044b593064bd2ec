/** bench: the worker that measures.  It blocks while a sample is taken; the page does not. */
import * as Comlink from "comlink";
import { argue } from "../../../src/argue/argue.js";
import { CLAIMS } from "../../../src/argue/claims.js";
import type { MachineSummary } from "../../../src/argue/finding.js";
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
    await measureLookups({ ...request, sampleMs }, (name) => this.#modules.design(name), onEvent);
  }

  async argue(request: ArgueRequest, onEvent: (event: ArgueEvent) => void): Promise<MachineSummary> {
    const { source, isQuick } = request;
    const total = request.claims.length;
    let percent = -1;
    const preparing = (share: number) => {
      if (Math.floor(share * 100) === percent) return;
      percent = Math.floor(share * 100);
      const what =
        source?.kind === undefined ? "generating the machine" : `reading the history, ${percent} %`;
      onEvent({ kind: "progress", done: 0, total, what });
    };
    preparing(0);
    const result = await argue({
      machine: await machineOf(source, isQuick, this.#base, this.#modules, preparing),
      modules: this.#modules,
      environment: { cpu: "", engine: navigator.userAgent, version: "", command: "" },
      isQuick,
      claims: CLAIMS.filter(({ id }) => request.claims.includes(id)),
      commandFor: (claim) => commandFor(claim, isQuick, source),
      onProgress: (done, total, what) => onEvent({ kind: "progress", done, total, what }),
      onArgument: (argument) => onEvent({ kind: "argument", argument }),
    });
    return result.machine;
  }
}

Comlink.expose(new Bench());
