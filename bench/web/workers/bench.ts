/** bench: the worker that measures.  It blocks while a sample is taken; the page does not. */
import * as Comlink from "comlink";
import { argue, FULL, QUICK } from "../../../src/argue/argue.js";
import { CLAIMS } from "../../../src/argue/claims.js";
import type { MachineSummary } from "../../../src/argue/finding.js";
import { generatedMachine, type Machine } from "../../../src/argue/machine.js";
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
import { PageModules } from "./page-modules.js";

/** The seed of `pageledger argue`: the same generated machine as there. */
const SEED = 2006;
/** A sample is so many times as long as the clock's step, so that the clock is wrong by 0.5 % at most. */
const STEPS_MIN = 200;

class Bench implements BenchWorker {
  #modules = new PageModules("");
  #place: BenchPlace = { clockMs: 0, isIsolated: false };

  async start(base: string): Promise<BenchPlace> {
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
    onEvent({ kind: "progress", done: 0, total: request.claims.length, what: "preparing the machine" });
    const result = await argue({
      machine: this.#machine(isQuick),
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

  #machine(isQuick: boolean): Machine {
    const { generatedFrames, generatedOperations } = isQuick ? QUICK : FULL;
    return generatedMachine(generatedFrames, generatedOperations, SEED);
  }
}

Comlink.expose(new Bench());
