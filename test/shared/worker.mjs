// worker: one agent on a thread of its own, over the built package.  It runs what it is given, once or until its end.
import { parentPort, workerData } from "node:worker_threads";
import { Core } from "../../dist/core/core.js";

const { handle, words, forever } = workerData;
const core = new Core(handle.module, handle);
const count = words.length / 4;
parentPort.postMessage("attached");
do core.execute(words, count, false);
while (forever);
core.detach();
