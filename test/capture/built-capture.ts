// built-capture: a small capture whose tables are right, with handles to damage each of them.
//
//     /a  task 7   40 pages of anonymous memory, 30 of files
//     /b  task 8   20 pages of files
import { type CaptureTexts, framesTable, groupsTable, statTable, TraceBuilder } from "./trace-builder.js";

export const A = 101;
export const B = 102;
export const PAGE = 4096;
export const FIRST_ANON = 0x100;
export const FIRST_FILE = 0x200;
const FIRST_FILE_OF_B = 0x300;
/** Frames that no event names. */
export const STACK_FRAMES = [0x700, 0x701, 0x702, 0x703] as const;

const NR_ANON = 40;
const NR_FILE = 30;
const NR_FILE_OF_B = 20;

export class BuiltCapture {
  /** Events between the allocations and the first mark; between the marks of the frames; behind the last mark. */
  readonly before = new TraceBuilder();
  readonly meanwhile = new TraceBuilder();
  readonly after = new TraceBuilder();
  /** pfn → inode, and flags where they matter. */
  readonly frames = new Map<number, readonly [inode: number, flags?: string]>();
  marks = true;
  /** The groups existed before the trace. */
  older = false;
  /** Cut the last line short. */
  tear = false;
  readonly stat = new Map<string, Map<string, number>>();

  constructor() {
    for (let i = 0; i < NR_ANON; i++) this.frames.set(FIRST_ANON + i, [A]);
    for (let i = 0; i < NR_FILE; i++) this.frames.set(FIRST_FILE + i, [A]);
    for (let i = 0; i < NR_FILE_OF_B; i++) this.frames.set(FIRST_FILE_OF_B + i, [B]);
    this.stat.set("/a", statOf(NR_ANON, NR_FILE));
    this.stat.set("/b", statOf(0, NR_FILE_OF_B));
  }

  /** Adds to a figure of memory.stat.tsv. */
  addPages(path: string, item: string, nrPages: number): void {
    const stat = this.stat.get(path)!;
    stat.set(item, stat.get(item)! + nrPages * PAGE);
  }

  texts(): CaptureTexts & { groups: string; stat: string; frames: string } {
    const text = this.#trace();
    return {
      trace: this.tear ? `${text.slice(0, -1)}` : text,
      groups: groupsTable([
        ["/a", A],
        ["/b", B],
      ]),
      stat: statTable(
        [...this.stat].flatMap(([path, items]) => [...items].map(([item, n]) => [path, item, n] as const)),
      ),
      frames: framesTable([...this.frames].map(([pfn, row]) => [pfn, ...row] as const)),
    };
  }

  #trace(): string {
    const start = new TraceBuilder();
    if (!this.older) start.mkdir(A, "/a").mkdir(B, "/b");
    start.attach(7, A, "/a").attach(8, B, "/b");
    const pages = new TraceBuilder().as(7);
    for (let i = 0; i < NR_ANON; i++) pages.anonPage(A, FIRST_ANON + i);
    for (let i = 0; i < NR_FILE; i++) pages.filePage(A, FIRST_FILE + i);
    // Another CPU: bounds of batching are per CPU.
    pages.as(8, 1);
    for (let i = 0; i < NR_FILE_OF_B; i++) pages.filePage(B, FIRST_FILE_OF_B + i);
    const mark = (text: string) => (this.marks ? new TraceBuilder().mark(text).text() : "");
    return [
      start.text(),
      pages.text(),
      this.before.text(),
      mark("oracle memory.stat begin"),
      mark("oracle memory.stat end"),
      mark("oracle kpagecgroup begin"),
      this.meanwhile.text(),
      mark("oracle kpagecgroup end"),
      this.after.text(),
      new TraceBuilder().event("mm_page_free: page=1 pfn=0x9999 order=0").text(),
    ]
      .join("")
      .replace(/^\n/gm, "");
  }
}

/** memory.stat of a group without children, in bytes. */
function statOf(nrAnon: number, nrFile: number): Map<string, number> {
  const pages = {
    cache: nrFile,
    rss: nrAnon,
    shmem: 0,
    mapped_file: 0,
    inactive_anon: nrAnon,
    active_anon: 0,
    inactive_file: nrFile,
    active_file: 0,
    unevictable: 0,
  };
  const stat = new Map<string, number>();
  for (const prefix of ["", "total_"])
    for (const [item, n] of Object.entries(pages)) stat.set(prefix + item, n * PAGE);
  stat.set("usage_in_bytes", (nrAnon + nrFile) * PAGE);
  stat.set("kmem.usage_in_bytes", 0);
  return stat;
}
