import fs from "node:fs";
import type { v1 } from "@crossbill/messages";
import { RandomStream } from "@crossbill/numerics";
import test from "ava";
import { type CheckSpec, DEFAULT_CHECKS, expectedSharing, goodBucketBits, manifestPath } from "../dist/index.js";
import { chance, distances } from "../dist/profile/distribution.js";
import { columnSpecs, csvOf, folder, rowsOf, run, write } from "./support.js";

const found = (manifest: v1.IngestManifest): string[] => manifest.checks.map(({ check, field }) => `${check} ${field}`);

/** Ingests `before`, then in a second run `after` with it. */
async function nightly(t: Parameters<typeof folder>[0], before: string, after: string, checks?: Partial<CheckSpec>) {
  const root = folder(t);
  const a = write(root, "a.csv", before);
  await run(root, { train: [a] });
  const spec = { ...DEFAULT_CHECKS, ...checks };
  return { root, a, second: async () => (await run(root, { train: [a, write(root, "b.csv", after)], checks: spec })).manifest };
}

test("a night like the one before gives no finding", async (t) => {
  const { second } = await nightly(t, csvOf(rowsOf(3000)), csvOf(rowsOf(2000)));
  t.deepEqual((await second()).checks, []);
});

test("new values, more missing ones, another range and another distribution are warned about, field by field", async (t) => {
  const after = rowsOf(2000).map((line, i) => {
    const [y, price, site, user] = line.split(",") as [string, string, string, string];
    return [i % 10 === 0 ? 1 - Number(y) : y, i % 20 === 0 ? 99 : Number(price) < 2 ? 0 : price, i % 4 === 0 ? "new site" : site, i % 5 === 0 ? "" : user].join(
      ",",
    );
  });
  const manifest = await (await nightly(t, csvOf(rowsOf(3000)), csvOf(after))).second();
  t.deepEqual(found(manifest), ["range price", "drift price", "newCategories site", "drift site", "missing user"]);
  t.true(manifest.checks.every(({ failed }) => !failed));
  const text = manifest.checks.map(({ message }) => message).join("\n");
  t.regex(text, /"site": 25% of the values were not there \("new site"\); 0% were to be expected/);
  t.regex(text, /"user": 20% of the rows have no value, it was 0%/);
  t.regex(text, /"price": 5% of the rows are outside the range it had, 0 to 5; it is 0 to 99 now/);
});

test("limits are of all fields, or of one", async (t) => {
  const after = rowsOf(2000).map((line, i) => (i % 4 === 0 ? line.replace(/s\d-0/, "new site") : line));
  const off = await nightly(t, csvOf(rowsOf(3000)), csvOf(after), { fields: new Map([["site", null]]) });
  t.deepEqual(found(await off.second()), []);
  const psi = await nightly(t, csvOf(rowsOf(3000)), csvOf(after), {
    fields: new Map([["site", { ...DEFAULT_CHECKS, newCategories: { warn: null, fail: null }, drift: { metric: "psi", warn: 0.25, fail: null } }]]),
  });
  const manifest = await psi.second();
  t.deepEqual(found(manifest), ["drift site"]);
  t.regex(manifest.checks[0]!.message, /population stability index/);
  t.deepEqual(found(await (await nightly(t, csvOf(rowsOf(3000)), csvOf(after), { minRows: 2001 })).second()), []);
  t.deepEqual(found(await (await nightly(t, csvOf(rowsOf(3000)), csvOf(after), { against: null })).second()), []);
});

test("drift above a failing limit stops the run, leaves everything as it was, and stays until the data or the limits change", async (t) => {
  const after = rowsOf(2000).map((line, i) => (i % 2 === 0 ? line.replace(/s\d-0/, "new site") : line));
  const { root, a, second } = await nightly(t, csvOf(rowsOf(3000)), csvOf(after), { drift: { metric: "lInfinity", warn: 0.1, fail: 0.3 } });
  const before = fs.readFileSync(manifestPath(root));
  for (let attempt = 0; attempt < 2; attempt++) {
    const error = await t.throwsAsync(second());
    t.like(error, { code: "E_DATA_DRIFT", exitCode: 1 });
    t.regex(error.message, /field "site": its distribution changed: L-infinity distance 0\.5.*fails it above 0\.3/);
    t.deepEqual(fs.readFileSync(manifestPath(root)), before);
  }
  const tolerant = await run(root, { train: [a, `${root}/b.csv`] });
  t.deepEqual(found(tolerant.manifest), ["newCategories site", "drift site"]);
});

