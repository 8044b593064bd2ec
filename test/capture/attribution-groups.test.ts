// attribution-groups: control groups that come, go, come again, or were there before the trace.
import { describe, expect, test } from "vitest";
import { CaptureError } from "../../src/capture/errors.js";
import { DEPTH_MAX } from "../../src/capture/group-book.js";
import { MAX_FRAMES } from "../../src/capture/limits.js";
import { replayed } from "./replaying.js";
import { KERNEL_PAGE, TraceBuilder } from "./trace-builder.js";

const PL = 100;
const A = 101;
const B = 102;
const PFN = 0x100;

/** /pl, /pl/a and /pl/a/b; task 7 is in the deepest and runs. */
const tree = () =>
  new TraceBuilder().mkdir(PL, "/pl").mkdir(A, "/pl/a").mkdir(B, "/pl/a/b").attach(7, B, "/pl/a/b").as(7);

describe("removal", () => {
  test("frames stay with the removed group and show at its nearest online ancestor", async () => {
    const trace = tree().filePage(B, PFN).attach(7, PL, "/pl").rmdir(B, "/pl/a/b");
    const one = await replayed(trace);
    expect([one.owner(PFN), one.shown(PFN)]).toEqual(["/pl/a/b", "/pl/a"]);
    const two = await replayed(trace.rmdir(A, "/pl/a"));
    expect([two.owner(PFN), two.shown(PFN)]).toEqual(["/pl/a/b", "/pl"]);
    expect(two.pages("/pl", "total")).toMatchObject({ file: 1, charged: 1, lru: [0, 0, 1, 0, 0] });
    const three = await replayed(trace.rmdir(PL, "/pl"));
    expect([three.owner(PFN), three.shown(PFN)]).toEqual(["/pl/a/b", ""]);
  });

  test("frames of a removed group can still be charged, moved and freed", async () => {
    const r = await replayed(
      tree()
        .filePage(B, PFN)
        .filePage(B, PFN + 1)
        .attach(7, PL, "/pl")
        .rmdir(B, "/pl/a/b")
        .activate(PFN)
        .free(PFN + 1)
        .cache(B, PFN + 2),
    );
    expect(r.pages("/pl/a/b")).toMatchObject({ file: 2, charged: 2, lru: [0, 0, 0, 1, 0] });
    expect(r.owner(PFN + 1)).toBe("");
  });

  test("live tasks are let go: threads leave with their leader, which alone has an event", async () => {
    const r = await replayed(tree().fork(7, 70).anonPage(B, PFN).attach(7, PL, "/pl").rmdir(B, "/pl/a/b"));
    expect(r.stray).toEqual({});
    expect(r.shown(PFN)).toBe("/pl/a");
  });

  test("a child whose own event is missing goes with its parent", async () => {
    const r = await replayed(tree().anonPage(B, PFN).rmdir(A, "/pl/a"));
    expect([r.owner(PFN), r.shown(PFN)]).toEqual(["/pl/a/b", "/pl"]);
    expect(r.replay.attribution.groups.byPath("/pl/a/b")!.online).toBe(false);
  });

  test("removing twice, or what was never there, changes nothing", async () => {
    const r = await replayed(tree().rmdir(B, "/pl/a/b").rmdir(B, "/pl/a/b").rmdir(999, "/x"));
    expect(r.stray).toEqual({});
    expect(r.replay.attribution.groups.all().map(({ path, online }) => [path, online])).toEqual([
      ["/pl", true],
      ["/pl/a", true],
      ["/pl/a/b", false],
    ]);
  });
});

