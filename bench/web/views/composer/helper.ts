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
    this.#worker ??= this.#start();
    this.#remote ??= Comlink.wrap<HistoryWorker>(this.#worker);
    const worker = this.#worker;
    const asking = new AbortController();
    const { signal } = asking;
    const answer = new Promise<T | undefined>((done, failed) => {
      worker.addEventListener("ended", () => done(undefined), { signal });
      worker.addEventListener(
        "error",
        ({ message }) => failed(new Error(message || "the worker could not be started")),
        { signal },
      );
      question(this.#remote!).then(done, failed);
    });
    return answer.finally(() => asking.abort());
  }

  /** Ends whatever it is doing. */
  end(): void {
    const worker = this.#worker;
    this.#drop();
    worker?.dispatchEvent(new Event("ended"));
  }

  #start(): Worker {
    const worker = startWorker("history");
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      // It may be dead: the next question gets another one.
      if (worker === this.#worker) this.#drop();
    });
    return worker;
  }

  #drop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#remote = undefined;
  }
}
