import { test } from "vitest";
import { Err, Op } from "/work/main/src/abi.js";
import { NaiveLedger } from "/work/main/test/model/naive-ledger.js";
import * as H from "/work/main/test/model/random-history.js";
test("codes", () => {
  for (const [s, v] of [[H.DENSE,"strict"],[H.DENSE,"both"],[H.HOSTILE,"both"],[H.SPARSE,"both"]] as const) {
    const h = new H.RandomHistory(42, s, v); const m = new NaiveLedger(s.nrFrames, s.maxContainers, s.maxPids);
    const c: Record<string, number> = {}; const ok: Record<number, number> = {};
    const t=performance.now();
    for (let i = 0; i < 20000; i++) { const op = h.next(m); const e = m.run(...op); const n = Object.entries(Err).find(([, x]) => x === e)![0]; c[n] = (c[n] ?? 0) + 1; if (!e) ok[op[0]&255]=(ok[op[0]&255]??0)+1; }
    console.log(s.name, v, performance.now()-t, JSON.stringify(c), JSON.stringify(ok), JSON.stringify(m.tallies), m.splits, m.released, m.containers.size, m.folios.size);
  }
});