describe("an inode that is given out again", () => {
  test("names the new group; old frames stay with the old one", async () => {
    const r = await replayed(
      tree()
        .filePage(B, PFN)
        .attach(7, PL, "/pl")
        .rmdir(B, "/pl/a/b")
        .mkdir(B, "/pl/c")
        .attach(7, B, "/pl/c")
        .filePage(B, PFN + 1),
    );
    expect([r.owner(PFN), r.shown(PFN)]).toEqual(["/pl/a/b", "/pl/a"]);
    expect([r.owner(PFN + 1), r.shown(PFN + 1)]).toEqual(["/pl/c", "/pl/c"]);
    expect(r.witnesses).toMatchObject({ agree: 2, disagree: 0 });
  });

  test("and the same path again: two groups, the newer one is found by it", async () => {
    const r = await replayed(
      tree()
        .filePage(B, PFN)
        .attach(7, PL, "/pl")
        .rmdir(B, "/pl/a/b")
        .mkdir(B, "/pl/a/b")
        .filePage(B, PFN + 1),
    );
    expect(r.pages("/pl/a/b").charged).toBe(1);
    expect([r.shown(PFN), r.shown(PFN + 1)]).toEqual(["/pl/a", "/pl/a/b"]);
    expect(r.replay.attribution.groups.all()).toHaveLength(4);
  });

  test("the same path with another inode", async () => {
    const r = await replayed(
      tree()
        .filePage(B, PFN)
        .attach(7, PL, "/pl")
        .rmdir(B, "/pl/a/b")
        .mkdir(777, "/pl/a/b")
        .filePage(777, PFN + 1),
    );
    expect(r.pages("/pl/a/b").charged).toBe(1);
    expect(r.pages("/pl/a", "total").charged).toBe(2);
  });
});

describe("groups older than the trace", () => {
  test("come from groups.tsv, parents first, when an event names them", async () => {
    const r = await replayed(
      new TraceBuilder()
        .as(7)
        .anonPage(A, PFN)
        .mkdir(B, "/pl/a/b")
        .attach(7, B, "/pl/a/b")
        .anonPage(B, PFN + 1),
      [
        [A, "/pl/a"],
        [PL, "/pl"],
        [B, "/pl/a/b"],
      ],
    );
    expect([r.owner(PFN), r.owner(PFN + 1)]).toEqual(["/pl/a", "/pl/a/b"]);
    expect(r.pages("/pl", "total").charged).toBe(2);
    const made = r.replay.attribution.groups.all().map(({ path, madeInTrace }) => [path, madeInTrace]);
    expect(made).toEqual([
      ["/pl", false],
      ["/pl/a", false],
      ["/pl/a/b", true],
    ]);
    expect(r.witnesses).toMatchObject({ memcgOnly: 1, agree: 1 });
  });

  test("that no event names are there all the same, and empty", async () => {
    const r = await replayed(new TraceBuilder().as(7).alloc(PFN), [[PL, "/pl"]]);
    expect(r.pages("/pl").charged).toBe(0);
  });

  test("are taken from attach events where there is no groups.tsv", async () => {
    const r = await replayed(new TraceBuilder().attach(7, A, "/a").as(7).anonPage(A, PFN));
    expect(r.owner(PFN)).toBe("/a");
  });

  test("are outside the capture where there is one that does not list them", async () => {
    const r = await replayed(new TraceBuilder().attach(7, A, "/a").as(7).anonPage(A, PFN), [[PL, "/pl"]]);
    expect(r.owner(PFN)).toBe("");
  });
});

describe("other hierarchies", () => {
  test("events with equal ids are left aside", async () => {
    const r = await replayed(
      tree()
        .hierarchy(1)
        .mkdir(B, "/system")
        .attach(7, A, "/system")
        .rmdir(B, "/system")
        .as(7)
        .anonPage(B, PFN),
    );
    expect(r.owner(PFN)).toBe("/pl/a/b");
    expect(r.replay.attribution.groups.foreignEvents).toBe(3);
    expect(r.replay.attribution.groups.all()).toHaveLength(3);
  });

  test("groups.tsv tells which one is meant, even if another comes first", async () => {
    const r = await replayed(
      new TraceBuilder()
        .hierarchy(1)
        .mkdir(A, "/system")
        .attach(7, A, "/system")
        .hierarchy(4)
        .mkdir(A, "/pl")
        .attach(7, A, "/pl")
        .as(7)
        .anonPage(A, PFN),
      [[A, "/pl"]],
    );
    expect(r.owner(PFN)).toBe("/pl");
    expect(r.replay.attribution.groups.foreignEvents).toBe(2);
  });
});

