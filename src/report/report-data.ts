/**
 * report-data: everything a report shows, as plain data.  The terminal, JSON and the HTML page all draw from it.
 */
import type { VerifyResult } from "../capture/verification.js";

export interface ReportGroup {
  readonly path: string;
  /** Index in `groups` of the parent, -1 at the top. */
  readonly parent: number;
  /** False for a group removed during the capture. */
  readonly online: boolean;
}

export interface ReportTimeline {
  /** Seconds since the first event, one per sample. */
  readonly seconds: readonly number[];
  readonly events: readonly number[];
  /** Pages charged to each group itself, by index in `groups`; samples are columns. */
  readonly pages: readonly (readonly number[])[];
}

/** Who owned which frame at the end: one byte a frame. */
export interface ReportFrameMap {
  readonly firstPfn: number;
  /** 0 = no owner, else index in `groups` + 1 (255 = a group beyond the 254th). */
  readonly owners: Uint8Array;
}

export interface ReportEnvironment {
  readonly cpu: string;
  readonly engine: string;
  readonly version: string;
  /** Line that makes this report again. */
  readonly command: string;
}

export interface ReportData {
  readonly result: VerifyResult;
  readonly groups: readonly ReportGroup[];
  readonly timeline: ReportTimeline;
  readonly frameMap: ReportFrameMap;
  /** Name, title and origin of each design of the result, in its order. */
  readonly designs: readonly { readonly name: string; readonly title: string; readonly from: string }[];
  readonly environment: ReportEnvironment;
}
