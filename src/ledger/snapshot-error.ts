/**
 * snapshot-error: why an image is not taken.
 */

const REMEDY = {
  foreign: "pass the bytes that snapshot() gave",
  version: "restore it with the release that wrote it",
  truncated: "copy the image again, it was cut short or has bytes too many",
  damaged: "copy the image again, or go back to an older one",
  design: "restore it with the module of the design that it names",
  layout: "restore it with a module of the frame layout that it names",
  inconsistent: "the image was not written by snapshot(); go back to one that was",
} as const;

/**
 * foreign: no image at all; version: of another format; truncated: too short or too long; damaged: the checksum is wrong;
 * design: written under another owner design; layout: under another
 * frame layout; inconsistent: intact, but no ledger can look like this.
 */
export type SnapshotReason = keyof typeof REMEDY;

/** An image that cannot be restored.  Nothing was opened. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
  readonly remedy: string;

  constructor(
    readonly reason: SnapshotReason,
    readonly detail: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(`snapshot: ${detail}; ${REMEDY[reason]}`, options);
    this.remedy = REMEDY[reason];
  }
}