describe("odd paths and hostile lines", () => {
  test.each(["/with space", "/a path=/b", "/pid=7 x", "/=;|'\"", "/ü"])("%s", async (path) => {
    const r = await replayed(new TraceBuilder().mkdir(A, path).attach(7, A, path).as(7).alloc(PFN));
    expect(r.owner(PFN)).toBe(path);
  });

  test.each([
    ["cgroup_mkdir: root=4 level=1 path=/a", "valid id"],
    ["cgroup_mkdir: root=4 id=99999999999999999999 level=1 path=/a", "valid id"],
    ["cgroup_mkdir: root=4 id=5 level=1", "path"],
    ["cgroup_rmdir: root=4 id=5 level=1 path=a", "path"],
    ["cgroup_attach_task: dst_root=4 dst_level=1 dst_path=/a pid=7 comm=x", "dst_id"],
    ["cgroup_attach_task: dst_root=4 dst_id=5 dst_level=1 dst_path=/a pid=x comm=x", "pid"],
    ["cgroup_attach_task: dst_root=4 dst_id=5 dst_level=1 dst_path=/a pid=4194304 comm=x", "pid"],
    [`cgroup_mkdir: root=4 id=5 level=1 path=${"/d".repeat(DEPTH_MAX + 1)}`, "deeper"],
  ])("%s is refused with its line", async (line, reason) => {
    const error = await replayed(tree().event(line)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CaptureError);
    expect(error).toMatchObject({ file: "trace.txt", line: 5, reason: expect.stringContaining(reason) });
  });

  test("as deep as is allowed", async () => {
    const trace = new TraceBuilder();
    let path = "";
    for (let level = 1; level <= DEPTH_MAX; level++) {
      path += "/d";
      trace.mkdir(level, path);
    }
    const r = await replayed(trace.attach(7, DEPTH_MAX, path).as(7).alloc(PFN));
    expect(r.pages("/d", "total").charged).toBe(1);
  });

  test.each([
    [0xffffffff, 0, "out of range"],
    [2 ** 39, 0, "out of range"],
    [MAX_FRAMES, 0, "out of range"],
    [0x101, 1, "not aligned to order 1"],
  ])("frame %d of order %d is refused", async (pfn, order, reason) => {
    const error = await replayed(tree().alloc(pfn, order)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "CaptureError", line: 5, reason: expect.stringContaining(reason) });
  });
});

describe("what is only counted", () => {
  test("migrated pages, reclaim, lost events, CPUs", async () => {
    const r = await replayed(
      tree()
        .event(
          "mm_migrate_pages: nr_succeeded=12 nr_failed=3 nr_thp_succeeded=0 mode=MIGRATE_ASYNC reason=compaction",
        )
        .event(
          "mm_migrate_pages: nr_succeeded=30 nr_failed=0 nr_thp_succeeded=0 mode=MIGRATE_ASYNC reason=compaction",
        )
        .event("mm_vmscan_kswapd_sleep: nid=0")
        .event("mm_vmscan_lru_shrink_inactive: nid=0 nr_scanned=5 nr_reclaimed=3 priority=9")
        .raw("CPU:1 [LOST 123 EVENTS]")
        .raw("CPU:0 [LOST EVENTS]")
        .as(7, 5)
        .alloc(PFN, 0, KERNEL_PAGE),
    );
    const { migratedPages, reclaimEvents, lostEvents, cpus } = r.replay.attribution;
    expect({ migratedPages, reclaimEvents, lostEvents, cpus }).toEqual({
      migratedPages: 42,
      reclaimEvents: 1,
      lostEvents: 124,
      cpus: 2,
    });
    expect(r.replay.summary).toMatchObject({ lostEvents: 123, lostUncounted: 1 });
  });
});
