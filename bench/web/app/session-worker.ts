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
 * Of all sessions that a worker has had.  The browser takes back what they held when it likes to; with a worker that ends, at once.
 * With this left over the next session still has half a gigabyte.
 */
const LEFT_BYTES_MAX = 512 * 2 ** 20;

export class SessionWorker {
  #worker: Worker | undefined;
  #leftBytes = 0;
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
    this.#leftBytes += bytes;
    if (this.#leftBytes <= LEFT_BYTES_MAX) session[Comlink.releaseProxy]();
    else this.end();
  }

  end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#leftBytes = 0;
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
