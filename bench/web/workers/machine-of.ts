/**
 * machine-of: what the claims are tried on: the machine of the command, or the one that is open in the page.
 */
import { FULL, QUICK } from "../../../src/argue/argue.js";
import { capturedMachine } from "../../../src/argue/captured.js";
import { generatedMachine, type Machine, OperationLog } from "../../../src/argue/machine.js";
import { loadScanner } from "../../../src/capture/scanner.js";
import { OP_WORDS } from "../../../src/core/core.js";
import { composedHistory } from "../../../src/lab/composed.js";
import type { LabSource } from "../../../src/lab/protocol.js";
import { readSource } from "../../../src/lab/read-source.js";
import type { HistorySettings } from "../../../src/lab/settings.js";
import type { PageModules } from "./page-modules.js";

/** The seed of `pageledger argue`: the same generated machine as there. */
const SEED = 2006;
const BATCH_OPS = 4096;

/** `onShare` is told how much of a capture was read, 0 … 1, where that is known.  Throws CaptureError, LabFaultError, WorkloadError. */
export async function machineOf(
  source: LabSource | undefined,
  isQuick: boolean,
  base: string,
  modules: PageModules,
  onShare: (share: number) => void,
): Promise<Machine> {
  if (source === undefined) {
    const { generatedFrames, generatedOperations } = isQuick ? QUICK : FULL;
    return generatedMachine(generatedFrames, generatedOperations, SEED);
  }
  if (source.kind === "generated") return composedMachine(source.settings);
  const { files, share } = await readSource(source, base, async (archive, name) =>
    // Loaded when an archive comes.
    (await import("./zip.js")).readZip(archive, name),
  );
  const [scanner, design] = await Promise.all([modules.scanner(), modules.design("column")]);
  if (design === undefined) throw new Error("wasm/column.wasm is not beside the page");
  return capturedMachine(files, {
    scanner: await loadScanner(scanner),
    design,
    onProgress: () => onShare(share() ?? 0),
  });
}

/** The history of a composer's settings, or the beginning of a long one. */
function composedMachine(settings: HistorySettings): Machine {
  const history = composedHistory(settings);
  const log = new OperationLog();
  const words = new Uint32Array(OP_WORDS * BATCH_OPS);
  for (let count = history.fill(words); count > 0 && !log.isCut; count = history.fill(words))
    log.add(words, count);
  return log.machine(
    `generated: ${settings.workload}, seed ${settings.seed}`,
    "generated",
    settings.nrFrames,
  );
}
