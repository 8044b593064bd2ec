// attribution-folios: folios of many pages: charged as one, split where the kernel's figures say so (A7).
import { describe, expect, test } from "vitest";
import { replayed } from "./replaying.js";
import { ANON_FLAGS, FILE_FLAGS, HUGE_PAGE, Item, TMPFS_FLAGS, TraceBuilder } from "./trace-builder.js";

const A = 101;
const B = 102;
/** A huge folio's head and pages. */
const HUGE = 0x1200;
const ORDER = 9;
const NR = 512;

const twoGroups = () =>
  new TraceBuilder().mkdir(A, "/a").mkdir(B, "/b").attach(7, A, "/a").attach(8, B, "/b").as(7);
/** A huge folio of anonymous memory of /a. */
const huge = () => twoGroups().alloc(HUGE, ORDER).lruvec(A, Item.ANON_MAPPED, NR).lruAdd(A, HUGE, 0, NR);

describe("a huge folio", () => {
  test("is charged, listed and freed as one", async () => {
    const r = await replayed(huge());
    expect(r.held("/a")).toEqual({ anon: NR, charged: NR, lru: [NR, 0, 0, 0, 0] });
    expect([r.owner(HUGE - 1), r.owner(HUGE + NR)]).toEqual(["", ""]);
    expect(r.owners(HUGE, NR)).toEqual(["/a"]);
    expect(r.replay.attribution.splitFolios).toBe(0);
    const freed = await replayed(huge().free(HUGE, ORDER));
    expect([freed.held("/a"), freed.stray]).toEqual([{}, {}]);
  });

  test("is activated as one", async () => {
    expect((await replayed(huge().activate(HUGE))).pages("/a").lru).toEqual([0, NR, 0, 0, 0]);
  });

  test("moves to another group as one, where the memcg event says so", async () => {
    const r = await replayed(twoGroups().alloc(HUGE, ORDER).lruAdd(B, HUGE, 0, NR));
    expect([r.held("/a"), r.pages("/b").anon]).toEqual([{}, NR]);
  });

  test("of the page cache, of tmpfs", async () => {
    const file = await replayed(
      twoGroups().alloc(HUGE, ORDER).cache(A, HUGE, ORDER).lruAdd(A, HUGE, 2, NR, FILE_FLAGS),
    );
    expect(file.held("/a")).toEqual({ file: NR, charged: NR, lru: [0, 0, NR, 0, 0] });
    const tmpfs = await replayed(
      twoGroups()
        .alloc(HUGE, ORDER)
        .lruvec(A, Item.FILE_PAGES, NR)
        .lruvec(A, Item.SHMEM, NR)
        .lruAdd(A, HUGE, 0, NR, TMPFS_FLAGS),
    );
    expect(tmpfs.held("/a")).toEqual({ shmem: NR, charged: NR, lru: [NR, 0, 0, 0, 0] });
  });

  test("in a trace without memcg events", async () => {
    const r = await replayed(twoGroups().alloc(HUGE, ORDER).lruOnly(HUGE, 0, ANON_FLAGS));
    expect(r.held("/a")).toEqual({ anon: NR, charged: NR, lru: [NR, 0, 0, 0, 0] });
  });

  test.each([1, 2, 3, 4, 5])("of order %d", async (order) => {
    const nrPages = 1 << order;
    const r = await replayed(twoGroups().alloc(HUGE, order, HUGE_PAGE).lruAdd(A, HUGE, 0, nrPages));
    expect(r.held("/a")).toEqual({ anon: nrPages, charged: nrPages, lru: [nrPages, 0, 0, 0, 0] });
  });
});

