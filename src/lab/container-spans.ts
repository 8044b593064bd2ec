/**
 * container-spans: every container that ever was, and from which event to which.
 *
 * A ledger gives out an id again when its container is gone; here each life has an index of its own.
 */
import { LabFaultError } from "./fault.js";
import type { LabContainer } from "./protocol.js";

const IDS = 1 << 16;
/** A column holds an index and one more in 16 bits. */
export const LISTED_CONTAINERS_MAX = 65534;

interface Span {
  readonly id: number;
  readonly path: string;
  readonly parent: number;
  readonly from: number;
  until: number;
}

export class ContainerSpans {
  readonly #spans: Span[] = [];
  /** Index of the latest container of each id, -1 = none. */
  readonly #latest = new Int32Array(IDS).fill(-1);

  get count(): number {
    return this.#spans.length;
  }

  /** Notes a container that event number `event` made. */
  create(id: number, parentId: number, path: string, event: number): void {
    if (this.#spans.length === LISTED_CONTAINERS_MAX)
      throw new LabFaultError(
        "the trace",
        `it makes more than ${LISTED_CONTAINERS_MAX} groups, which is more than this page can tell apart`,
        "verify it with `npx pageledger verify`, which keeps only those that are there",
      );
    this.#latest[id] = this.#spans.length;
    this.#spans.push({ id, path, parent: this.#latest[parentId]!, from: event, until: Infinity });
  }

  remove(id: number, event: number): void {
    const span = this.#spans[this.#latest[id]!];
    if (span !== undefined) span.until = Math.min(span.until, event);
  }

  idOf(index: number): number {
    return this.#spans[index]!.id;
  }

  pathOf(index: number): string {
    return this.#spans[index]?.path ?? "";
  }

  /** The latest container of an id, -1 = none. */
  latest(id: number): number {
    return this.#latest[id]!;
  }

  /** By id the index of the container that has it after so many events, -1 = none; one that is removed keeps it. */
  indexById(event: number): Int32Array {
    const byId = new Int32Array(IDS).fill(-1);
    this.#spans.forEach((span, index) => {
      if (span.from <= event) byId[span.id] = index;
    });
    return byId;
  }

  listed(): LabContainer[] {
    return this.#spans.map(({ path, parent, from, until }) => ({ path, parent, from, until }));
  }
}
