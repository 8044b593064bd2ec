/**
 * verify-frames: which frames the ledger places as the kernel places them.
 *
 * The kernel's side is frames.tsv, the ledger's is the nearest online ancestor of each frame's owner, as
 * /proc/kpagecgroup shows it.  A frame with an event while the kernel's table was read may match either state: it is
 * in flux, counted apart, and never a reason to call a replay wrong.
 */
import type { FrameSet } from "./frame-claims.js";
import type { FramesTable } from "./tsv.js";
import { Reason } from "./verdict.js";

export interface FrameFigures {
  /** Frames that the kernel held charged to a group of the capture. */
  kernel: number;
  /** … without those in flux. */
  steady: number;
  /** Steady frames that the ledger places likewise. */
  same: number;
  /** Steady frames that the ledger places elsewhere, or not at all. */
  missing: number;
  /** Steady frames that the ledger gives to a group, and the kernel to another or to none. */
  extra: number;
  /** Frames of either side that had an event meanwhile. */
  inFlux: number;
  /** Missing and extra frames by reason; those without one are under "". */
  reasons: Record<string, number>;
  /** The first few of them. */
  listed: FrameDifference[];
}

export interface FrameDifference {
  pfn: number;
  kernel: string;
  ledger: string;
  reason: string;
}

/** The ledger's side of the comparison, at the moment the kernel's table was complete. */
export interface LedgerFrames {
  readonly nrFrames: number;
  /** The first frame from `pfn` on that has an owner; nrFrames if none has. */
  nextOwned(pfn: number): number;
  /** Nearest online container of the owner, 0 = none. */
  onlineOwnerOf(pfn: number): number;
  /** Owner of one frame as charged, removed containers included. */
  ownerOf(pfn: number): number;
  /** Was this frame part of a folio that was split? */
  wasSplit(pfn: number): boolean;
}

export interface FrameContext {
  /** Path of a container as the kernel would show it; "" outside the capture. */
  path(container: number): string;
  /** Container of an inode of frames.tsv. */
  container(inode: number): number;
  readonly inFlux: FrameSet | undefined;
  /** Was this container, or one above it, removed while the kernel's table was read? */
  isRemovedInFlux(container: number): boolean;
  /** Kernel stack pages that the kernel's events say a group holds. */
  kernelStackPages(container: number): number;
  /** Whether events were lost. */
  readonly lost: boolean;
  /** Pages that the kernel says it migrated: so many frames may be placed otherwise, and no more. */
  readonly migratedPages: number;
  /** Groups that existed before the trace. */
  isOlder(container: number): boolean;
  /** Called with each difference, in ascending order of pfn; FrameFigures lists the first few only. */
  readonly onDifference?: ((difference: FrameDifference) => void) | undefined;
}

const LISTED_FRAMES = 20;

export function compareFrames(
  kernel: FramesTable,
  ledger: LedgerFrames,
  context: FrameContext,
): FrameFigures {
  const figures: FrameFigures = {
    kernel: kernel.count,
    steady: 0,
    same: 0,
    missing: 0,
    extra: 0,
    inFlux: 0,
    reasons: {},
    listed: [],
  };
  const stacksLeft = new Map<number, number>();
  const containerOf = new Map<number, number>();
  let row = 0;

  const differ = (pfn: number, kernelId: number, ledgerId: number, reason: Reason | undefined) => {
    const name = reason ?? "";
    figures.reasons[name] = (figures.reasons[name] ?? 0) + 1;
    if (figures.listed.length >= LISTED_FRAMES && context.onDifference === undefined) return;
    const difference = { pfn, kernel: context.path(kernelId), ledger: context.path(ledgerId), reason: name };
    if (figures.listed.length < LISTED_FRAMES) figures.listed.push(difference);
    context.onDifference?.(difference);
  };

  // A page that migrated leaves one frame and takes another.
  const migratedLeft = { missing: context.migratedPages, extra: context.migratedPages };
  const generalReason = (side: "missing" | "extra"): Reason | undefined => {
    if (context.lost) return Reason.LOST;
    return migratedLeft[side]-- > 0 ? Reason.MIGRATED : undefined;
  };

  const missingReason = (pfn: number, at: number, id: number, ledgerId: number): Reason | undefined => {
    if (ledgerId === 0 && kernel.flagsLo[at] === 0 && kernel.flagsHi[at] === 0) {
      const left = stacksLeft.get(id) ?? context.kernelStackPages(id);
      stacksLeft.set(id, left - 1);
      if (left > 0) return Reason.STACK;
    }
    if (ledgerId === 0 && ledger.wasSplit(pfn)) return Reason.SPLIT;
    return generalReason("missing") ?? (ledgerId === 0 && context.isOlder(id) ? Reason.OLDER : undefined);
  };

  const compareOne = (pfn: number, at: number, ledgerId: number) => {
    const inode = at < 0 ? 0 : kernel.inode[at]!;
    let kernelId = 0;
    if (at >= 0) {
      kernelId = containerOf.get(inode) ?? context.container(inode);
      containerOf.set(inode, kernelId);
    }
    if (context.inFlux?.has(pfn) || context.isRemovedInFlux(ledger.ownerOf(pfn))) {
      figures.inFlux++;
      return;
    }
    if (at >= 0) figures.steady++;
    if (at >= 0 && kernelId !== 0 && kernelId === ledgerId) {
      figures.same++;
      return;
    }
    if (at >= 0) figures.missing++;
    if (ledgerId !== 0) figures.extra++;
    if (at >= 0) differ(pfn, kernelId, ledgerId, missingReason(pfn, at, kernelId, ledgerId));
    else differ(pfn, 0, ledgerId, ledger.wasSplit(pfn) ? Reason.SPLIT : generalReason("extra"));
  };

  // Both sides ascend: take the lower pfn of the two, or both where they are equal.
  const ownedFrom = (pfn: number) => {
    const owned = ledger.nextOwned(pfn);
    return owned < ledger.nrFrames ? owned : Number.POSITIVE_INFINITY;
  };
  let owned = ownedFrom(0);
  while (row < kernel.count || owned < ledger.nrFrames) {
    const pfn = row < kernel.count ? Math.min(kernel.pfn[row]!, owned) : owned;
    const at = kernel.pfn[row] === pfn && row < kernel.count ? row++ : -1;
    const id = owned === pfn ? ledger.onlineOwnerOf(pfn) : 0;
    if (owned === pfn) owned = ownedFrom(pfn + 1);
    if (at >= 0 || (id !== 0 && context.path(id) !== "")) compareOne(pfn, at, id);
  }
  return figures;
}
