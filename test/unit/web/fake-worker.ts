// fake-worker: a worker of the page for tests in Node: the other end of a channel, in the same thread.
import * as Comlink from "comlink";

export interface FakeWorker {
  /** What the page takes for its worker. */
  readonly worker: Worker;
  readonly isEnded: () => boolean;
  /** An uncaught error in the worker. */
  readonly fail: (message: string) => void;
}

export function fakeWorker(api: object): FakeWorker {
  const { port1, port2 } = new MessageChannel();
  Comlink.expose(api, port2);
  let isEnded = false;
  const worker = Object.assign(port1, {
    terminate() {
      isEnded = true;
      port1.close();
    },
  }) as unknown as Worker;
  return {
    worker,
    isEnded: () => isEnded,
    fail: (message) => worker.dispatchEvent(Object.assign(new Event("error"), { message })),
  };
}