describe("A7: a split", () => {
  test("is shown by a memcg event of one page at the insertion", async () => {
    const r = await replayed(twoGroups().alloc(HUGE, ORDER).lruAdd(A, HUGE, 0, 1));
    expect(r.held("/a")).toEqual({ anon: NR, charged: NR, lru: [1, 0, 0, 0, 0] });
    expect(r.replay.attribution.splitFolios).toBe(1);
    expect(r.replay.ledgers[0]!.wasSplit(HUGE + 1)).toBe(true);
  });

  test("leaves the pages where they were: same owner, same list, free one by one", async () => {
    const trace = huge().free(HUGE + 5);
    const r = await replayed(trace);
    expect(r.held("/a")).toEqual({ anon: NR - 1, charged: NR - 1, lru: [NR - 1, 0, 0, 0, 0] });
    expect([r.owner(HUGE + 4), r.owner(HUGE + 5), r.owner(HUGE + 6)]).toEqual(["/a", "", "/a"]);
    for (let i = 0; i < NR; i++) if (i !== 5) trace.free(HUGE + i);
    const all = await replayed(trace);
    expect([all.held("/a"), all.stray]).toEqual([{}, {}]);
  });

  test("is shown by an activation of a page behind the head", async () => {
    const r = await replayed(huge().activate(HUGE + 17));
    expect(r.pages("/a").lru).toEqual([NR - 1, 1, 0, 0, 0]);
    expect(r.stray).toEqual({});
  });

  test("is shown by an insertion of a page behind the head, which may have another owner now", async () => {
    const r = await replayed(huge().lruAdd(B, HUGE + 3, 0, 1));
    expect([r.pages("/a").charged, r.pages("/b").charged]).toEqual([NR - 1, 1]);
    expect(r.owner(HUGE + 3)).toBe("/b");
  });

  test("is shown by an allocation inside", async () => {
    const r = await replayed(
      huge()
        .as(8)
        .alloc(HUGE + 8, 3, HUGE_PAGE),
    );
    expect([r.pages("/a").charged, r.pages("/b").charged]).toEqual([NR - 8, 8]);
    expect(r.stray).toEqual({ missedFrees: 1 });
  });

  test("a deletion from the cache behind the head takes one page out", async () => {
    const r = await replayed(
      twoGroups()
        .alloc(HUGE, ORDER)
        .cache(A, HUGE, ORDER)
        .lruAdd(A, HUGE, 2, NR)
        .uncache(HUGE + 1),
    );
    expect(r.pages("/a")).toMatchObject({ file: NR - 1, other: 1, charged: NR });
  });
});

describe("an allocation over what is held", () => {
  test("a huge one over small ones", async () => {
    const trace = twoGroups();
    for (let i = 0; i < 20; i++) trace.anonPage(A, HUGE + i * 7);
    const r = await replayed(trace.as(8).alloc(HUGE, ORDER));
    expect([r.held("/a"), r.pages("/b").charged, r.stray]).toEqual([{}, NR, { missedFrees: 20 }]);
  });

  test("a free of more than was allocated", async () => {
    const r = await replayed(
      twoGroups()
        .anonPage(A, HUGE)
        .anonPage(A, HUGE + 2)
        .free(HUGE, 2),
    );
    expect([r.held("/a"), r.stray]).toEqual([{}, {}]);
  });

  test("a huge folio that an insertion shows though its allocation is missing", async () => {
    const r = await replayed(twoGroups().lruAdd(A, HUGE, 0, NR));
    expect(r.held("/a")).toEqual({ anon: NR, charged: NR, lru: [NR, 0, 0, 0, 0] });
    expect(r.witnesses).toMatchObject({ memcgOnly: 1 });
  });

  test("a figure that no folio at this frame can have leaves the size as known", async () => {
    const r = await replayed(
      twoGroups()
        .alloc(HUGE + 1)
        .lruAdd(A, HUGE + 1, 0, 2),
    );
    expect(r.held("/a")).toEqual({ anon: 1, charged: 1, lru: [1, 0, 0, 0, 0] });
  });
});

test("frames far up make the ledgers grow", async () => {
  const far = 2 ** 23 + 5;
  const r = await replayed(
    twoGroups()
      .anonPage(A, 0x10)
      .anonPage(A, far)
      .anonPage(A, 2 ** 22),
  );
  expect([r.owner(0x10), r.owner(far), r.owner(2 ** 22), r.owner(far + 1)]).toEqual(["/a", "/a", "/a", ""]);
});
