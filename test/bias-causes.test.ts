import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { cli, clickConfig, clicks, csv, inline, retrain, scratch } from "./kit.js";

type Rows = Record<string, string>[];
const gate = { maxBias: 100, maxLogLossIncrease: 100, minSliceRows: 100 };
const EXACT = { optimizer: { kind: "exact" } };

/** Trains on some rows and measures on others; the causes of bias that are found. */
async function causesOf(
  t: { teardown: (f: () => void) => void },
  training: Rows,
  tested: Rows,
  more: { columns?: object; model?: object; train?: object; evaluate?: object } = {},
): Promise<{ code: string; message: string; fields: string[]; value: number }[]> {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "train.csv"), csv(training));
  fs.writeFileSync(path.join(directory, "test.csv"), csv(tested));
  const config = clickConfig("train.csv", {
    data: { test: path.join(directory, "test.csv"), split: { by: "hash", column: "user", validation: 0.1 } },
    train: EXACT,
    gate,
    ...more,
  });
  const done = await retrain(inline(directory, config));
  const page = JSON.parse(fs.readFileSync(path.join(directory, "work", "report.json"), "utf8"));
  if (JSON.stringify(page.causes) !== JSON.stringify(done.test!.causes)) throw new Error("the report tells other causes");
  return done.test!.causes;
}

const training = clicks(9000, 11);
const tested = clicks(4000, 12);

test.serial("a good model on rows of the same kind has no cause of bias", async (t) => {
  t.deepEqual(await causesOf(t, training, tested), []);
});

test.serial("OVER_REGULARIZED: strong penalties; not once it is recalibrated", async (t) => {
  const [first, ...others] = await causesOf(t, training, tested, { model: { l2: 0.3 } });
  t.is(first!.code, "OVER_REGULARIZED");
  t.true(first!.value > 1.2, first!.message);
  t.deepEqual(
    others.map(({ code }) => code).filter((code) => code !== "MISSING_FEATURE"),
    [],
  );
  const after = await causesOf(t, training, tested, { model: { l2: 0.3 }, train: { ...EXACT, recalibrate: "platt" } });
  t.false(after.some(({ code }) => code === "OVER_REGULARIZED"));
});

test.serial("OVER_REGULARIZED is likelier where a path over the same data shows that smaller penalties bring the slope down", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(training));
  const config = { ...clickConfig("clicks.csv", { model: { l2: 0.3 }, train: EXACT, gate }), tune: { path: { lambdas: 5, ratio: 0.05 } } };
  const base = inline(directory, config);
  const causes = async (): Promise<{ code: string; message: string }[]> => (await retrain(base)).test!.causes;
  const [before] = await causes();
  t.is(before!.code, "OVER_REGULARIZED", JSON.stringify(before));
  t.notRegex(before!.message, /smaller ones bring it down/);
  const { json } = await cli(["tune", ...base, "--json"]);
  const slopes = json.trials
    .map(({ calibrationSlope }: { calibrationSlope: number | null }) => calibrationSlope)
    .filter((slope: number | null) => slope !== null);
  t.true(slopes.length >= 3, JSON.stringify(slopes));
  t.true(slopes.at(-1)! < slopes[0]!, JSON.stringify(slopes));
  const after = (await causes()).find(({ code }) => code === "OVER_REGULARIZED");
  t.regex(after!.message, /smaller ones bring it down/);
});

test.serial("BROKEN_PIPELINE: a field that half of the test rows lost", async (t) => {
  const broken = tested.map((row, i) => (i % 2 === 0 ? { ...row, country: "??", price: "" } : row));
  const [first] = await causesOf(t, training, broken, { columns: { priceBand: { kind: "bucketized", column: "price", boundaries: [10, 30, 60] } } });
  t.is(first!.code, "BROKEN_PIPELINE");
  t.true(first!.fields.includes("price") && first!.fields.includes("country"), JSON.stringify(first));
  t.regex(first!.message, /"price" is missing in 50\.0 % of the test rows and 0\.0 % of the training rows/);
});

test.serial("BIASED_SAMPLE: training rows that were picked by their label; a known rate tells it of both parts", async (t) => {
  const picked = (rows: Rows): Rows => rows.filter((row, i) => row["clicked"] === "1" || i % 3 === 0);
  const [first] = await causesOf(t, picked(training), tested);
  t.is(first!.code, "BIASED_SAMPLE");
  t.true(first!.value > 0.1);
  const rate = tested.filter((row) => row["clicked"] === "1").length / tested.length;
  const both = await causesOf(t, picked(training), picked(tested), { evaluate: { slices: [], knownRate: rate } });
  t.is(both[0]!.code, "BIASED_SAMPLE");
  t.regex(both[0]!.message, /known to be/);
  t.deepEqual(await causesOf(t, picked(training), picked(tested)), []);
});

test.serial("MISSING_FEATURE: a cross that the model does not have", async (t) => {
  const causes = await causesOf(t, training, tested, { model: { columns: ["price", "country", "device", "site"] } });
  t.is(causes[0]!.code, "MISSING_FEATURE");
  t.deepEqual(causes[0]!.fields, ["country", "device"]);
});

test.serial("LEAKED_LABEL: a column that is filled from the label", async (t) => {
  const leak = (rows: Rows): Rows => rows.map((row, i) => ({ ...row, refund: i % 300 === 0 ? "" : row["clicked"] === "1" ? "yes" : "no" }));
  const [first] = await causesOf(t, leak(training), leak(tested), { columns: { refund: { kind: "vocabulary", column: "refund" } } });
  t.is(first!.code, "LEAKED_LABEL");
  t.deepEqual(first!.fields, ["refund"]);
});

test.serial("a known rate of a head without positives is refused", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(clicks(100, 3)));
  const config = clickConfig("clicks.csv", { model: { head: "squared" }, evaluate: { knownRate: 0.1 } });
  const ended = await cli(["retrain", ...inline(directory, config)]);
  t.is(ended.code, 2);
  t.regex(ended.stderr, /evaluate\.knownRate.*squared/);
});
