// Two threads charge and uncharge pages of one ledger by their numbers, at once: neither waits for the other.
import { once } from "node:events";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { Ledger, LedgerError } from "pageledger";
import { openLedger, recoverOnExit } from "pageledger/node";

const FRAMES = 2 ** 20;

if (isMainThread) {
  const ledger = await openLedger({ design: "palette", frames: FRAMES, frameRecords: false, shared: true });
  const all = ledger.createContainer({ name: "tenants", maxPages: 700_000 });
  for (const name of ["ada", "bob"]) ledger.createContainer({ name, parent: all });
  const workers = ["ada", "bob"].map((name, number) => {
    const handle = ledger.share();
    const worker = new Worker(new URL(import.meta.url), { workerData: { handle, name, number } });
    recoverOnExit(ledger, worker, handle);
    return once(worker, "exit");
  });
  await Promise.all(workers);
  const pages = ledger.recount();
  for (const { path, id } of ledger.containers()) console.log(path, "has", pages[id], "pages");
  console.log("charged in all:", all.usage({ exact: true }), "- an audit finds", ledger.audit().differences, "differences");
} else {
  const { handle, name, number } = workerData;
  const ledger = Ledger.attach(handle);
  const tenant = ledger.container(`/tenants/${name}`);
  // Every second page is this thread's, so that both are in each block of 64.
  const pfns = Uint32Array.from({ length: FRAMES / 2 }, (_, i) => 2 * i + number);
  const half = pfns.length / 2;
  ledger.lockless.charge(pfns.subarray(0, half), tenant);
  try {
    ledger.lockless.charge(Uint32Array.of(number), tenant);
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code !== "CHARGED") throw error;
  }
  ledger.lockless.uncharge(pfns.subarray(0, 1000 * (number + 1)));
  ledger.detach();
}
