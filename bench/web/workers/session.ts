/** session: the worker that holds what is open.  Each port that it is sent gets a session; all share the compiled modules. */
import * as Comlink from "comlink";
import { withPlainFaults } from "../../../src/lab/fault.js";
import { Session, type SessionTools } from "../../../src/lab/session.js";

const tools: SessionTools = {
  modules: new Map(),
  // Loaded when an archive comes.
  readZip: async (archive, name) => (await import("./zip.js")).readZip(archive, name),
};

/** Millions of values change hands, they are not copied. */
function give<T>(answer: T, ...arrays: readonly ArrayBufferView<ArrayBufferLike>[]): T {
  return Comlink.transfer(answer, [...new Set(arrays.map(({ buffer }) => buffer as ArrayBuffer))]);
}

addEventListener("message", ({ data }: MessageEvent<MessagePort>) => {
  const own = new Session(tools);
  const session = withPlainFaults(own);
  /** What the page wants to be told by. */
  const callbacks: unknown[] = [];
  Comlink.expose(
    {
      ...session,
      start: (...how: Parameters<typeof session.start>) => {
        callbacks.push(how[1]);
        return session.start(...how);
      },
      open: async (...request: Parameters<typeof session.open>) => {
        callbacks.push(request[1]);
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
      // The page has left it.
      [Comlink.finalizer]: () => {
        own.close();
        for (const each of callbacks as Comlink.Remote<() => void>[]) each[Comlink.releaseProxy]();
      },
    },
    data,
  );
});
