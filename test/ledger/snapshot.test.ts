/**
 * Images: they bring everything back, and nothing that is not one gets in.
 */
import { describe, expect, test } from "vitest";
import { CORE_PTR, Container, Core as CoreRecord, MemObject, PageFrame } from "../../src/abi.js";
import { AbiMismatchError, Ledger, LedgerError, LruList, PageType, SnapshotError } from "../../src/index.js";
import { crc32 } from "../../src/ledger/crc32.js";
import { readImage, writeImage } from "../../src/ledger/image.js";
import { Random, seedOf } from "../model/random-history.js";
import { DESIGN_NAMES, moduleOf } from "../model/subjects.js";

const SIZE = { nrFrames: 2048, maxContainers: 12, maxPids: 32 };
const restore = (design: string, image: Uint8Array) => Ledger.restore(moduleOf(`debug/${design}`), image);

/** Draws `n` operations; refused ones are part of the game.  Containers come and go. */
function work(ledger: Ledger, random: Random, n: number): void {
  const refused = (action: () => unknown) => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
    }
  };
  for (let i = 0; i < n; i++) {
    const order = random.below(4);
    const pfn = random.below(ledger.nrFrames / 2 ** order) * 2 ** order;
    const containers = ledger.containers();
    const some = containers[random.below(containers.length || 1)];
    const what = random.below(10);
    if (some === undefined || what === 0)
      refused(() =>
        ledger.createContainer({
          name: `n${i}`,
          parent: random.chance(50) ? null : (some ?? null),
          maxPages: 300,
        }),
      );
    else if (what === 1 && random.chance(30)) refused(() => some.remove());
    else if (what === 2) refused(() => ledger.attachTask(random.below(32), some));
    else if (what === 3) refused(() => ledger.exitTask(random.below(32)));
    else if (what < 6) refused(() => ledger.free(pfn, ledger.folio(pfn)?.order ?? 0));
    else if (what === 6) refused(() => ledger.split(pfn, 0));
    else
      refused(() =>
        ledger
          .allocate(pfn, order)
          .charge(pfn, some, random.pick([PageType.ANON, PageType.KERNEL]))
          .lruAdd(pfn, LruList.INACTIVE_ANON),
      );
  }
}

/** A ledger with removed containers, split folios, tasks, and slabs that came and went. */
function busyLedger(design: string, nrOps = 1500): Ledger {
  const ledger = Ledger.open(moduleOf(`debug/${design}`), SIZE);
  work(ledger, new Random(7), nrOps);
  ledger.grow(4096);
  work(ledger, new Random(8), nrOps);
  return ledger;
}

const stateOf = (ledger: Ledger) => ({
  stats: ledger.stats(),
  owners: [...ledger.ownersOfRange(0, ledger.nrFrames, { raw: true })],
  containers: ledger
    .containers()
    .map((c) => [c.id, c.path, c.online, c.counters(), c.totals(), c.lruFolios(LruList.INACTIVE_ANON)]),
  tasks: Array.from({ length: 32 }, (_, pid) => ledger.containerOfTask(pid)?.id),
  audit: ledger.audit(),
});

