// attribution: the rules A1 to A9, each on a trace of a few lines: who owns what, and which witness said so.
import { describe, expect, test } from "vitest";
import { replayed } from "./replaying.js";
import { Item, KERNEL_PAGE, TMPFS_FLAGS, TraceBuilder, UNACCOUNTED_PAGE } from "./trace-builder.js";

const A = 101;
const B = 102;
const PFN = 0x100;

/** Groups /a with task 7 and /b with task 8; task 7 runs. */
const twoGroups = () =>
  new TraceBuilder().mkdir(A, "/a").mkdir(B, "/b").attach(7, A, "/a").attach(8, B, "/b").as(7);

describe("A1: a movable allocation", () => {
  test("is charged at once, as anonymous memory of the task's group", async () => {
    const r = await replayed(
      twoGroups()
        .alloc(PFN)
        .as(8)
        .alloc(PFN + 1),
    );
    expect([r.owner(PFN), r.owner(PFN + 1)]).toEqual(["/a", "/b"]);
    expect(r.held("/a")).toEqual({ anon: 1, charged: 1 });
    expect(r.held("/b")).toEqual({ anon: 1, charged: 1 });
  });

  test("of a task outside the groups is nobody's", async () => {
    const r = await replayed(twoGroups().as(99).alloc(PFN));
    expect(r.owner(PFN)).toBe("");
    expect(r.held("/a")).toEqual({});
  });

  test("is corrected by the page cache, and then by nothing else", async () => {
    const r = await replayed(twoGroups().alloc(PFN).cache(A, PFN).lruAdd(A, PFN, 2));
    expect(r.held("/a")).toEqual({ file: 1, charged: 1, lru: [0, 0, 1, 0, 0] });
  });
});

describe("A2: a kernel allocation", () => {
  test("is charged to the task's group if it says ACCOUNT", async () => {
    const r = await replayed(
      twoGroups()
        .alloc(PFN, 0, KERNEL_PAGE)
        .alloc(PFN + 1, 0, UNACCOUNTED_PAGE),
    );
    expect([r.owner(PFN), r.owner(PFN + 1)]).toEqual(["/a", ""]);
    expect(r.held("/a")).toEqual({ kernel: 1, charged: 1 });
  });

  test("belongs to the group of the KMEM event before it, whoever ran", async () => {
    const r = await replayed(
      twoGroups()
        .state(B, Item.KMEM, 1)
        .alloc(PFN, 0, KERNEL_PAGE)
        .as(99)
        .state(A, Item.KMEM, 4)
        .alloc(0x200, 2, KERNEL_PAGE),
    );
    expect(r.owner(PFN)).toBe("/b");
    expect(r.owners(0x200, 4)).toEqual(["/a"]);
  });

  test.each([
    ["of another size", (t: TraceBuilder) => t.state(B, Item.KMEM, 2)],
    ["on another CPU", (t: TraceBuilder) => t.as(8, 1).state(B, Item.KMEM, 1).as(7, 0)],
    ["of another counter", (t: TraceBuilder) => t.state(B, 56, 1)],
    ["with an event of the task in between", (t: TraceBuilder) => t.state(B, Item.KMEM, 1).activate(0x900)],
  ])("is not moved by a KMEM event %s", async (_, before) => {
    const r = await replayed(before(twoGroups()).alloc(PFN, 0, KERNEL_PAGE));
    expect(r.owner(PFN)).toBe("/a");
  });

  test("an interrupt between the KMEM event and the allocation does not part them", async () => {
    const r = await replayed(
      twoGroups()
        .state(B, Item.KMEM, 1)
        .event("mm_page_free: page=1 pfn=0x900 order=0", "..s1.")
        .state(A, Item.KMEM, -1, "..s1.")
        .lruvec(A, 6, -1, "d.h1.")
        .alloc(PFN, 0, KERNEL_PAGE),
    );
    expect(r.owner(PFN)).toBe("/b");
  });

  test("a KMEM event of a group outside the capture is the kernel's word too", async () => {
    const r = await replayed(twoGroups().state(999, Item.KMEM, 1).alloc(PFN, 0, KERNEL_PAGE));
    expect(r.owner(PFN)).toBe("");
  });

  test("another number for KMEM is learned from the trace", async () => {
    const trace = twoGroups();
    for (let i = 0; i < 12; i++) trace.state(B, 53, 1).alloc(PFN + i, 0, KERNEL_PAGE);
    const r = await replayed(trace);
    expect([r.owner(PFN), r.owner(PFN + 11)]).toEqual(["/a", "/b"]);
    expect(r.replay.attribution.items.kmem.item).toBe(53);
  });
});

