/**
 * history: the worker behind the composer: tries settings out, and writes a history as the text of a trace.
 *
 * A history of 2^24 frames keeps some 85 MB of books while it is made: here, not in the page.  To cancel is to end the worker.
 */
import * as Comlink from "comlink";
import { composedHistory } from "../../../src/lab/composed.js";
import { LabFaultError } from "../../../src/lab/fault.js";
import type { HistorySettings } from "../../../src/lab/settings.js";
import { ALL_WORKLOADS, HISTORY_WORKLOADS } from "../../../src/workload/histories.js";
import type { History, HistoryWorkload } from "../../../src/workload/history.js";
import { WorkloadError } from "../../../src/workload/parameters.js";
import { traceText } from "../../../src/workload/trace-text.js";
import type { WorkloadRow } from "../views/composer/settings.js";
import { type Sketch, sketchOf } from "../views/composer/sketch.js";

/** Bytes of text that are written at most; the command has no such bound. */
const TEXT_BYTES_MAX = 2 ** 30;
/** Between two reports of progress. */
const REPORT_BYTES = 2 ** 20;

export interface WrittenText {
  /** Packed by gzip. */
  readonly blob: Blob;
  readonly textBytes: number;
}

export interface Refused {
  readonly fault: string;
}

export type TextProgress = (operations: number, textBytes: number) => void;

/** A workload, and where it stands in the list. */
export interface ListedWorkload extends WorkloadRow {
  readonly group: "history" | "touches" | "stride";
}

const worker = {
  list(): ListedWorkload[] {
    return ALL_WORKLOADS.map(({ name, text, parameters, containers }) => {
      const isStride = /^strided-/.test(name);
      const isHistory = HISTORY_WORKLOADS.some((workload) => workload.name === name);
      return {
        name,
        text,
        parameters,
        containers,
        group: isHistory ? "history" : isStride ? "stride" : "touches",
      };
    });
  },

  /** What the workload has against these settings, if anything. */
  check(settings: HistorySettings): Refused | undefined {
    const made = make(settings);
    return "fault" in made ? made : undefined;
  },

  /** A picture of what they do; of the defaults where there are no settings. */
  sketch(name: string, settings: HistorySettings | undefined): Sketch {
    const sketch = sketchOf(workloadNamed(name)!, settings?.own ?? {}, settings?.containers);
    return Comlink.transfer(sketch, [sketch.owner.buffer, sketch.touched.buffer]);
  },

  async write(settings: HistorySettings, onProgress: TextProgress): Promise<WrittenText | Refused> {
    const history = make(settings);
    if ("fault" in history) return history;
    let operations = 0;
    let textBytes = 0;
    let reported = 0;
    const chunks = traceText(history, { onProgress: (done) => (operations = done) });
    const text = new ReadableStream<Uint8Array<ArrayBuffer>>({
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) return controller.close();
        textBytes += value.length;
        if (textBytes > TEXT_BYTES_MAX) return controller.error(new TooLong());
        if (textBytes - reported >= REPORT_BYTES) {
          reported = textBytes;
          onProgress(operations, textBytes);
        }
        controller.enqueue(value as Uint8Array<ArrayBuffer>);
      },
    });
    try {
      const packed = text.pipeThrough(new CompressionStream("gzip"));
      return { blob: await new Response(packed).blob(), textBytes };
    } catch (error) {
      return { fault: saidOf(error) };
    }
  },
};

export type HistoryWorker = typeof worker;

class TooLong extends Error {
  constructor() {
    super("the text would be longer than 1 GiB; give fewer operations, or let the command below write it");
  }
}

function workloadNamed(name: string): HistoryWorkload | undefined {
  return ALL_WORKLOADS.find((workload) => workload.name === name);
}

function make(settings: HistorySettings): History | Refused {
  try {
    return composedHistory(settings);
  } catch (error) {
    return { fault: saidOf(error) };
  }
}

function saidOf(error: unknown): string {
  if (error instanceof WorkloadError || error instanceof LabFaultError)
    return `${error.reason}; ${error.remedy}`;
  return error instanceof Error ? error.message : String(error);
}

Comlink.expose(worker);
