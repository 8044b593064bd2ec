/**
 * source: where the map gets its columns: what is open in the session, or frames made up for a measurement.
 */

import type {
  BlockFigures,
  ColumnKind,
  FrameColumn,
  FrameHistory,
  FrameNow,
  Opened,
} from "../../../../src/lab/protocol.js";
import type { LabModel } from "../../app/lab-model.js";
import { looksOf } from "../../app/looks.js";
import { fixedValues, ownerValues, type ValueName } from "./values.js";

/** Answers are undefined where the source has none, was closed meanwhile, or something newer is wanted. */
export interface MapSource {
  readonly title: string;
  readonly nrFrames: number;
  /** Frames lie close together from 0 on: nothing is left out. */
  readonly isWhole: boolean;
  valuesOf(kind: ColumnKind): readonly ValueName[];
  pathOf(container: number): string;
  column(kind: ColumnKind): Promise<FrameColumn | "stopped" | undefined>;
  frame(pfn: number): Promise<FrameNow | undefined>;
  history(pfn: number, limit: number): Promise<FrameHistory | "stopped" | undefined>;
  /** What is under way is not wanted any more. */
  giveWay(work: "column" | "history"): void;
  blocks(): Promise<BlockFigures | undefined>;
}

export function sourceOf(model: LabModel, opened: Opened): MapSource {
  const looks = looksOf(opened);
  const values = new Map<ColumnKind, readonly ValueName[]>();
  return {
    title: opened.title,
    nrFrames: opened.nrFrames,
    isWhole: false,
    valuesOf(kind) {
      const known = values.get(kind);
      if (known !== undefined) return known;
      const made = kind === "owner" ? ownerValues(looks) : fixedValues(kind);
      values.set(kind, made);
      return made;
    },
    pathOf: (container) => looks.labels[container] ?? "a container without a name",
    column: (kind) => model.column(kind),
    frame: (pfn) => model.frame(pfn),
    history: (pfn, limit) => model.history(pfn, limit),
    giveWay: (work) => model.giveWay(work),
    blocks: () => model.blocks(),
  };
}