describe("A3: the page cache", () => {
  test("belongs to the group of the FILE_PAGES event, even if another task allocated", async () => {
    const r = await replayed(twoGroups().alloc(PFN).as(8).cache(B, PFN).lruAdd(B, PFN, 2));
    expect(r.owner(PFN)).toBe("/b");
    expect(r.held("/a")).toEqual({});
    expect(r.held("/b")).toEqual({ file: 1, charged: 1, lru: [0, 0, 1, 0, 0] });
    expect(r.witnesses).toEqual({ agree: 1, disagree: 0, memcgOnly: 0, taskOnly: 0 });
  });

  test("an event of another size is no witness", async () => {
    const r = await replayed(twoGroups().lruvec(B, Item.FILE_PAGES, 4).cacheOnly(PFN));
    expect(r.owner(PFN)).toBe("/a");
  });

  test("without a FILE_PAGES event, though the trace has memcg events: outside the capture", async () => {
    const r = await replayed(twoGroups().filePage(A, 0x200).alloc(PFN).cacheOnly(PFN));
    expect(r.owner(PFN)).toBe("");
  });

  test("another number for FILE_PAGES is learned, and the others keep their distance", async () => {
    const trace = twoGroups();
    for (let i = 0; i < 12; i++) trace.lruvec(B, 21, 1).cacheOnly(PFN + i);
    const { items } = (await replayed(trace)).replay.attribution;
    expect([items.filePages.item, items.shmem, items.anonMapped, items.fileMapped]).toEqual([21, 24, 19, 20]);
  });

  test("a folio deleted from the cache before its insertion is cache no more, but file memory still", async () => {
    const r = await replayed(twoGroups().alloc(PFN).cache(A, PFN).uncache(PFN).lruAdd(A, PFN, 2));
    expect(r.held("/a")).toEqual({ other: 1, charged: 1, lru: [0, 0, 1, 0, 0] });
    expect(r.stray).toEqual({});
  });

  test("deleting what is in no cache is tallied", async () => {
    expect((await replayed(twoGroups().alloc(PFN).uncache(PFN))).stray).toEqual({ strayCache: 1 });
  });
});

describe("tmpfs", () => {
  test("is seen by the NR_SHMEM event behind NR_FILE_PAGES", async () => {
    const r = await replayed(twoGroups().alloc(PFN).lruvec(A, Item.FILE_PAGES, 1).lruvec(A, Item.SHMEM, 1));
    expect(r.held("/a")).toEqual({ shmem: 1, charged: 1 });
  });

  test("is charged to the group of these events, not to the task's", async () => {
    const r = await replayed(twoGroups().alloc(PFN).lruvec(B, Item.FILE_PAGES, 1).lruvec(B, Item.SHMEM, 1));
    expect([r.held("/a"), r.held("/b")]).toEqual([{}, { shmem: 1, charged: 1 }]);
  });

  test("is seen by the flags of its insertion into an anonymous list", async () => {
    const r = await replayed(twoGroups().alloc(PFN).lruAdd(A, PFN, 0, 1, TMPFS_FLAGS));
    expect(r.held("/a")).toEqual({ shmem: 1, charged: 1, lru: [1, 0, 0, 0, 0] });
  });

  test.each([
    ["another task allocated", (t: TraceBuilder) => t.as(8)],
    ["it is another size", (t: TraceBuilder) => t.alloc(0x400, 2)],
    ["it happens on another CPU", (t: TraceBuilder) => t.as(7, 1)],
  ])("NR_SHMEM says nothing of the last allocation if %s", async (_, between) => {
    const r = await replayed(
      between(twoGroups().alloc(PFN)).lruvec(A, Item.FILE_PAGES, 1).lruvec(A, Item.SHMEM, 1),
    );
    expect(r.pages("/a").shmem).toBe(0);
  });
});

