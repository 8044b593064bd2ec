import { LedgerError, LruList, PageType } from "pageledger";
import { openLedger, restoreLedger } from "pageledger/node";

// A machine of 2^20 frames (4 GiB); the owner of each page in a flat column.
const ledger = await openLedger({ design: "column", frames: 2 ** 20, containers: 100 });
const web = ledger.createContainer({ name: "web", maxPages: 1000 });
const cache = ledger.createContainer({ name: "cache", parent: web });

// A huge page (order 9) and 400 single ones, in one batch.
ledger.allocate(512, 9).charge(512, web, PageType.ANON).lruAdd(512, LruList.INACTIVE_ANON);
const batch = ledger.batch();
for (let pfn = 2000; pfn < 2400; pfn++) batch.allocate(pfn).charge(pfn, cache, PageType.FILE).cacheAdd(pfn);
batch.execute();

console.log("owner of frame 700:", ledger.ownerOf(700)?.path);
console.log("web holds", web.view.chargedPages, "pages itself,", web.view.usagePages, "with all below");

// One page more than the limit allows: refused, and nothing has changed.
try {
  ledger.allocate(4096, 7).charge(4096, cache, PageType.ANON);
} catch (error) {
  if (!(error instanceof LedgerError)) throw error;
  console.log(error.message);
}

// A removed container's pages count for its nearest online ancestor, as in the kernel.
cache.remove();
console.log("owner of frame 2000:", ledger.ownerOf(2000)?.path, "- charged to", ledger.chargedTo(2000)?.path);

const image = ledger.snapshot();
const again = await restoreLedger("column", image);
console.log("restored from", image.length, "bytes;", again.audit().differences, "differences found by a recount");
