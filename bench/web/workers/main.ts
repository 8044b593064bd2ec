/**
 * main: the one script of all workers; the worker's name tells which part of it is wanted.
 *
 * One script, so that what the parts share (ledger, workloads, capture) is built and fetched once.  Messages that come
 * before the part is there are kept for it.
 */
const PARTS = {
  session: () => import("./session.js"),
  bench: () => import("./bench.js"),
  history: () => import("./history.js"),
  painter: () => import("./painter.js"),
} satisfies Record<string, () => Promise<unknown>>;

const early: MessageEvent[] = [];
const keep = (event: MessageEvent) => early.push(event);
addEventListener("message", keep);

PARTS[self.name as WorkerPart]().then(
  () => {
    removeEventListener("message", keep);
    for (const { data } of early) dispatchEvent(new MessageEvent("message", { data }));
  },
  (reason: unknown) => {
    // Out of the promise: only an uncaught error reaches the page.
    setTimeout(() => {
      throw reason;
    });
  },
);

export type WorkerPart = keyof typeof PARTS;
