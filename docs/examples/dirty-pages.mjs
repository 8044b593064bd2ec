import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { DirtyPages, Ledger, PageType } from "pageledger";
import { openLedger } from "pageledger/node";

// Dirty pages per container, counted by one agent while another writes: the owner index used from outside the engine.
const FRAMES = 4096;

if (isMainThread) {
  const ledger = await openLedger({ design: "page-cgroup-rcu", frames: FRAMES, shared: true, agents: 2 });
  const [web, db] = [ledger.createContainer("web"), ledger.createContainer("db")];
  const dirty = new DirtyPages(FRAMES);
  const writer = new Worker(new URL(import.meta.url), {
    workerData: { handle: ledger.share(), buffer: dirty.buffer, ids: [web.id, db.id] },
  });
  let counts = 0;
  let most = 0;
  const ended = new Promise((resolve) => writer.once("message", resolve));
  let running = true;
  void ended.then(() => {
    running = false;
  });
  while (running) {
    const pages = dirty.perContainer(ledger); // no lock: the writer goes on
    for (const id of pages.keys()) if (id !== 0 && id !== web.id && id !== db.id) throw new Error(`who is ${id}?`);
    most = Math.max(most, (pages.get(web.id) ?? 0) + (pages.get(db.id) ?? 0));
    counts++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const pages = dirty.perContainer(ledger);
  console.log(`counted while it changed: ${counts > 0}; never more than there are: ${most <= FRAMES}`);
  console.log(`web has ${pages.get(web.id)} dirty pages, db has ${pages.get(db.id)}`);
} else {
  const { handle, buffer, ids } = workerData;
  const ledger = Ledger.attach(handle);
  const dirty = new DirtyPages(FRAMES, buffer);
  for (let round = 0; round < 20; round++) {
    for (let pfn = 0; pfn < FRAMES; pfn++) {
      if (round > 0) ledger.free(pfn);
      ledger.allocate(pfn).charge(pfn, ids[(pfn + round) % 2], PageType.SHMEM);
      if (pfn % 3 === round % 3) dirty.mark(pfn);
      else dirty.clean(pfn);
      if (pfn % 8 === 7) ledger.uncharge(pfn);
    }
    for (let pfn = 7; pfn < FRAMES; pfn += 8) ledger.charge(pfn, ids[0], PageType.SHMEM);
    if (round < 19) for (let pfn = 0; pfn < FRAMES; pfn++) ledger.uncharge(pfn);
  }
  ledger.detach();
  parentPort.postMessage("done");
}
