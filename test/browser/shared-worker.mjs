// shared-worker: joins the ledger of a page, works on it and leaves; or works on it until its end.
import { Ledger, PageType } from "../../dist/index.js";

globalThis.onmessage = async ({ data: { handle, forever } }) => {
  // Let go of when the browser has ended this worker, and not before.
  if (forever)
    await new Promise((held) => navigator.locks.request("worker", () => new Promise(() => held())));
  const ledger = Ledger.attach(handle);
  const tenant = ledger.container("/tenant");
  if (forever) postMessage("attached");
  do {
    if (forever) ledger.free(96, 4);
    ledger.allocate(96, 4).charge(96, tenant, PageType.ANON);
  } while (forever);
  const seen = { agent: ledger.agent, owner: ledger.ownerOf(111)?.path };
  ledger.detach();
  postMessage(seen);
};