describe.each(DESIGN_NAMES)("%s", (design) => {
  test("a round trip changes nothing, and goes on as if it had not been", () => {
    const ledger = busyLedger(design);
    const state = stateOf(ledger);
    expect(state.containers.some(([, , online]) => !online)).toBe(true);
    const image = ledger.snapshot();
    const back = restore(design, image);
    expect(stateOf(back)).toEqual(state);
    expect(Buffer.compare(back.snapshot(), ledger.snapshot())).toBe(0);
    for (const each of [ledger, back]) {
      work(each, new Random(9), 1500);
      each.grow(2 ** 16);
      work(each, new Random(10), 500);
    }
    expect(stateOf(back)).toEqual(stateOf(ledger));
    expect(back.audit().differences).toBe(0);
  });

  test("an empty ledger, and one in which little is used", () => {
    const ledger = Ledger.open(moduleOf(design), { nrFrames: 2 ** 22 });
    expect(ledger.snapshot().length).toBeLessThan(3 * 4096);
    const a = ledger.createContainer("a");
    for (const pfn of [0, 2 ** 21, 2 ** 22 - 1]) ledger.allocate(pfn).charge(pfn, a, PageType.ANON);
    const image = ledger.snapshot();
    expect(image.length).toBeLessThan(16 * 4096);
    const back = Ledger.restore(moduleOf(design), image);
    expect(back.ownerOf(2 ** 21)).toBe(back.container("/a"));
    expect(back.stats()).toEqual(ledger.stats());
  });

  test("random damage is found", () => {
    const image = busyLedger(design).snapshot();
    const random = new Random(seedOf(11));
    for (let i = 0; i < 60; i++) {
      const damaged = image.slice();
      const at = i < 32 ? i : random.below(damaged.length);
      damaged[at]! ^= 1 << random.below(8);
      expect(() => restore(design, damaged), `byte ${at}`).toThrow(SnapshotError);
    }
  });

  test("forged words under a valid checksum: refused, or a sound ledger; no trap, no hang", () => {
    const image = busyLedger(design, 400).snapshot();
    const random = new Random(seedOf(12));
    let refused = 0;
    for (let i = 0; i < 150; i++) {
      const forged = forge(image, (memory, numbers) => {
        const block = random.chance(40) ? 0 : random.below(numbers.length);
        const at = block * 4096 + (block === 0 ? CORE_PTR + 4 * random.below(110) : 4 * random.below(1024));
        const value = random.pick([0, 1, 2 ** 32 - 1, random.below(2 ** 32), memory.getUint32(at, true) + 1]);
        memory.setUint32(at, value, true);
      });
      try {
        const ledger = restore(design, forged);
        expect(ledger.audit().differences).toBe(0);
        work(ledger, new Random(i), 200);
        expect(ledger.audit().differences).toBe(0);
      } catch (error) {
        if (
          !(
            error instanceof SnapshotError ||
            error instanceof AbiMismatchError ||
            error instanceof LedgerError
          )
        )
          throw new Error(`forgery ${i}, PAGELEDGER_SEED=${seedOf(12)}`, { cause: error });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(30);
  });
});

/** Changes the blocks of an image, then makes the checksum fit again. */
function forge(
  image: Uint8Array,
  change: (blocks: DataView, numbers: readonly number[]) => void,
): Uint8Array {
  const forged = image.slice();
  const { numbers } = readImage(forged);
  const blocksAt = forged.length - numbers.length * 4096;
  change(new DataView(forged.buffer, blocksAt), numbers);
  return sealed(forged);
}

function sealed(image: Uint8Array): Uint8Array {
  const view = new DataView(image.buffer);
  view.setUint32(24, 0, true);
  view.setUint32(24, crc32(image), true);
  return image;
}

/** Why an image is refused. */
function reasonOf(design: string, image: Uint8Array): string {
  try {
    restore(design, image);
  } catch (error) {
    if (error instanceof SnapshotError) return error.reason;
    throw error;
  }
  return "taken";
}

describe("what is no image", () => {
  const image = busyLedger("radix", 300).snapshot();
  const withWord = (at: number, value: number) => {
    const copy = image.slice();
    new DataView(copy.buffer).setUint32(at, value, true);
    return sealed(copy);
  };

  test("garbage", () => {
    for (const bytes of [[], [1], [80, 76, 71], Array.from({ length: 5000 }, (_, i) => i & 0xff)])
      expect(reasonOf("radix", Uint8Array.from(bytes))).toBe("foreign");
  });

  test("cut short, or with more behind it", () => {
    for (const length of [4, 31, 32, 33, 4096, image.length - 4096, image.length - 1])
      expect(reasonOf("radix", image.slice(0, length))).toBe("truncated");
    expect(reasonOf("radix", Uint8Array.from([...image, 0]))).toBe("truncated");
  });

  test("another format, layout or design", () => {
    expect(reasonOf("radix", withWord(4, 2))).toBe("version");
    expect(() => restore("radix", withWord(8, 1))).toThrow(AbiMismatchError);
    expect(reasonOf("column", image)).toBe("design");
    expect(reasonOf("column", withWord(12, 2))).toBe("inconsistent");
  });

  test("sizes out of bounds", () => {
    for (const at of [16, 20]) expect(reasonOf("radix", withWord(at, 2 ** 32 - 1))).toBe("truncated");
    const sizes = (offset: number, value: number) =>
      forge(image, (memory) => memory.setUint32(CORE_PTR + offset, value, true));
    expect(reasonOf("radix", sizes(CoreRecord.nrFrames, 0))).toBe("inconsistent");
    expect(reasonOf("radix", sizes(CoreRecord.nrFrames, 4097))).toBe("inconsistent");
    expect(reasonOf("radix", sizes(CoreRecord.arenaNext, 2 ** 32 - 4096))).toBe("inconsistent");
    expect(() => restore("radix", sizes(CoreRecord.nrFrames, 2 ** 28))).toThrow(LedgerError);
  });

  test("a parent cycle, a page too many, a list beyond the last", () => {
    const { numbers } = readImage(image);
    const ledger = restore("radix", image);
    const first = ledger.containers()[0]!.id;
    const field = (ptr: number, offset: number) => {
      const at = ptr + offset;
      return numbers.indexOf(Math.floor(at / 4096)) * 4096 + (at % 4096);
    };
    const word = (offset: number) =>
      new DataView(image.buffer, image.length - numbers.length * 4096).getUint32(CORE_PTR + offset, true);
    const container = word(CoreRecord.containersPtr) + first * Container.sizeBytes;
    const cycle = forge(image, (m) => m.setUint16(field(container, Container.parentId), first, true));
    expect(reasonOf("radix", cycle)).toBe("inconsistent");
    const anon = field(container, Container.anonPages);
    const extra = forge(image, (m) => m.setUint32(anon, m.getUint32(anon, true) + 1, true));
    expect(reasonOf("radix", extra)).toBe("inconsistent");
    expect(Ledger.restore(moduleOf("radix"), extra, { audit: false }).audit().differences).toBeGreaterThan(0);
    const used = Array.from({ length: ledger.nrFrames }, (_, pfn) => pfn).find(
      (pfn) => ledger.folio(pfn)?.pfn === pfn,
    )!;
    const frame = word(CoreRecord.framesPtr) + used * PageFrame.sizeBytes;
    const lost = forge(image, (m) => m.setUint8(field(frame, PageFrame.lru), 6));
    expect(reasonOf("radix", lost)).toBe("inconsistent");
  });

  test("what designs keep in frames and containers: refused without an audit too", () => {
    const open = (design: string) => {
      const ledger = Ledger.open(moduleOf(design), SIZE);
      const [a, b] = [ledger.createContainer("a"), ledger.createContainer("b")];
      ledger.allocate(1).charge(1, a, PageType.FILE).allocate(2).charge(2, b, PageType.KERNEL);
      return ledger.snapshot();
    };
    const withWordAt = (of: Uint8Array, place: (core: DataView) => number, value: number) =>
      forge(of, (blocks, numbers) => {
        const at = place(blocks);
        blocks.setUint32(numbers.indexOf(Math.floor(at / 4096)) * 4096 + (at % 4096), value, true);
      });
    const frame = (offset: number) => (core: DataView) =>
      core.getUint32(CORE_PTR + CoreRecord.framesPtr, true) + PageFrame.sizeBytes + offset;
    const inTable = (offset: number) => (core: DataView) =>
      core.getUint32(CORE_PTR + CoreRecord.indexPtr, true) + offset;
    const openFile = (core: DataView) =>
      core.getUint32(CORE_PTR + CoreRecord.containersPtr, true) +
      2 * Container.sizeBytes +
      Container.openAnon;
    const inCore = (offset: number) => () => CORE_PTR + offset;
    const forgeries: [string, (core: DataView) => number, number][] = [
      ["overlay", frame(PageFrame.lruNext), 2 ** 16],
      ["object", frame(PageFrame.memcgId), 2],
      ["object", openFile, 1],
      ["object", inTable(0), 0],
      ["object", inTable(MemObject.nrPages), 1],
      ["object", inTable(5 * MemObject.sizeBytes), 1],
      ["object", inCore(CoreRecord.objectsEnd), 2 ** 16],
      ["object", inCore(CoreRecord.objectsMax), 8],
    ];
    for (const [design, place, value] of forgeries) {
      const image = open(design);
      expect(Ledger.restore(moduleOf(design), image, { audit: false }).ownerOf(1)?.path).toBe("/a");
      const forged = withWordAt(image, place, value);
      expect(() => Ledger.restore(moduleOf(design), forged, { audit: false }), design).toThrow(SnapshotError);
    }
  });

  test("names that do not fit the containers", () => {
    const parts = readImage(image);
    const last = parts.numbers.at(-1)!;
    const memory = new Uint8Array((last + 1) * 4096);
    parts.numbers.forEach((number, i) => {
      memory.set(parts.block(i), number * 4096);
    });
    const named = (names: [number, string][]) => writeImage({ ...parts, names: new Map(names), memory });
    const names = [...parts.names];
    expect(reasonOf("radix", named(names))).toBe("taken");
    expect(reasonOf("radix", named(names.slice(1)))).toBe("inconsistent");
    expect(reasonOf("radix", named([...names, [60_000, "x"]]))).toBe("inconsistent");
    expect(reasonOf("radix", named([[names[0]![0], "a/b"], ...names.slice(1)]))).toBe("inconsistent");
  });
});
