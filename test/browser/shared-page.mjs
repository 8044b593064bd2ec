// shared-page: what the page of shared.test.ts runs: a ledger opened here and joined by a worker.
import { openLedger, SharingError } from "../../dist/index.js";

const wasm = async () => (await fetch("/column.wasm")).arrayBuffer();

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
  await new Promise((resolve) => setTimeout(resolve, 100));
  ledger.recover(handle);
  return {
    seen,
    after,
    agents,
    left: ledger.agents().map(({ id }) => id),
    audit: ledger.audit().differences,
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
