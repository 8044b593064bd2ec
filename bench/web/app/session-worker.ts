/**
 * session-worker: the worker that what is open lives in; it is kept for what is opened next.
 *
 *   begin ──► a session ── leave ──► its worker waits, its modules compiled and its code warm ── begin ──► …
 *                     └──── end ───► its worker is gone, whatever it was doing
 *
 * Each session has a channel of its own: what one that was left still answers reaches nobody.
 */
import * as Comlink from "comlink";
import type { LabSession } from "../../../src/lab/protocol.js";
import { startWorker } from "./start-worker.js";

export type RemoteSession = Comlink.Remote<LabSession>;

/**
 * The browser takes back what a session held when it likes to, maybe after the next has as much; with a worker that ends, at
 * once.  Twice this and what it takes to read is well below a gigabyte.
 */
const LEFT_BYTES_MAX = 256 * 2 ** 20;

export class SessionWorker {
  #worker: Worker | undefined;
  readonly #onError: (error: Error) => void;

  /** `onError` is told what the worker did not catch: it is gone then. */
  constructor(onError: (error: Error) => void) {
    this.#onError = onError;
  }

  begin(): RemoteSession {
    this.#worker ??= this.#start();
    const { port1, port2 } = new MessageChannel();
    this.#worker.postMessage(port2, [port2]);
    return Comlink.wrap<LabSession>(port1);
  }

  /** The session is over, and is sound; its ledgers, log and checkpoints took so many bytes. */
  leave(session: RemoteSession, bytes: number): void {
    if (bytes <= LEFT_BYTES_MAX) session[Comlink.releaseProxy]();
    else this.end();
  }

  end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #start(): Worker {
    const worker = startWorker("session");
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      if (worker !== this.#worker) return;
      this.end();
      this.#onError(new Error(event.message || "the worker could not be started"));
    });
    return worker;
  }
}
