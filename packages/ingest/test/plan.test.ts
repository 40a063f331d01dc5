import { CSV_STATES } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { type Circumstances, decide, nameFiles } from "../dist/partitions.js";
import { cutRanges, planFile, RANGE_BYTES } from "../dist/plan-file.js";
import type { Head } from "../dist/read-head.js";
import { planTable } from "../dist/tables/plan-table.js";

test("ranges are cut by the file's size alone", (t) => {
  t.deepEqual(cutRanges(25, 10), [
    { offset: 0, length: 10 },
    { offset: 10, length: 10 },
    { offset: 20, length: 5 },
  ]);
  t.deepEqual(cutRanges(RANGE_BYTES + 1), [
    { offset: 0, length: RANGE_BYTES },
    { offset: RANGE_BYTES, length: 1 },
  ]);
});

test("a plan joins the cases that fit and starts shards at rows, not at ranges", (t) => {
  const head: Head = { path: "a.csv", size: 30, modified: "0", fields: ["a"], dataStart: 4, dataLines: 1 };
  const { ROW, QUOTED, UNQUOTED } = CSV_STATES;
  const scan = (sha256: string, ...cases: v1.TextScanCase.$Properties[]): v1.TextScan =>
    v1.TextScan.create({ sha256, checksum: Buffer.from(sha256), cases: cases.map((one) => v1.TextScanCase.create(one)) });
  const scans = [
    scan("aa", { startState: ROW, endState: QUOTED, rows: 2, lines: 2, firstRow: 4, firstRowLine: 0 }),
    scan("bb", { startState: ROW, endState: ROW, rows: 9, lines: 9, firstRow: 0 }, { startState: QUOTED, endState: QUOTED, rows: 0, lines: 3, firstRow: 10 }),
    scan("cc", { startState: QUOTED, endState: UNQUOTED, rows: 1, lines: 1, firstRow: 3, firstRowLine: 1 }),
  ];
  const ranges = cutRanges(30, 10);
  const plan = planFile(head, ranges, scans);
  t.is(plan.rows, 3);
  t.deepEqual(plan.shards, [
    { range: ranges[0]!, sha256: "aa", checksum: Buffer.from("aa"), start: 4, end: 23, firstRow: 0, firstLine: 2 },
    { range: ranges[2]!, sha256: "cc", checksum: Buffer.from("cc"), start: 23, end: 30, firstRow: 2, firstLine: 8 },
  ]);
  t.throws(() => planFile(head, ranges.slice(0, 1), [scan("aa", { startState: ROW, endState: ROW, firstRow: 10 })]), { code: "E_NO_ROWS" });
});

test("files are named by what tells them apart and go in byte order", (t) => {
  const names = (...paths: string[]): string[] => nameFiles(paths, v1.Part.TRAIN).map(({ name }) => name);
  t.deepEqual(names("/x/b.csv", "/x/a.csv", "/x/Z.csv", "/x/é.csv"), ["Z.csv", "a.csv", "b.csv", "é.csv"]);
  t.deepEqual(names("/d/2024/01.csv", "/d/2023/01.csv"), ["2023/01.csv", "2024/01.csv"]);
  t.deepEqual(names(), []);
  t.throws(() => names("/a.csv", "/a.csv"), { code: "E_FILE_TWICE" });
});

const now: Circumstances = { build: "b", specKey: "k", lostPack: null, fresh: false, window: 0, refitEveryNights: 0 };
const { TRAIN, TEST } = v1.Part;
const of = (name: string, role = TRAIN, sha256 = `hash of ${name}`) => ({ name, role, sha256 });
const manifest = (names: string[], more: v1.IngestManifest.$Properties = {}): v1.IngestManifest =>
  v1.IngestManifest.create({ build: "b", specKey: "k", partitions: names.map((name) => v1.Partition.create(of(name))), ...more });

test("what is done depends on what is new, changed or gone", (t) => {
  const before = manifest(["1", "2"]);
  t.deepEqual(decide([of("1"), of("2")], before, now), { kind: "skip" });
  t.deepEqual(decide([of("1"), of("2"), of("3"), of("1", TEST)], before, now), { kind: "append", fresh: [2, 3], kept: before.partitions });
  t.deepEqual(decide([of("2"), of("3")], before, { ...now, window: 2 }), { kind: "append", fresh: [1], kept: before.partitions.slice(1) });
  const anew = (...args: Parameters<typeof decide>): string => {
    const decision = decide(...args);
    return decision.kind === "anew" ? decision.reason : decision.kind;
  };
  t.regex(anew([of("1"), of("2")], null, now), /nothing was ingested/);
  t.regex(anew([of("1"), of("2")], before, { ...now, fresh: true }), /asked/);
  t.regex(anew([of("1"), of("2")], before, { ...now, build: "c" }), /build b/);
  t.regex(anew([of("1"), of("2")], before, { ...now, specKey: "l" }), /configuration/);
  t.regex(anew([of("1"), of("2", TRAIN, "other")], before, now), /2 changed/);
  t.regex(anew([of("2"), of("3")], before, now), /1 is gone/);
  t.regex(anew([of("1"), of("3")], before, { ...now, window: 2 }), /2 is gone/);
  t.regex(anew([of("1"), of("2"), of("3")], manifest(["1", "2"], { nightsSinceRefit: 4 }), { ...now, refitEveryNights: 5 }), /refit/);
  t.is(anew([of("1"), of("2"), of("3")], manifest(["1", "2"], { nightsSinceRefit: 3 }), { ...now, refitEveryNights: 5 }), "append");
});

test("a lost pack is made again where that gives the same packs, else refused", (t) => {
  const before = manifest(["1", "2"]);
  const lost = { ...now, lostPack: "/data/a.arrow" };
  t.like(decide([of("1"), of("2")], before, lost), { kind: "anew", reason: "/data/a.arrow was gone or cut short" });
  t.like(decide([of("1"), of("2", TRAIN, "other")], before, lost), { kind: "anew", reason: "2 changed" });
  t.throws(() => decide([of("1"), of("2"), of("3")], before, lost), { code: "E_CORRUPT", message: /^\/data\/a\.arrow: .*--fresh/ });
  t.throws(() => decide([of("1"), of("2")], manifest(["1", "2"], { nightsSinceRefit: 1 }), lost), { code: "E_CORRUPT" });
});

test("row groups are shared out in ranges of about the same size, in order, none lost; those without rows are nobody's own", (t) => {
  const ranges = (...bytes: number[]) =>
    planTable(
      bytes.map((n) => ({ rows: 2 * n, bytes: n })),
      64,
    ).map(({ from, to }) => [from, to]);
  t.deepEqual(ranges(...Array<number>(10).fill(9)), [
    [0, 5],
    [5, 10],
  ]);
  t.deepEqual(ranges(10), [[0, 1]]);
  t.deepEqual(ranges(200, 10, 10, 200), [
    [0, 1],
    [1, 3],
    [3, 4],
  ]);
  t.deepEqual(ranges(0, 0), []);
  t.deepEqual(ranges(), []);
  fc.assert(
    fc.property(fc.array(fc.nat(100), { maxLength: 30 }), (bytes) => {
      let [at, rows] = [0, 0];
      for (const range of planTable(
        bytes.map((n) => ({ rows: 2 * n, bytes: n })),
        64,
      )) {
        t.is(range.from, at);
        t.is(range.firstRow, rows);
        t.true(range.rows > 0);
        at = range.to;
        rows += range.rows;
      }
      t.is(rows, 2 * bytes.reduce((sum, n) => sum + n, 0));
    }),
  );
});