describe("A4: an LRU insertion", () => {
  test("belongs to the group of the LRU event before it", async () => {
    const r = await replayed(twoGroups().as(99).alloc(PFN).lruAdd(B, PFN, 0));
    expect(r.held("/b")).toEqual({ anon: 1, charged: 1, lru: [1, 0, 0, 0, 0] });
    expect(r.witnesses).toEqual({ agree: 0, disagree: 0, memcgOnly: 1, taskOnly: 0 });
  });

  test("without such an event is outside the capture, and the witnesses disagree", async () => {
    const r = await replayed(
      twoGroups()
        .anonPage(A, PFN)
        .alloc(PFN + 1)
        .lruOnly(PFN + 1, 0),
    );
    expect([r.owner(PFN), r.owner(PFN + 1)]).toEqual(["/a", ""]);
    expect(r.witnesses).toEqual({ agree: 1, disagree: 1, memcgOnly: 0, taskOnly: 0 });
  });

  test.each([
    ["of another list", 1, 1],
    ["that takes away", 0, -1],
    ["of no size that a folio can have", 0, 3],
  ])("an event %s is no witness", async (_, item, value) => {
    const r = await replayed(
      twoGroups().anonPage(A, 0x200).alloc(PFN).lruvec(B, item, value).lruOnly(PFN, 0),
    );
    expect(r.owner(PFN)).toBe("");
  });

  test("all five lists", async () => {
    const trace = twoGroups();
    for (let lru = 0; lru < 5; lru++)
      for (let i = 0; i <= lru; i++) trace.alloc(PFN + lru * 8 + i).lruAdd(A, PFN + lru * 8 + i, lru);
    expect((await replayed(trace)).held("/a")).toEqual({
      anon: 8,
      file: 7,
      charged: 15,
      lru: [1, 2, 3, 4, 5],
    });
  });

  test("activation moves to the active list; unevictable folios stay", async () => {
    const r = await replayed(
      twoGroups()
        .anonPage(A, PFN)
        .activate(PFN)
        .filePage(A, PFN + 1)
        .activate(PFN + 1)
        .activate(PFN + 1)
        .anonPage(A, PFN + 2)
        .lruAdd(A, PFN + 2, 4)
        .activate(PFN + 2),
    );
    expect(r.pages("/a").lru).toEqual([0, 1, 0, 1, 1]);
    expect(r.stray).toEqual({ strayLru: 1 });
  });
});

describe("A5: a trace without memcg events", () => {
  test("has the task as its only witness", async () => {
    const r = await replayed(
      twoGroups()
        .alloc(PFN)
        .lruOnly(PFN, 0)
        .as(8)
        .alloc(PFN + 1)
        .cacheOnly(PFN + 1)
        .lruOnly(PFN + 1, 2)
        .alloc(PFN + 2, 0, KERNEL_PAGE)
        .as(99)
        .alloc(PFN + 3)
        .lruOnly(PFN + 3, 0),
    );
    expect(r.held("/a")).toEqual({ anon: 1, charged: 1, lru: [1, 0, 0, 0, 0] });
    expect(r.held("/b")).toEqual({ file: 1, kernel: 1, charged: 2, lru: [0, 0, 1, 0, 0] });
    expect(r.owner(PFN + 3)).toBe("");
    expect(r.witnesses).toEqual({ agree: 0, disagree: 0, memcgOnly: 0, taskOnly: 2 });
  });
});

