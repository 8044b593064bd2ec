/**
 * lab-model: the state that all views share: what is open, which moment is looked at, what is going on.
 *
 *   idle ── open ──► loading ──► ready ── open ──► loading …
 *                       └─────► failed          (what was open before is gone)
 *
 * What cannot be read at all is refused: what is open, or being opened, stays.  Of many choices the last wins, however
 * long the files of an earlier one take to be found.
 *
 * The session lives in a worker.  To cancel is to end that worker, whatever it is doing; that of a source that was opened and is
 * closed has the next one's session.  Of many seeks, the last wins: while one is under way only the newest wish is kept.  What
 * takes longer than BUSY_MS is said to be busy: it can be stopped, and ends early as soon as something newer is wanted; not
 * before, so that of many wishes in a row some are seen.
 *
 * EVENTS  "state"   idle, loading, ready, failed, or new progress
 *         "moment"  another moment is looked at
 *         "target"  another moment is asked for; it is looked at when the session has it
 *         "refused" something is refused, or the refusal is over
 *         "design"  another design is chosen for what is opened next
 *         "busy"    something takes long, how far it is, or it is over
 */
import * as Comlink from "comlink";
import { DESIGNS } from "../../../src/designs.js";
import type {
  BlockFigures,
  ColumnKind,
  FrameColumn,
  FrameDifference,
  FrameHistory,
  FrameNow,
  LabFault,
  LabProgress,
  LabSource,
  LongWork,
  Moment,
  Opened,
  OpenRequest,
} from "../../../src/lab/protocol.js";
import { faultOf } from "./fault-of.js";
import { type RemoteSession, SessionWorker } from "./session-worker.js";

export type LabState =
  | { readonly is: "idle" }
  | { readonly is: "loading"; readonly title: string; readonly progress: LabProgress }
  | { readonly is: "ready"; readonly opened: Opened }
  | ({ readonly is: "failed" } & Refusal);

/** Why something was not opened. */
export interface Refusal {
  readonly title: string;
  readonly fault: LabFault;
}

/** Asked of the session, and not answered. */
interface Asked {
  readonly work: LongWork;
  /** How many of the kind have been asked for with this one. */
  readonly count: number;
  isSlow: boolean;
  /** Something newer is wanted. */
  isUnwanted: boolean;
}

/** The opening ends with a seek. */
const NONE_ASKED = { seek: 1, column: 0, history: 0 } as const;
/** How long work goes on before it is said to. */
const BUSY_MS = 250;

export type LabEvent = "state" | "moment" | "target" | "refused" | "design" | "busy";
/** Every design is verified; the first of them is looked at. */
export const ALL_DESIGNS = "all";
const DEFAULT_DESIGN = "palette";

