// history-worker: writes the pages of history-plan until two others have read enough, or is one of those that read.
import { Ledger, PageType } from "../../dist/index.js";
import { PAGES } from "./history-plan.mjs";

const READERS = 2;
const LOOKUPS = 200_000;

/** @param {Ledger} ledger @param {Int32Array} finished */
function write(ledger, finished) {
  let batches = 0;
  for (; Atomics.load(finished, 0) < READERS; batches++) {
    const batch = ledger.batch();
    // Pages move to their other owner, or go and come back with it.
    for (const { pfn, ids, always } of PAGES) {
      const id = ids[batches & 1];
      if (always) batch.moveCharge(pfn, id);
      else if (batches % 4 === 3) batch.free(pfn);
      else if (batches % 4 === 0) batch.allocate(pfn).charge(pfn, id, PageType.ANON);
      else batch.moveCharge(pfn, id);
    }
    batch.execute();
  }
  if (batches % 4 !== 0) for (const { pfn, always } of PAGES) if (!always) ledger.free(pfn);
  return { wrong: [], batches };
}

/** Looks up until enough was read, and owners have been seen to change. */
function read(ledger, online) {
  const pfns = Uint32Array.from({ length: 256 }, (_, i) => PAGES[(i * 7) % PAGES.length].pfn);
  const allowed = Array.from(pfns, (pfn) => PAGES.find((page) => page.pfn === pfn));
  const seen = new Map();
  const wrong = [];
  let changes = 0;
  if (online) ledger.online();
  for (let lookups = 0; (lookups < LOOKUPS || changes === 0) && !wrong.length; lookups += pfns.length + 1) {
    const owners = ledger.ownersOf(pfns, { raw: true });
    for (const [i, id] of owners.entries()) {
      const { pfn, ids, always } = allowed[i];
      if (!ids.includes(id) && (id !== 0 || always)) wrong.push(`pfn ${pfn}: owner ${id}`);
      if (seen.has(pfn) && seen.get(pfn) !== id) changes++;
      seen.set(pfn, id);
    }
    if (ledger.chargedTo(pfns[0]) === null) wrong.push(`pfn ${pfns[0]}: no owner`);
    if (online) ledger.quiescent();
  }
  return { wrong, changes };
}

globalThis.onmessage = ({ data: { handle, role, finished } }) => {
  const ledger = Ledger.attach(handle);
  let found;
  try {
    found = role === "writer" ? write(ledger, finished) : read(ledger, role === "online");
  } catch (error) {
    found = { wrong: [String(error)] };
  }
  if (role !== "writer") Atomics.add(finished, 0, 1);
  ledger.detach();
  postMessage(found);
};