describe("A6: where the witnesses disagree", () => {
  test("the memcg event wins, and the case is counted and listed", async () => {
    // A thread that moved with its leader: the kernel traces the leader alone.
    const trace = twoGroups()
      .fork(7, 70)
      .attach(7, B, "/b")
      .as(70)
      .anonPage(B, PFN)
      .anonPage(B, PFN + 1);
    const r = await replayed(trace);
    expect([r.owner(PFN), r.held("/a")]).toEqual(["/b", {}]);
    expect(r.held("/b")).toEqual({ anon: 2, charged: 2, lru: [2, 0, 0, 0, 0] });
    expect(r.witnesses).toEqual({ agree: 0, disagree: 2, memcgOnly: 0, taskOnly: 0 });
    expect(r.replay.attribution.witnesses.listed).toEqual([
      { line: 10, pfn: PFN, task: "/a", memcg: "/b" },
      { line: 14, pfn: PFN + 1, task: "/a", memcg: "/b" },
    ]);
  });

  test("at most a hundred are listed", async () => {
    const trace = twoGroups();
    for (let i = 0; i < 150; i++) trace.anonPage(B, PFN + i);
    const { disagree, listed } = (await replayed(trace)).replay.attribution.witnesses;
    expect([disagree, listed.length]).toEqual([150, 100]);
  });
});

describe("A8: mm_page_free", () => {
  test("ends ownership; the batched event repeats it and is skipped", async () => {
    const r = await replayed(
      twoGroups()
        .anonPage(A, PFN)
        .anonPage(A, PFN + 1)
        .free(PFN)
        .event(`mm_page_free_batched: page=1 pfn=0x${(PFN + 1).toString(16)} order=0`),
    );
    expect([r.owner(PFN), r.owner(PFN + 1)]).toEqual(["", "/a"]);
    expect(r.replay.unusedEvents()).toEqual({ mm_page_free_batched: 1 });
  });

  test("of an unknown frame is tallied and changes nothing", async () => {
    const r = await replayed(twoGroups().anonPage(A, PFN).free(0x900).free(0xa00, 3));
    expect(r.stray).toEqual({ unknownFrees: 2 });
    expect(r.held("/a")).toEqual({ anon: 1, charged: 1, lru: [1, 0, 0, 0, 0] });
  });

  test("a folio that an allocation finds in its place is gone, and tallied", async () => {
    const r = await replayed(twoGroups().anonPage(A, PFN).as(8).alloc(PFN));
    expect([r.owner(PFN), r.stray]).toEqual(["/b", { missedFrees: 1 }]);
    expect(r.held("/a")).toEqual({});
  });
});

describe("A9: tasks", () => {
  test("a child is in its parent's group; a grandchild too", async () => {
    const r = await replayed(twoGroups().fork(7, 70).as(70).fork(70, 71).as(71).alloc(PFN));
    expect(r.owner(PFN)).toBe("/a");
  });

  test("an exiting task still allocates for its group", async () => {
    const r = await replayed(
      twoGroups()
        .exit(7)
        .alloc(PFN)
        .alloc(PFN + 1, 0, KERNEL_PAGE),
    );
    expect(r.owners(PFN, 2)).toEqual(["/a"]);
    expect(r.stray).toEqual({});
  });

  test("a pid given out again belongs to the new parent's group", async () => {
    const r = await replayed(
      twoGroups()
        .exit(7)
        .as(8)
        .fork(8, 7)
        .as(7)
        .alloc(PFN)
        .as(99)
        .fork(99, 8)
        .as(8)
        .alloc(PFN + 1),
    );
    expect([r.owner(PFN), r.owner(PFN + 1)]).toEqual(["/b", ""]);
  });

  test("a move directs later charges, not old pages", async () => {
    const r = await replayed(
      twoGroups()
        .anonPage(A, PFN)
        .attach(7, B, "/b")
        .as(7)
        .anonPage(B, PFN + 1),
    );
    expect([r.owner(PFN), r.owner(PFN + 1)]).toEqual(["/a", "/b"]);
    expect(r.witnesses).toEqual({ agree: 2, disagree: 0, memcgOnly: 0, taskOnly: 0 });
  });

  test("a move out of the groups", async () => {
    const r = await replayed(twoGroups().attach(7, 1, "/").as(7).alloc(PFN));
    expect(r.owner(PFN)).toBe("");
  });
});
