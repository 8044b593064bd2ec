/**
 * sources: the captures that come with the page, and the one that it is served with.
 */
import type { LabSource, RemoteFile } from "../../../src/lab/protocol.js";

export interface BuiltIn {
  readonly name: string;
  /** What ran, in a line. */
  readonly about: string;
  readonly bytes: number;
  readonly source: LabSource;
}

const ABOUT: Readonly<Record<string, string>> = {
  nested: "a tree of groups; a task moves between them; a group is removed while page cache is charged to it",
  limits:
    "page cache reclaimed under a limit; anonymous memory over a limit, ended by the out-of-memory killer",
  huge: "huge pages: folios of order 9, split and freed",
  tenants: "a web server with clients, an SQLite database, a sort-and-compress batch",
  forks: "a fork storm, copy-on-write after fork, process and thread pools",
};

interface Listed {
  readonly name: string;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

let listing: Promise<readonly BuiltIn[]> | undefined;

/** Read once.  A page without them works, on the captures that are dropped. */
export function builtIns(): Promise<readonly BuiltIn[]> {
  listing ??= readListing().catch(() => []);
  return listing;
}

async function readListing(): Promise<readonly BuiltIn[]> {
  const answer = await fetch(new URL("captures/index.json", document.baseURI));
  if (!answer.ok) return [];
  const listed = (await answer.json()) as readonly Listed[];
  return listed.map(({ name, files }) => {
    const remote = files.map(({ name: file, bytes }): RemoteFile => {
      const path = `captures/${encodeURIComponent(name)}/${encodeURIComponent(file)}`;
      return { name: file, bytes, url: new URL(path, document.baseURI).href };
    });
    return {
      name,
      about: ABOUT[name] ?? "",
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      source: { kind: "remote", name, files: remote, isBuiltIn: true },
    };
  });
}

/** The capture of `pageledger lab DIR`, as the server wrote it into the page. */
export function servedCapture(): LabSource | undefined {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="pageledger-capture"]');
  if (meta === null) return undefined;
  try {
    const { name, files } = JSON.parse(meta.content) as { name: string; files: readonly RemoteFile[] };
    const remote = files.map((file) => ({ ...file, url: new URL(file.url, document.baseURI).href }));
    return { kind: "remote", name, files: remote, isBuiltIn: false };
  } catch {
    return undefined;
  }
}
