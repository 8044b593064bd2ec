/** helper: the composer's worker, started when it is wanted and ended with the view. */
import * as Comlink from "comlink";
import { startWorker } from "../../app/start-worker.js";
import type { HistoryWorker } from "../../workers/history.js";

export class HistoryHelper {
  #worker: Worker | undefined;
  #remote: Comlink.Remote<HistoryWorker> | undefined;

  constructor(signal: AbortSignal) {
    signal.addEventListener("abort", () => this.end());
  }

  /** Asks the worker; undefined if it was ended meanwhile.  Rejects if it cannot be started, or runs out of memory. */
  ask<T>(question: (remote: Comlink.Remote<HistoryWorker>) => Promise<T>): Promise<T | undefined> {
    this.#worker ??= startWorker("history");
    this.#remote ??= Comlink.wrap<HistoryWorker>(this.#worker);
    const worker = this.#worker;
    return new Promise((done, failed) => {
      worker.addEventListener("ended", () => done(undefined), { once: true });
      worker.addEventListener(
        "error",
        (event) => {
          event.preventDefault();
          failed(new Error(event.message || "the worker could not be started"));
        },
        { once: true },
      );
      question(this.#remote!).then(done, failed);
    });
  }

  /** Ends whatever it is doing. */
  end(): void {
    this.#worker?.terminate();
    this.#worker?.dispatchEvent(new Event("ended"));
    this.#worker = undefined;
    this.#remote = undefined;
  }
}
