/**
 * verification: a capture replayed under each design and held against the kernel's own counts.
 *
 * memory.stat is compared at the mark `oracle memory.stat begin`, frames.tsv with the state between the marks
 * `oracle kpagecgroup begin` and `end`; a capture without marks is compared at the end of its trace.
 */
import { CaptureError } from "./errors.js";
import type { Group } from "./group-book.js";
import { MAX_FRAMES } from "./limits.js";
import { type CaptureFiles, type Oracle, readOracle } from "./oracle.js";
import { TORN_LAST_LINE } from "./reader.js";
import { type Replay, type ReplayLedger, type ReplayOptions, replayCapture } from "./replay.js";
import type { Disagreement } from "./testimony.js";
import { Reason, type Verdict, verdictOf, worse } from "./verdict.js";
import { type CountedGroup, type CounterRow, compareCounters } from "./verify-counters.js";
import { compareFrames, type FrameDifference, type FrameFigures } from "./verify-frames.js";

export interface DesignResult {
  readonly design: string;
  readonly frames: FrameFigures;
  readonly counters: readonly CounterRow[];
  /** Time in the ledger's operations alone, by events of the trace. */
  readonly nsPerEvent: number;
  /** Bytes of the owner index per page frame, as allocated at the end. */
  readonly bytesPerPage: number;
  /** Differences that a recount from the frames found; 0 in a sound ledger. */
  readonly auditDifferences: number;
}

export interface VerifyResult {
  readonly capture: string;
  readonly events: number;
  readonly lines: number;
  readonly seconds: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly verdict: Verdict;
  /** Why the verdict is not `exact`, one line each. */
  readonly because: readonly string[];
  readonly designs: readonly DesignResult[];
  readonly witnesses: {
    readonly agree: number;
    readonly disagree: number;
    readonly memcgOnly: number;
    readonly taskOnly: number;
    readonly listed: readonly Disagreement[];
  };
  readonly lostEvents: number;
  /** Refused or stray operations by name: events about frames that the trace had not introduced. */
  readonly stray: Readonly<Record<string, number>>;
}

export interface Verification {
  readonly result: VerifyResult;
  readonly replay: Replay;
  readonly oracle: Oracle;
}

export interface VerifyOptions extends Omit<ReplayOptions, "listed"> {
  /** Called with each frame that the first design places otherwise; the result lists the first few only. */
  readonly onDifference?: (difference: FrameDifference) => void;
}

/** Replays and compares.  Throws CaptureError where a file cannot be believed. */
export async function verifyCapture(files: CaptureFiles, options: VerifyOptions): Promise<Verification> {
  const oracle = await readOracle(files);
  const { frames } = oracle;
  const highest = frames.count === 0 ? 0 : frames.pfn[frames.count - 1]! + 1;
  if (highest > MAX_FRAMES)
    throw new CaptureError({
      file: files.frames?.name ?? files.name,
      reason: `frame ${highest - 1} is out of range`,
      remedy: `a ledger holds frames below ${MAX_FRAMES}; check that the file is whole`,
    });
  const moments = new Moments(oracle, options.onDifference);
  const replay = await replayCapture(files, {
    nrFrames: highest,
    ...options,
    listed: oracle.groups,
    onStart: (started) => {
      moments.follow(started);
      options.onStart?.(started);
    },
  });
  moments.end();
  return { result: moments.result(files.name), replay, oracle };
}

/** Figures without which a group was not compared. */
const NEEDED_ITEMS = ["cache", "inactive_anon", "active_anon", "inactive_file", "active_file"];
const GAPS_LISTED = 5;

/** The two moments at which ledgers and kernel are compared. */
class Moments {
  readonly #oracle: Oracle;
  readonly #onDifference: VerifyOptions["onDifference"];
  #replay!: Replay;
  #counters: CounterRow[][] | undefined;
  #frames: FrameFigures[] | undefined;
  #statRead = false;

  constructor(oracle: Oracle, onDifference: VerifyOptions["onDifference"]) {
    this.#oracle = oracle;
    this.#onDifference = onDifference;
  }

