// shared-page: what the page of shared.test.ts runs: a ledger opened here and joined by workers.
import { openLedger, PageType, SharingError } from "../../dist/index.js";
import { NR_CONTAINERS, NR_FRAMES, PAGES } from "./history-plan.mjs";

const wasm = async (design = "column") => (await fetch(`/${design}.wasm`)).arrayBuffer();

/** What the worker answers to a message. */
function answerOf(worker, message) {
  const answer = new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
  });
  worker.postMessage(message);
  return answer;
}

globalThis.shareInPage = async () => {
  const ledger = await openLedger({ wasm: await wasm(), nrFrames: 4096, agents: 3 });
  const tenant = ledger.createContainer("tenant");
  const worker = new Worker("/shared-worker.js", { type: "module" });
  const seen = await answerOf(worker, { handle: ledger.share() });
  const after = { owner: ledger.ownerOf(100)?.path, usage: tenant.view.usagePages };
  const agents = ledger.agents().map(({ id }) => id);
  const handle = ledger.share();
  await answerOf(worker, { handle, forever: true });
  await new Promise((resolve) => setTimeout(resolve, 30));
  worker.terminate();
  await navigator.locks.request("worker", () => {});
  ledger.recover(handle);
  return {
    seen,
    after,
    agents,
    left: ledger.agents().map(({ id }) => id),
    audit: ledger.audit().differences,
  };
};

/** Two workers read while a third one writes; what they found, and what is left. */
globalThis.historyInPage = async (design) => {
  const ledger = await openLedger({ wasm: await wasm(design), nrFrames: NR_FRAMES, agents: 4 });
  for (let i = 0; i < NR_CONTAINERS; i++) ledger.createContainer(`c${i}`);
  for (const { pfn, ids, always } of PAGES)
    if (always) ledger.allocate(pfn).charge(pfn, ids[1], PageType.ANON);
  const finished = new Int32Array(new SharedArrayBuffer(4));
  const roles = ["writer", "online", "reader"];
  const found = await Promise.all(
    roles.map((role) =>
      answerOf(new Worker("/history-worker.js", { type: "module" }), {
        handle: ledger.share(),
        role,
        finished,
      }),
    ),
  );
  const audit = ledger.audit().differences;
  const owned = PAGES.filter(({ pfn }) => ledger.chargedTo(pfn) !== null);
  const usage = ledger.containers().reduce((n, container) => n + container.usage(), 0);
  for (const { pfn } of owned) ledger.free(pfn);
  for (let i = 0; i < 4; i++) ledger.batch().allocate(0).free(0).execute();
  return {
    found,
    audit,
    usage: usage - owned.length,
    left: ledger.containers().reduce((n, container) => n + container.usage(), 0),
    waiting: ledger.gracePeriods().waiting,
    agents: ledger.agents().map(({ id }) => id),
  };
};

/** What a page without isolation is told. */
globalThis.refusalInPage = async () => {
  try {
    await openLedger({ wasm: await wasm(), nrFrames: 4096 });
    return "opened";
  } catch (error) {
    return error instanceof SharingError ? error.reason : String(error);
  }
};
