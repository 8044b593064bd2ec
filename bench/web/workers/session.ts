/** session: the worker that holds what is open. */
import * as Comlink from "comlink";
import { withPlainFaults } from "../../../src/lab/fault.js";
import { Session } from "../../../src/lab/session.js";

const session = withPlainFaults(
  // Loaded when an archive comes.
  new Session({ readZip: async (archive, name) => (await import("./zip.js")).readZip(archive, name) }),
);

Comlink.expose({
  ...session,
  // Millions of values change hands, they are not copied.
  column: async (kind: Parameters<typeof session.column>[0]) => {
    const column = await session.column(kind);
    return Comlink.transfer(column, [column.values.buffer]);
  },
});