test("new and missing fields and other types can be refused", async (t) => {
  const root = folder(t);
  const columns = columnSpecs({ name: "user", hashed: { field: "user", buckets: 1000 } });
  const header = (names: string, lines: string[]): string => `${names}\n${lines.join("\n")}\n`;
  const first = write(
    root,
    "a.csv",
    header(
      "y,user,old",
      Array.from({ length: 300 }, (_, i) => `${i % 2},${i % 30},x`),
    ),
  );
  await run(root, { train: [first], columns });
  const later = write(
    root,
    "b.csv",
    header(
      "y,user,fresh",
      Array.from({ length: 300 }, (_, i) => `${i % 2},u${i % 30},x`),
    ),
  );
  const error = await t.throwsAsync(run(root, { train: [later], columns, checks: { ...DEFAULT_CHECKS, schema: "fail" } }));
  t.like(error, { code: "E_SCHEMA_CHANGED", exitCode: 1 });
  t.regex(error.message, /field "fresh" is new/);
  t.regex(error.message, /field "old" is gone/);
  t.regex(error.message, /field "user": its values are of type text, they were of type integer/);
  const { manifest } = await run(root, { train: [later], columns });
  t.deepEqual(found(manifest), ["newField fresh", "missingField old", "type user", "newCategories user", "drift user"]);
});

test("the combinations of crosses that hash are counted, and too few buckets are warned about", async (t) => {
  const root = folder(t);
  const columns = [
    { name: "user", vocabulary: { field: "user" } },
    { name: "few", crossed: { inputs: ["user", "site"], buckets: 50 } },
    { name: "many", crossed: { inputs: ["user", "site"], buckets: 2 ** 20, salt: 3 } },
  ];
  const lines = Array.from({ length: 6000 }, (_, i) => `${i % 2},1,${i % 3 === 0 ? "" : `s${i % 7}`},${i % 11 === 0 ? "" : `u${i % 40}`}`);
  const pairs = new Set(lines.map((line) => line.split(",").slice(2).join()).filter((pair) => pair !== ","));
  const { manifest } = await run(root, { train: [write(root, "a.csv", csvOf(lines))], columns: columnSpecs(...columns) });
  t.deepEqual(
    manifest.checks.map(({ message }) => message.split(": ").slice(0, 2)),
    [["column few", `${pairs.size} keys in 50 buckets`]],
  );
});

test("a column whose values come about once each is told when it is fitted, not on a later night", async (t) => {
  const root = folder(t);
  const columns = columnSpecs(
    { name: "id", vocabulary: { field: "user" } },
    { name: "twice", vocabulary: { field: "user", minCount: 2 } },
    { name: "given", vocabulary: { field: "user", values: ["u1"] } },
    { name: "hash", hashed: { field: "user", buckets: 2 ** 24 } },
    { name: "both", crossed: { inputs: ["user", "site"], buckets: 2 ** 24 } },
    { name: "site", vocabulary: { field: "site" } },
  );
  const lines = (from: number): string[] => Array.from({ length: 3000 }, (_, i) => `${i % 2},1,s${i % 3},${i % 10 === 0 ? "" : `u${from + i}`}`);
  const a = write(root, "a.csv", csvOf(lines(0)));
  const { manifest } = await run(root, { train: [a], columns });
  t.deepEqual(found(manifest), ["uniqueValues id", "uniqueValues hash", "uniqueValues both"]);
  t.regex(manifest.checks[0]!.message, /^column id: about 2,[678]\d\d different values among 2,700 \(\d\d0?%\): most come once, as in a unique id/);
  const night = await run(root, { train: [a, write(root, "b.csv", csvOf(lines(5000)))], columns });
  t.false(night.manifest.checks.some(({ check }) => check === "uniqueValues"));
  const failed = run(folder(t), { train: [a], columns, checks: { ...DEFAULT_CHECKS, uniqueValues: { warn: null, fail: 0.9 } } });
  t.like(await t.throwsAsync(failed), { code: "E_DATA_DRIFT" });
  const quiet = await run(folder(t), { train: [a], columns, checks: { ...DEFAULT_CHECKS, uniqueValues: { warn: null, fail: null } } });
  t.deepEqual(found(quiet.manifest), []);
});

test("an earlier run can be named", async (t) => {
  const root = folder(t);
  const names = ["a", "b", "c"].map((name, k) => write(root, `${name}.csv`, csvOf(rowsOf(1500, k === 1 ? 1 : 0))));
  await run(root, { train: names.slice(0, 1) });
  t.true(found((await run(root, { train: names.slice(0, 2) })).manifest).includes("drift site"));
  const third = await run(root, { train: names, checks: { ...DEFAULT_CHECKS, against: "0001" } });
  t.deepEqual(found(third.manifest), []);
  t.regex(third.manifest.checkedAgainst, /^0001-/);
});

