import fs from "node:fs";
import path from "node:path";
import { encodeFor, ingestHandlers, openPack } from "@crossbill/ingest";
import { plainMessage, v1 } from "@crossbill/messages";
import { inlineExecutor, refPath } from "@crossbill/tasks";
import test from "ava";
import { columnSpecs, csvOf, dataSpec, folder, hashes, packRows, run, write } from "./support.js";

const { AS_MISSING, KEEP, REJECT_ROW, TO_BOUND } = v1.NumericSpec.Outliers;
/** Prices 0 ... 9 over and over, with a few wild ones; every fourth row is a test row. */
const WILD = new Map([
  [0, 5000], // test
  [2, -700], // train
  [5, 900], // train
  [8, -1e6], // test
]);
const lines = Array.from({ length: 400 }, (_, i) => `${i % 2},${WILD.get(i) ?? i % 10},s,u`);
const data = dataSpec({ split: { index: { every: 4, test: [0] } }, maxRejected: 0.01 });
const priced = (outliers: v1.NumericSpec.Outliers) =>
  columnSpecs({ name: "price", numeric: { field: "price", outliers, bounds: { zScore: 3 } } }, { name: "plain", numeric: { field: "price" } });
const counted = [
  { column: "price", part: v1.Part.TRAIN, below: 1, above: 1 },
  { column: "price", part: v1.Part.TEST, below: 1, above: 1 },
];
const plain = (counts: readonly v1.OutlierCount[]) => counts.map(({ column, part, below, above }) => ({ column, part, below, above }));

for (const outliers of [KEEP, TO_BOUND, AS_MISSING]) {
  test(`values outside the bounds are counted by column and part, and their rows stay (${v1.NumericSpec.Outliers[outliers]})`, async (t) => {
    const dir = folder(t);
    const outcome = await run(`${dir}/work`, { train: [write(dir, "a.csv", csvOf(lines))], data, columns: priced(outliers) });
    t.deepEqual(plain(outcome.outliers), counted);
    t.deepEqual(plain(outcome.manifest.partitions[0]!.outliers), counted);
    t.is(outcome.rejected, 0);
    const [train] = await packRows(`${dir}/work`, outcome.manifest, v1.Part.TRAIN);
    t.is(train!.label.length, 300);
    t.true(train!.numbers.get("price")!.includes(900), "packs hold raw values");
    const state = outcome.manifest.state.states.find(({ name }) => name === "price")!.numeric!;
    t.true(state.low! > -700 && state.low! < 0 && state.high! > 9 && state.high! < 900, `${state.low} ${state.high}: fitted on training rows only`);
  });
}

test("reject-row rejects training rows with file, line and bounds; test rows stay", async (t) => {
  const dir = folder(t);
  const outcome = await run(`${dir}/work`, { train: [write(dir, "a.csv", csvOf(lines))], data, columns: priced(REJECT_ROW) });
  t.deepEqual(outcome.rejects, { E_OUTLIER: 2 });
  t.deepEqual(plain(outcome.outliers), counted);
  const rejects = fs
    .readFileSync(outcome.rejectsFile!, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { line: number; code: string; field: string; reason: string });
  t.deepEqual(
    rejects.map(({ line, code, field }) => [line, code, field]),
    [
      [4, "E_OUTLIER", "price"],
      [7, "E_OUTLIER", "price"],
    ],
  );
  t.regex(rejects[0]!.reason, /^outside the bounds of column "price", \[-.*\]: -700$/);
  const [train] = await packRows(`${dir}/work`, outcome.manifest, v1.Part.TRAIN);
  const [tested] = await packRows(`${dir}/work`, outcome.manifest, v1.Part.TEST);
  t.is(train!.label.length, 298);
  t.false(train!.numbers.get("plain")!.includes(900));
  t.deepEqual([...tested!.numbers.get("price")!].slice(0, 3), [5000, 4, -1e6]);
  t.is(outcome.manifest.state.states.find(({ name }) => name === "price")!.numeric!.count, 300, "the rows were counted before the bounds were known");
});

