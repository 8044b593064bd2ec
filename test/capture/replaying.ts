// replaying: helpers of the tests that replay and verify captures, under every design at once.
import { expect } from "vitest";
import type { CaptureFiles } from "../../src/capture/oracle.js";
import { type Replay, replayCapture } from "../../src/capture/replay.js";
import { type Verification, verifyCapture } from "../../src/capture/verification.js";
import type { ContainerPages } from "../../src/capture/verify-counters.js";
import { RANGE_BATCH } from "../../src/core/core.js";
import { DESIGNS } from "../../src/designs.js";
import { loadDesigns } from "../../src/node/modules.js";
import { scanner } from "./scanning.js";
import { captureOf, type TraceBuilder } from "./trace-builder.js";

export const designs = await loadDesigns(DESIGNS);

/** What a trace left behind, asked by paths; the designs have been found to agree. */
export class Replayed {
  constructor(readonly replay: Replay) {}

  get witnesses() {
    const { agree, disagree, memcgOnly, taskOnly } = this.replay.attribution.witnesses;
    return { agree, disagree, memcgOnly, taskOnly };
  }

  get stray(): Record<string, number> {
    return this.replay.ledgers[0]!.stray();
  }

  /** Path of the owner as charged, removed groups included; "" for none. */
  owner(pfn: number): string {
    return this.#path(this.replay.ledgers[0]!.ownerOf(pfn));
  }

  /** Paths of the owners of `count` frames, each path once. */
  owners(pfn: number, count: number): string[] {
    return [...new Set(Array.from({ length: count }, (_, i) => this.owner(pfn + i)))];
  }

  /** Path as /proc/kpagecgroup would show it. */
  shown(pfn: number): string {
    return this.#path(this.replay.ledgers[0]!.onlineOwnerOf(pfn));
  }

  /** Pages of the latest group of that path. */
  pages(path: string, scope: "own" | "total" = "own"): ContainerPages {
    const ledger = this.replay.ledgers[0]!;
    ledger.core.containerTotals();
    return ledger.pages(this.replay.attribution.groups.byPath(path)!.id, scope);
  }

  /** The counters that are not zero. */
  held(path: string): Record<string, number | readonly number[]> {
    return Object.fromEntries(
      Object.entries(this.pages(path)).filter(([, n]) => (Array.isArray(n) ? n.some((m) => m > 0) : n > 0)),
    );
  }

  #path(container: number): string {
    return container === 0 ? "" : (this.replay.attribution.groups.byId(container)?.path ?? "?");
  }
}

/** Replays a built trace under every design; `listed` is what groups.tsv would say. */
export async function replayed(
  trace: TraceBuilder,
  listed: readonly (readonly [number, string])[] = [],
): Promise<Replayed> {
  const replay = await replayCapture(captureOf({ trace: trace.text() }), {
    scanner,
    designs,
    listed: new Map(listed),
  });
  expectAgreement(replay);
  for (const ledger of replay.ledgers) expect(ledger.core.audit(), ledger.design).toBe(0);
  return new Replayed(replay);
}

/** Replays and compares, under every design or under those that are named. */
export async function verified(files: CaptureFiles, names?: readonly string[]): Promise<Verification> {
  const chosen = designs.filter(({ name }) => names?.includes(name) ?? true);
  return verifyCapture(files, { scanner, designs: chosen });
}

/** Every design names the same owner of every frame, and counted the same pages. */
export function expectAgreement(replay: Replay): void {
  const [first, ...others] = replay.ledgers;
  first!.core.containerTotals();
  for (const other of others) {
    other.core.containerTotals();
    expect(other.nrFrames).toBe(first!.nrFrames);
    for (const online of [false, true])
      for (let pfn = 0; pfn < first!.nrFrames; pfn += RANGE_BATCH) {
        const count = Math.min(RANGE_BATCH, first!.nrFrames - pfn);
        const same = sameOwners(
          first!.core.ownersRange(pfn, count, online),
          other.core.ownersRange(pfn, count, online),
        );
        expect(same, `${other.design}, frames from ${pfn}`).toBe(true);
      }
    for (const { id, path } of replay.attribution.groups.all())
      for (const scope of ["own", "total"] as const)
        expect(other.pages(id, scope), `${other.design}, ${path}`).toEqual(first!.pages(id, scope));
    expect(other.stray()).toEqual(first!.stray());
  }
}

function sameOwners(a: Uint16Array, b: Uint16Array): boolean {
  const bytes = (owners: Uint16Array) => Buffer.from(owners.buffer, owners.byteOffset, owners.byteLength);
  return bytes(a).equals(bytes(b));
}
