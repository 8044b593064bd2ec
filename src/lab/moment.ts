/**
 * moment: the counters of every container as the ledger has them now.
 */
import { Container, ContainerFlag, Core as CoreRecord, NR_OWN_COUNTERS } from "../abi.js";
import { MOMENT_COUNTERS, type Moment } from "./protocol.js";
import type { Recording } from "./recording.js";

/** Counters of a container itself that a moment shows, by their place among its own. */
const OWN = [
  Container.anonPages,
  Container.filePages,
  Container.shmemPages,
  Container.kernelPages,
  Container.otherPages,
  Container.inactiveAnonPages,
  Container.activeAnonPages,
  Container.inactiveFilePages,
  Container.activeFilePages,
  Container.unevictablePages,
  Container.chargedPages,
].map((offset) => (offset - Container.anonPages) >>> 2);
const COLUMNS = MOMENT_COUNTERS.length;

export function momentOf(recording: Recording, indexById: Int32Array): Moment {
  const { core, spans, event, clock } = recording;
  core.containerTotals();
  const counters = new Float64Array(spans.count * COLUMNS);
  const online = new Uint8Array(spans.count);
  const words = core.u32;
  for (let index = 0; index < spans.count; index++) {
    const id = spans.idOf(index);
    if (indexById[id] !== index || !core.isUsed(id)) continue;
    online[index] = (core.containerFlags(id) & ContainerFlag.ONLINE) === 0 ? 0 : 1;
    const own = (core.containerPtr(id) + Container.anonPages) >>> 2;
    const to = index * COLUMNS;
    for (let i = 0; i < OWN.length; i++) counters[to + i] = words[own + OWN[i]!]!;
    // Of the totals, charged is the last.
    const total = (core.containerPtr(id) + Container.totalAnonPages) >>> 2;
    counters[to + OWN.length] = words[total + NR_OWN_COUNTERS - 1]!;
  }
  return {
    event,
    seconds: clock.secondsAt(event),
    counters,
    online,
    ownedFrames: core.coreWord(CoreRecord.chargedPages),
  };
}
