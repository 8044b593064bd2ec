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
  return fakeOf((port) => {
    Comlink.expose(api, port);
    return () => port.close();
  });
}

/** Each port that it is sent is the other end of an object of its own. */
export function fakeSessionWorker(begin: () => object): FakeWorker {
  return fakeOf((port) => {
    const begun: MessagePort[] = [];
    port.onmessage = ({ data }) => {
      begun.push(data);
      Comlink.expose(begin(), data);
    };
    return () => {
      for (const each of [port, ...begun]) each.close();
    };
  });
}

/** `start` runs the worker at its end of the channel; what it answers ends it. */
function fakeOf(start: (port: MessagePort) => () => void): FakeWorker {
  const { port1, port2 } = new MessageChannel();
  const end = start(port2);
  let isEnded = false;
  const worker = Object.assign(port1, {
    terminate() {
      isEnded = true;
      end();
    },
  }) as unknown as Worker;
  return {
    worker,
    isEnded: () => isEnded,
    fail: (message) => worker.dispatchEvent(Object.assign(new Event("error"), { message })),
  };
}
