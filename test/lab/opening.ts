// opening: helpers of the tests that open sources in a session, in Node.
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LabProgress, LabSource, Opened } from "../../src/lab/protocol.js";
import type { ReadZip } from "../../src/lab/read-source.js";
import { Session } from "../../src/lab/session.js";
import { readWasm } from "../../src/node/wasm.js";

export const CAPTURES = fileURLToPath(new URL("../data/captures/", import.meta.url));

export interface OpenedSession {
  readonly session: Session;
  readonly opened: Opened;
  readonly told: readonly LabProgress[];
}

export async function openSource(
  source: LabSource,
  designs: readonly string[] = ["palette"],
  readZip?: ReadZip,
): Promise<OpenedSession> {
  const session = new Session({ loadWasm: readWasm, ...(readZip === undefined ? {} : { readZip }) });
  await session.start("http://laboratory.invalid/");
  const told: LabProgress[] = [];
  const opened = await session.open({ source, designs }, (progress) => told.push(progress));
  return { session, opened, told };
}

/** A capture of the repository as a dropped folder. */
export async function folderOf(path: string): Promise<File[]> {
  const names = await readdir(path);
  return Promise.all(
    names.map(async (name) => new File([new Uint8Array(await readFile(join(path, name)))], name)),
  );
}

export async function droppedCapture(name: string): Promise<LabSource> {
  const path = join(CAPTURES, name);
  return { kind: "files", name: basename(path), files: await folderOf(path) };
}