  follow(replay: Replay): void {
    this.#replay = replay;
    replay.onMark = (text) => {
      const mark = text.trim();
      // The oracle was read once: of marks that come again, in a trace put together or made up, the first count.
      if (mark === "oracle memory.stat begin") this.#counters ??= this.#compareCounters();
      else if (mark === "oracle memory.stat end") this.#allowFlux();
      else if (this.#frames !== undefined) return;
      else if (mark === "oracle kpagecgroup begin") replay.attribution.watching ||= true;
      else if (mark === "oracle kpagecgroup end") this.#frames = this.#compareFrames();
    };
  }

  end(): void {
    this.#counters ??= this.#compareCounters();
    this.#frames ??= this.#compareFrames();
  }

  #compareCounters(): CounterRow[][] {
    const { attribution, ledgers } = this.#replay;
    const { groups } = attribution;
    groups.addRemaining();
    this.#replay.flush();
    const below = subtrees(groups.all());
    return ledgers.map((ledger) => {
      ledger.core.containerTotals();
      return compareCounters({
        groups: groups
          .all()
          // An inode, and its path too, may have named a group before that is gone.
          .filter((g) => groups.byInode(g.inode) === g && this.#oracle.groups.get(g.inode) === g.path)
          .map((g) => counted(g, ledger, below, (id) => groups.byId(id)?.online === true)),
        stat: this.#oracle.stat,
        items: attribution.items.snapshot(),
        cpus: attribution.cpus,
        reclaimEvents: attribution.reclaimEvents,
        largePages: ledger.largePages(),
        migratedPages: attribution.migratedPages,
        lost: attribution.lostEvents > 0,
      });
    });
  }

  #compareFrames(): FrameFigures[] {
    const { attribution, ledgers } = this.#replay;
    this.#replay.flush();
    attribution.watching = false;
    const { groups, items } = attribution;
    const below = subtrees(groups.all());
    const listed = (id: number) => {
      const group = groups.byId(id);
      return group !== undefined && this.#oracle.groups.has(group.inode) ? group.path : "";
    };
    return ledgers.map((ledger, i) =>
      compareFrames(this.#oracle.frames, ledger, {
        path: listed,
        container: (inode) => groups.idOf(inode),
        inFlux: attribution.inFlux,
        isRemovedInFlux: (id) => {
          for (let at = id; at !== 0; at = groups.byId(at)?.parent ?? 0)
            if (attribution.removedInFlux.has(at)) return true;
          return false;
        },
        kernelStackPages: (id) =>
          (below.get(id) ?? [id]).reduce((sum, member) => sum + items.lruvec(member, items.kernelStack), 0),
        migratedPages: attribution.migratedPages,
        lost: attribution.lostEvents > 0,
        isOlder: (id) => groups.byId(id)?.madeInTrace === false,
        onDifference: i === 0 ? this.#onDifference : undefined,
      }),
    );
  }

  /** A figure between the states at the two marks was read while it changed. */
  #allowFlux(): void {
    if (this.#counters === undefined || this.#statRead) return;
    this.#statRead = true;
    const later = this.#compareCounters();
    this.#counters.forEach((rows, ledger) => {
      const unexplained = rows.filter(
        (row) => row.kernelPages !== row.ledgerPages && row.reason === undefined,
      );
      if (unexplained.length === 0) return;
      const after = new Map(later[ledger]!.map((row) => [`${row.group}\0${row.item}`, row.ledgerPages]));
      for (const row of unexplained) {
        const then = after.get(`${row.group}\0${row.item}`) ?? row.ledgerPages;
        const [low, high] = [Math.min(row.ledgerPages, then), Math.max(row.ledgerPages, then)];
        if (row.kernelPages >= low && row.kernelPages <= high) row.reason = Reason.FLUX;
      }
    });
  }

  /** What keeps the tables from proving anything, in words. */
  #gaps(): string[] {
    const { groups, stat } = this.#oracle;
    if (groups.size === 0) return ["groups.tsv names no group: nothing was compared"];
    const gaps: string[] = [];
    for (const [inode, path] of groups) {
      const met = this.#replay.attribution.groups.byInode(inode);
      if (met !== undefined && met.path !== path)
        gaps.push(`groups.tsv calls group ${inode} ${path}, the trace ${met.path}`);
      const items = stat.get(path);
      const absent = NEEDED_ITEMS.filter((item) => items?.has(item) !== true);
      if (absent.length > 0) gaps.push(`memory.stat.tsv has no ${absent.join(", ")} of ${path}`);
    }
    return gaps.length <= GAPS_LISTED
      ? gaps
      : [...gaps.slice(0, GAPS_LISTED), `and ${gaps.length - GAPS_LISTED} more`];
  }

  result(capture: string): VerifyResult {
    const replay = this.#replay;
    const summary = replay.summary!;
    const designs = replay.ledgers.map(
      (ledger, i): DesignResult => ({
        design: ledger.design,
        frames: this.#frames![i]!,
        counters: this.#counters![i]!,
        nsPerEvent: (ledger.executeMs * 1e6) / Math.max(1, summary.events),
        bytesPerPage: ledger.bytesPerPage,
        auditDifferences: ledger.core.audit(),
      }),
    );
    const because: string[] = [];
    let verdict: Verdict = "exact";
    const lower = (to: Verdict, why: string) => {
      verdict = worse(verdict, to);
      if (!because.includes(why)) because.push(why);
    };
    if (summary.lostEvents > 0 || summary.lostUncounted > 0)
      lower(
        "incomplete",
        `${summary.lostEvents || "an unknown number of"} events lost, first before line ${summary.lost[0]?.line}`,
      );
    if (summary.skipped.has(TORN_LAST_LINE)) lower("incomplete", "the last line of the trace is torn");
    for (const gap of this.#gaps()) lower("incomplete", gap);
    const refused = replay.ledgers.flatMap((ledger) => Object.entries(ledger.core.errorCounts()));
    for (const [code, count] of refused) lower("incomplete", `${count} operations refused: ${code}`);
    for (const design of designs) judge(design, lower);
    const { agree, disagree, memcgOnly, taskOnly, listed } = replay.attribution.witnesses;
    return {
      capture,
      events: summary.events,
      lines: summary.lines,
      seconds: replay.seconds - replay.firstSeconds,
      skipped: { ...Object.fromEntries(summary.skipped), ...replay.unusedEvents() },
      verdict,
      because,
      designs,
      witnesses: { agree, disagree, memcgOnly, taskOnly, listed },
      lostEvents: summary.lostEvents,
      stray: replay.ledgers[0]?.stray() ?? {},
    };
  }
}