export class LabModel extends EventTarget {
  #state: LabState = { is: "idle" };
  #moment: Moment | undefined;
  readonly #worker = new SessionWorker((error) => {
    if (this.#session !== undefined) this.#fail(titleOf(this.request!), error);
  });
  /** Of what is open, or being opened. */
  #session: RemoteSession | undefined;
  /** Every question to it was answered. */
  #isSound = true;
  #wanted: number | undefined;
  #target = 0;
  #seeking = false;
  #choices = 0;
  #refused: Refusal | undefined;
  #design = DEFAULT_DESIGN;
  /** In the order in which the session answers. */
  #asked: Asked[] = [];
  #counts: Record<LongWork, number> = { ...NONE_ASKED };
  #share = 0;
  /** The last request that was opened; so that a view may open it again under another design. */
  request: OpenRequest | undefined;
  /** The last request that ended in `ready`: worth offering after a fault. */
  lastGood: OpenRequest | undefined;

  get state(): LabState {
    return this.#state;
  }
  /** What is open, if anything is. */
  get opened(): Opened | undefined {
    return this.#state.is === "ready" ? this.#state.opened : undefined;
  }
  /** The moment that is looked at; undefined while nothing is open. */
  get moment(): Moment | undefined {
    return this.#moment;
  }

  /** What was refused since something was opened. */
  get refused(): Refusal | undefined {
    return this.#refused;
  }
  /** What takes long, and how much of it is done, 0 … 1. */
  get busy(): { readonly work: LongWork; readonly share: number } | undefined {
    const [first] = this.#asked;
    return first?.isSlow ? { work: first.work, share: this.#share } : undefined;
  }
  /** The event asked for last; where `moment` is, or is about to be. */
  get target(): number {
    return this.#target;
  }
  /** Name of the design, or ALL_DESIGNS, that sources are opened under. */
  get design(): string {
    return this.#design;
  }
  set design(name: string) {
    this.#design = name;
    this.dispatchEvent(new Event("design"));
  }
  /** The designs of a request: the one looked at comes first. */
  get designs(): readonly string[] {
    if (this.#design !== ALL_DESIGNS) return [this.#design];
    return [DEFAULT_DESIGN, ...DESIGNS.map(({ name }) => name).filter((name) => name !== DEFAULT_DESIGN)];
  }

  on(type: LabEvent, listener: () => void, signal: AbortSignal): void {
    this.addEventListener(type, listener, { signal });
  }

  /** Opens under the chosen design. */
  openSource(source: LabSource): Promise<void> {
    return this.open({ source, designs: this.designs });
  }

  /** Something is chosen, and its files are yet to be found; tells whether nothing else was chosen meanwhile. */
  choose(): () => boolean {
    const choice = ++this.#choices;
    return () => choice === this.#choices;
  }

  async open(request: OpenRequest): Promise<void> {
    this.#choices++;
    this.#leave();
    this.request = request;
    const title = titleOf(request);
    this.#set({ is: "loading", title, progress: { what: "Starting", events: 0 } });
    const session = this.#worker.begin();
    this.#session = session;
    const isCurrent = () => this.#session === session;
    try {
      await session.start(
        document.baseURI,
        Comlink.proxy((share: number) => {
          if (!isCurrent()) return;
          this.#share = share;
          if (this.busy !== undefined) this.dispatchEvent(new Event("busy"));
        }),
      );
      const opened = await session.open(
        request,
        Comlink.proxy((progress: LabProgress) => {
          if (isCurrent() && this.#state.is === "loading") this.#set({ is: "loading", title, progress });
        }),
      );
      const moment = await session.seek(opened.events);
      if (!isCurrent()) return;
      this.#moment = moment;
      this.#target = moment.event;
      this.lastGood = request;
      this.#set({ is: "ready", opened });
      this.dispatchEvent(new Event("moment"));
    } catch (error) {
      if (isCurrent()) this.#fail(title, error);
    }
  }

  /** Says why something cannot be opened at all; what is open, or being opened, stays. */
  refuse(title: string, fault: LabFault): void {
    const { is } = this.#state;
    if (is === "ready" || is === "loading") this.#setRefused({ title, fault });
    else this.#fail(title, fault);
  }

  /** The refusal was read. */
  dismiss(): void {
    this.#setRefused(undefined);
  }

  /** Ends what is being opened, or closes what is open. */
  cancel(): void {
    this.#choices++;
    this.#leave();
    this.#set({ is: "idle" });
  }

  /** Looks at the moment after so many events. */
  seek(event: number): void {
    const { opened } = this;
    if (opened === undefined) return;
    if (!Number.isFinite(event)) return;
    this.#target = Math.min(opened.events, Math.max(0, Math.round(event)));
    this.#wanted = this.#target;
    this.dispatchEvent(new Event("target"));
    for (const work of ["seek", "column", "history"] as const) this.giveWay(work);
    if (!this.#seeking) void this.#follow();
  }

  async #follow(): Promise<void> {
    const session = this.#session;
    this.#seeking = true;
    try {
      while (this.#wanted !== undefined && session !== undefined && session === this.#session) {
        const wanted = this.#wanted;
        this.#wanted = undefined;
        const moment = await this.#long(session, this.#askFor("seek"), session.seek(wanted));
        if (session !== this.#session) return;
        if (moment.event !== wanted) {
          // It was ended early: for a newer wish, or because it was to stop where it was.
          if (this.#wanted !== undefined) continue;
          this.#target = moment.event;
          this.dispatchEvent(new Event("target"));
        }
        this.#moment = moment;
        this.dispatchEvent(new Event("moment"));
      }
    } catch (error) {
      if (session === this.#session) this.#fail(this.opened?.title ?? "", error);
    } finally {
      if (session === this.#session) this.#seeking = false;
    }
  }

  /** Of the moment last sought; undefined if the source was closed meanwhile, or something newer is wanted. */
  column(kind: ColumnKind): Promise<FrameColumn | "stopped" | undefined> {
    return this.#read("column", (session) => session.column(kind));
  }
  frame(pfn: number): Promise<FrameNow | undefined> {
    return this.#ask((session) => session.frame(pfn));
  }
  history(pfn: number, limit: number): Promise<FrameHistory | "stopped" | undefined> {
    return this.#read("history", (session) => session.history(pfn, limit));
  }
  async differences(reason: string, from: number, count: number): Promise<readonly FrameDifference[]> {
    return (await this.#ask((session) => session.differences(reason, from, count))) ?? [];
  }
  blocks(): Promise<BlockFigures | undefined> {
    return this.#ask((session) => session.blocks());
  }

  /** Of what is open; not of what is being opened, which answers later than it may be looked at. */
  get #openSession(): RemoteSession | undefined {
    return this.opened && this.#session;
  }

  async #ask<T>(question: (session: RemoteSession) => Promise<T>): Promise<T | undefined> {
    const session = this.#openSession;
    if (session === undefined) return undefined;
    const answer = await this.#answer(session, question(session));
    return session === this.#session ? answer : undefined;
  }

  async #answer<T>(session: RemoteSession, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (session === this.#session) this.#isSound = false;
      throw error;
    }
  }

  /** Ends what is under way: a seek where it is, a column or a history without an answer. */
  stop(): void {
    this.#wanted = undefined;
    for (const asked of this.#asked) this.#stop(asked);
  }

  /** Something newer is wanted of the kind: what is under way ends early if it takes long. */
  giveWay(work: LongWork): void {
    for (const asked of this.#asked)
      if (asked.work === work) {
        asked.isUnwanted = true;
        if (asked.isSlow) this.#stop(asked);
      }
  }

  #stop({ work, count }: Asked): void {
    void this.#session?.stop(work, count);
  }

  async #read<T>(
    work: LongWork,
    question: (session: RemoteSession) => Promise<T | undefined>,
  ): Promise<T | "stopped" | undefined> {
    const session = this.#openSession;
    if (session === undefined) return undefined;
    const asked = this.#askFor(work);
    const answer = await this.#long(session, asked, question(session));
    if (session !== this.#session) return undefined;
    return answer ?? (asked.isUnwanted ? undefined : "stopped");
  }

  #askFor(work: LongWork): Asked {
    const asked = { work, count: ++this.#counts[work], isSlow: false, isUnwanted: false };
    this.#asked.push(asked);
    return asked;
  }

  async #long<T>(session: RemoteSession, asked: Asked, answer: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      if (session !== this.#session) return;
      asked.isSlow = true;
      if (asked.isUnwanted) this.#stop(asked);
      this.dispatchEvent(new Event("busy"));
    }, BUSY_MS);
    try {
      return await this.#answer(session, answer);
    } finally {
      clearTimeout(timer);
      if (session === this.#session) {
        this.#asked.splice(this.#asked.indexOf(asked), 1);
        this.#share = 0;
        this.dispatchEvent(new Event("busy"));
      }
    }
  }

  /** What is open is closed, and its worker waits for the next; what is being opened, or has failed, ends with its worker. */
  #leave(): void {
    const { opened } = this;
    const session = this.#session;
    if (session !== undefined && opened !== undefined && this.#isSound) {
      // At most: each further design had a ledger too, to which the verdict alone was due.
      const ledgers = opened.kind === "generated" ? 1 : this.lastGood!.designs.length;
      this.#worker.leave(session, opened.heldBytes * ledgers);
      this.#clear();
    } else this.#end();
  }

  #end(): void {
    if (this.#session !== undefined) this.#worker.end();
    this.#clear();
  }

  #clear(): void {
    this.#session = undefined;
    this.#isSound = true;
    this.#moment = this.#wanted = undefined;
    this.#target = 0;
    this.#seeking = false;
    this.#asked = [];
    this.#counts = { ...NONE_ASKED };
    this.dispatchEvent(new Event("busy"));
    this.#setRefused(undefined);
  }

  #setRefused(refused: Refusal | undefined): void {
    if (refused === this.#refused) return;
    this.#refused = refused;
    this.dispatchEvent(new Event("refused"));
  }

  #fail(title: string, error: unknown): void {
    this.#end();
    this.#set({ is: "failed", title, fault: faultOf(error) });
  }

  #set(state: LabState): void {
    this.#state = state;
    this.dispatchEvent(new Event("state"));
  }
}

/** What a request is called before anything of it is read. */
export function titleOf({ source }: OpenRequest): string {
  return source.kind === "generated" ? source.settings.workload : source.name;
}