test("keys that were always new are expected to be new again", async (t) => {
  const lines = (from: number): string[] => Array.from({ length: 4000 }, (_, i) => `${i % 2},1,s,id${from + i}`);
  const { second } = await nightly(t, csvOf(lines(0)), csvOf(lines(4000)));
  t.deepEqual(
    found(await second()).filter((one) => one.endsWith("user")),
    ["collisions user"],
  );
});

test("distances are those of their definitions", (t) => {
  const even = { reference: [50, 50], now: [50, 50] };
  t.deepEqual(distances(even), { jensenShannon: 0, lInfinity: 0, psi: 0 });
  const apart = distances({ reference: [10, 0], now: [0, 30] });
  t.is(apart.jensenShannon, 1);
  t.is(apart.lInfinity, 1);
  const some = distances({ reference: [60, 30, 10], now: [100, 60, 40] });
  const [p, q] = [
    [0.6, 0.3, 0.1],
    [0.5, 0.3, 0.2],
  ] as const;
  const kl = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * Math.log2(x / b[i]!), 0);
  const m = p.map((x, i) => (x + q[i]!) / 2);
  t.true(Math.abs(some.jensenShannon - (kl(p, m) + kl(q, m)) / 2) < 1e-12);
  t.true(Math.abs(some.lInfinity - 0.1) < 1e-12);
  const smooth = (counts: number[]): number[] => counts.map((c) => (c + 0.5) / (counts.reduce((a, b) => a + b) + 1.5));
  const [ps, qs] = [smooth([60, 30, 10]), smooth([100, 60, 40])];
  t.true(Math.abs(some.psi - ps.reduce((sum, x, i) => sum + (qs[i]! - x) * Math.log(qs[i]! / x), 0)) < 1e-12);
  t.true(Number.isNaN(distances({ reference: [], now: [] }).psi));
});

test("two samples of one distribution seldom pass what chance allows", (t) => {
  const random = new RandomStream(11, 0);
  const draw = (n: number, cells: number): number[] => {
    const counts = new Array<number>(cells).fill(0);
    for (let i = 0; i < n; i++) counts[Math.floor(random.uniform() ** 2 * cells)]!++;
    return counts;
  };
  const over = { jensenShannon: 0, lInfinity: 0, psi: 0 };
  for (let k = 0; k < 400; k++) {
    const histograms = { reference: draw(2000, 20), now: draw(700, 20) };
    const [seen, allowed] = [distances(histograms), chance(histograms)];
    for (const metric of ["jensenShannon", "lInfinity", "psi"] as const) if (seen[metric] > allowed[metric]) over[metric]++;
  }
  t.true(Math.max(...Object.values(over)) <= 8, JSON.stringify(over));
});

test("hashing many keys into few buckets is warned about with the expected share that collides", async (t) => {
  t.is(expectedSharing(1, 10), 0);
  t.is(expectedSharing(5, 1), 1);
  t.true(Math.abs(expectedSharing(3, 10) - (1 - 0.9 ** 2)) < 1e-15);
  t.true(Math.abs(expectedSharing(83_000, 2 ** 20) - 0.0761) < 1e-3);
  const random = new RandomStream(3, 0);
  const [keys, buckets] = [300, 1000];
  let shared = 0;
  for (let k = 0; k < 50; k++) {
    const at = Array.from({ length: keys }, () => random.below(buckets));
    const rows = new Map<number, number>();
    for (const bucket of at) rows.set(bucket, (rows.get(bucket) ?? 0) + 1);
    shared += at.filter((bucket) => rows.get(bucket)! > 1).length;
  }
  t.true(Math.abs(shared / (50 * keys) - expectedSharing(keys, buckets)) < 0.01);
  t.is(goodBucketBits(1000), 14);
  const root = folder(t);
  const lines = Array.from({ length: 2000 }, (_, i) => `${i % 2},1,s,u${i % 500}`);
  const { manifest } = await run(root, { train: [write(root, "a.csv", csvOf(lines))] });
  t.deepEqual(
    manifest.checks.map(({ message }) => message),
    ["column user: 500 keys in 100 buckets: 99% of them are expected to share one; 2^13 buckets would bring it to 5.9%"],
  );
  const failed = run(folder(t), { train: [`${root}/a.csv`], checks: { ...DEFAULT_CHECKS, collisions: { warn: null, fail: 0.9 } } });
  t.like(await t.throwsAsync(failed), { code: "E_DATA_DRIFT" });
});
