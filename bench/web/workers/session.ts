/** session: the worker that holds what is open. */
import * as Comlink from "comlink";
import { withPlainFaults } from "../../../src/lab/fault.js";
import { Session } from "../../../src/lab/session.js";

const session = withPlainFaults(
  // Loaded when an archive comes.
  new Session({ readZip: async (archive, name) => (await import("./zip.js")).readZip(archive, name) }),
);

/** Millions of values change hands, they are not copied. */
function give<T>(answer: T, ...arrays: readonly ArrayBufferView<ArrayBufferLike>[]): T {
  return Comlink.transfer(answer, [...new Set(arrays.map(({ buffer }) => buffer as ArrayBuffer))]);
}

Comlink.expose({
  ...session,
  open: async (...request: Parameters<typeof session.open>) => {
    const opened = await session.open(...request);
    const { events, seconds, rate, charged } = opened.timeline;
    return give(opened, events, seconds, rate, ...charged);
  },
  seek: async (event: number) => {
    const moment = await session.seek(event);
    return give(moment, moment.counters, moment.online);
  },
  column: async (kind: Parameters<typeof session.column>[0]) => {
    const column = await session.column(kind);
    return column && give(column, column.values);
  },
});
