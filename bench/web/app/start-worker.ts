/** start-worker: a worker of the page, by the name of the part that it runs. */
export function startWorker(name: "session" | "bench" | "history"): Worker {
  return new Worker(new URL("../workers/worker.ts", import.meta.url), { type: "module", name });
}
