/** replay: the containers of a capture over time. */
import type { Command } from "commander";
import { readListedGroups } from "../capture/oracle.js";
import { type Replay, replayCapture } from "../capture/replay.js";
import { openCapture } from "../node/capture-folder.js";
import { loadDesigns, loadTraceScanner, selectDesigns } from "../node/modules.js";
import { printable } from "../report/text.js";
import { DESIGN_HELP } from "./design-help.js";
import { UsageError } from "./errors.js";
import { showProgress } from "./terminal.js";

interface ReplayFlags {
  readonly design: string;
  readonly every?: string;
  readonly json?: true;
  readonly csv?: true;
}

/** Counters printed per container. */
const COLUMNS = ["anon", "file", "shmem", "kernel", "charged", "total"] as const;

interface Row {
  readonly events: number;
  readonly seconds: number;
  readonly group: string;
  readonly anon: number;
  readonly file: number;
  readonly shmem: number;
  readonly kernel: number;
  readonly charged: number;
  /** Charged here and below. */
  readonly total: number;
}

export function addReplay(program: Command): void {
  program
    .command("replay")
    .description("replay a trace and print what each container held over time, in pages")
    .argument("<path>", "folder of a capture, or a trace alone")
    .option("--design <name>", "owner design", "column")
    .option("--every <events>", "print the containers after each so many events (default: at the end)")
    .option("--json", "one JSON object a line")
    .option("--csv", "comma-separated values")
    .addHelpText(
      "after",
      `${DESIGN_HELP}\nExample:\n  $ pageledger replay test/data/captures/nested --every 50000 --csv > nested.csv`,
    )
    .action(async (path: string, flags: ReplayFlags) => {
      const every = flags.every === undefined ? 0 : positive(flags.every);
      const designs = selectDesigns(flags.design);
      if (designs.length !== 1) throw new UsageError("replay takes one design; use compare for several");
      if (flags.json && flags.csv) throw new UsageError("choose one of --json and --csv");
      const files = await openCapture(path);
      const [scanner, modules] = await Promise.all([loadTraceScanner(), loadDesigns(designs)]);
      const progress = await showProgress(files);
      const print = printer(flags);
      let printed = -1;
      try {
        const replay = await replayCapture(files, {
          scanner,
          designs: modules,
          listed: await readListedGroups(files),
          ...(progress.onProgress === undefined ? {} : { onProgress: progress.onProgress }),
          onStart: (started) => {
            started.sampleEvery = every;
            started.onSample = (events, seconds) => {
              printed = events;
              print(rowsOf(started, events, seconds));
            };
          },
        });
        if (printed !== replay.events) print(rowsOf(replay, replay.events, replay.seconds));
      } finally {
        progress.stop();
      }
    });
}

function rowsOf(replay: Replay, events: number, seconds: number): Row[] {
  const ledger = replay.ledgers[0]!;
  ledger.core.containerTotals();
  return replay.attribution.groups.all().map((group) => {
    const { anon, file, shmem, kernel, charged } = ledger.pages(group.id, "own");
    return {
      events,
      seconds: Number((seconds - replay.firstSeconds).toFixed(6)),
      group: group.online ? group.path : `${group.path} (removed)`,
      anon,
      file,
      shmem,
      kernel,
      charged,
      total: ledger.pages(group.id, "total").charged,
    };
  });
}

function printer(flags: ReplayFlags): (rows: readonly Row[]) => void {
  const out = process.stdout;
  if (flags.json) return (rows) => out.write(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  if (flags.csv) {
    let head = `events,seconds,group,${COLUMNS.join(",")}\n`;
    return (rows) => {
      const line = (r: Row) =>
        `${[r.events, r.seconds, quote(r.group), ...COLUMNS.map((c) => r[c])].join(",")}\n`;
      out.write(head + rows.map(line).join(""));
      head = "";
    };
  }
  return (rows) => {
    out.write(`after ${rows[0]?.events ?? 0} events, ${rows[0]?.seconds ?? 0} s (pages)\n`);
    const width = Math.max(9, ...rows.map((r) => r.group.length));
    out.write(`${"container".padEnd(width)} ${COLUMNS.map((c) => c.padStart(8)).join(" ")}\n`);
    for (const r of rows)
      out.write(
        `${printable(r.group).padEnd(width)} ${COLUMNS.map((c) => String(r[c]).padStart(8)).join(" ")}\n`,
      );
  };
}

/** A CSV field (RFC 4180). */
function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function positive(text: string): number {
  const n = Number(text);
  if (!Number.isSafeInteger(n) || n < 1)
    throw new UsageError(`--every takes a whole number above 0, not "${text}"`);
  return n;
}
