/** start-worker: a new worker for one part of the work. */

import type { WorkerPart } from "../workers/main.js";
import address from "../workers/main.ts?worker&url";

export function startWorker(part: WorkerPart): Worker {
  return new Worker(address, { type: "module", name: part });
}