test("more outliers than data.maxRejected allows are an error that counts them", async (t) => {
  const dir = folder(t);
  const columns = columnSpecs({ name: "price", numeric: { field: "price", outliers: REJECT_ROW, bounds: { quantiles: { low: 0.2, high: 0.8 } } } });
  const error = await t.throwsAsync(run(`${dir}/work`, { train: [write(dir, "a.csv", csvOf(lines))], data, columns: [...columns] }), {
    code: "E_TOO_MANY_REJECTS",
  });
  t.regex(error!.message, /E_OUTLIER \d+/);
});

test("the bounds stay frozen on the next night, whatever its values are", async (t) => {
  const dir = folder(t);
  const first = write(dir, "a.csv", csvOf(lines));
  const night = write(dir, "b.csv", csvOf(Array.from({ length: 400 }, (_, i) => `${i % 2},${i === 7 ? 1e9 : 50 + (i % 10)},s,u`)));
  const before = await run(`${dir}/work`, { train: [first], data, columns: priced(REJECT_ROW) });
  const after = await run(`${dir}/work`, { train: [first, night], data, columns: priced(REJECT_ROW) });
  const bounds = ({ manifest }: typeof before) => {
    const { low, high } = manifest.state.states.find(({ name }) => name === "price")!.numeric!;
    return { low, high };
  };
  t.deepEqual(bounds(after), bounds(before));
  t.deepEqual(after.rejects, { E_OUTLIER: 1 });
  t.deepEqual(plain(after.manifest.partitions[0]!.outliers), counted, "what was counted of yesterday's file stays");
});

test("products, chains and bounds give the same packs and state however a file is cut into ranges", async (t) => {
  const dir = folder(t);
  const columns = columnSpecs(
    { name: "squared", product: { fields: ["price", "price"], number: { robust: true, scale: v1.NumericSpec.Scale.STANDARDIZE } } },
    { name: "fenced", numeric: { field: "price", outliers: AS_MISSING, bounds: { iqr: 1.5 } } },
  );
  const train = [write(dir, "a.csv", csvOf(lines))];
  const whole = await run(`${dir}/one`, { train, data, columns });
  const cut = await run(`${dir}/two`, { train, data, columns, rangeBytes: 700 });
  t.deepEqual(plainMessage(cut.manifest.state!), plainMessage(whole.manifest.state!));
  t.deepEqual(plain(cut.outliers), plain(whole.outliers));
  const again = await run(`${dir}/three`, { train, data, columns });
  t.deepEqual(hashes(again), hashes(whole));
  const [rows] = await packRows(`${dir}/one`, whole.manifest, v1.Part.TRAIN);
  t.deepEqual(
    [...rows!.numbers.get("squared")!],
    [...rows!.numbers.get("fenced")!].map((x) => x * x),
  );
});

test("the same training rows in another model's terms leave out the rows that the data's own bounds reject", async (t) => {
  const dir = folder(t);
  const root = `${dir}/work`;
  const train = [write(dir, "a.csv", csvOf(lines))];
  const { manifest } = await run(root, { train, data, columns: priced(REJECT_ROW) });
  const executor = inlineExecutor({ handlers: [ingestHandlers], root });
  t.teardown(() => executor.close());
  const columns = columnSpecs({ name: "user", hashed: { field: "user", buckets: 8 } });
  const packs = await encodeFor({
    root,
    build: "test",
    files: { train, validation: [], test: [] },
    data,
    columns: priced(REJECT_ROW),
    nights: { window: 0, refitEveryNights: 0 },
    executor,
    manifest,
    part: v1.Part.TRAIN,
    foreign: { columns, state: v1.FeatureState.create({ columns }) as v1.FeatureState },
  });
  const reader = await openPack(path.resolve(refPath(root, packs[0]!.file)), packs[0]!.file);
  t.is(reader.rows, 298);
});