function judge(design: DesignResult, lower: (to: Verdict, why: string) => void): void {
  const { frames, counters } = design;
  for (const [reason, count] of Object.entries(frames.reasons)) {
    const what = `${count} frame${count === 1 ? "" : "s"} placed otherwise`;
    const why = reason === "" ? `, without a reason (${design.design})` : `: ${reason}`;
    lower(verdictOf(reason as Reason | ""), `${what}${why}`);
  }
  // The kernel's own batching does not lower a verdict: it keeps these figures within a bound only.
  const reasons = new Map<Reason | undefined, number>();
  for (const { kernelPages, ledgerPages, reason } of counters)
    if (kernelPages !== ledgerPages && reason !== Reason.STOCK)
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  for (const [reason, count] of reasons)
    lower(
      verdictOf(reason),
      `${count} ${count === 1 ? "counter differs" : "counters differ"}: ${reason ?? "no reason"}`,
    );
  if (design.auditDifferences > 0)
    lower("wrong", `the audit of ${design.design} found ${design.auditDifferences} differences`);
}

function counted(
  group: Group,
  ledger: ReplayLedger,
  below: ReadonlyMap<number, number[]>,
  isOnline: (id: number) => boolean,
): CountedGroup {
  const subtree = below.get(group.id) ?? [group.id];
  return {
    path: group.path,
    container: group.id,
    older: !group.madeInTrace,
    own: ledger.pages(group.id, "own"),
    total: ledger.pages(group.id, "total"),
    subtree,
    onlineGroups: subtree.filter(isOnline).length,
  };
}

/** Container → itself and every container below it. */
function subtrees(groups: readonly Group[]): Map<number, number[]> {
  const parentOf = new Map(groups.map((g) => [g.id, g.parent]));
  const below = new Map<number, number[]>();
  for (const { id } of groups)
    for (let at: number | undefined = id; at; at = parentOf.get(at)) {
      const members = below.get(at);
      if (members === undefined) below.set(at, [id]);
      else members.push(id);
    }
  return below;
}
