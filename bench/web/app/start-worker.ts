/** start-worker: a new worker for one part of the work. */

import type { WorkerPart } from "../workers/main.js";
import MainWorker from "../workers/main.ts?worker";

export function startWorker(part: WorkerPart): Worker {
  return new MainWorker({ name: part });
}
