/**
 * worker: one program behind every worker of the page; the worker's name says which part of it runs.  What the parts share is
 * built and loaded once.
 *
 *   message ─► kept ─► the part has been loaded and listens ─► handed on, in order
 */
const PARTS: Readonly<Record<string, () => Promise<{ serve(): void }>>> = {
  session: () => import("./session.js"),
  bench: () => import("./bench.js"),
  history: () => import("./history.js"),
};

const kept: unknown[] = [];
const keep = (event: MessageEvent) => kept.push(event.data);
addEventListener("message", keep);
PARTS[self.name]!().then(
  ({ serve }) => {
    serve();
    removeEventListener("message", keep);
    for (const data of kept) dispatchEvent(new MessageEvent("message", { data }));
  },
  // An error of the worker, which the page hears of; a rejection it does not.
  (error: unknown) =>
    setTimeout(() => {
      throw error;
    }),
);

export {};
