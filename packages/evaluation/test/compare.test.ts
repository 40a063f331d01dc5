import { pairedLogLossDifference } from "@crossbill/calibration";
import { CrossbillError, v1 } from "@crossbill/messages";
import test from "ava";
import { compare } from "../dist/index.js";
import { clicks, ingested, randomModel } from "./example.js";

const TRAIN = clicks(2000, 1);
const TEST = clicks(2000, 2);
const rowsOf = (rows: readonly Record<string, string>[]) => rows.map(({ price, site, country }) => ({ price: price!, site: site!, country: country! }));

test("the difference is the paired one of the models' own predictions, by slice too", async (t) => {
  const { root, manifest, packs, executor } = await ingested([TRAIN], TEST);
  const [model, against] = [await randomModel(manifest.state, 7), await randomModel(manifest.state, 8)];
  const c = await compare({ root, model, against, packs, manifest, executor, slices: [["country"], ["site"]], minSliceRows: 100 });
  const [a, b] = [model.predict(rowsOf(TEST)), against.predict(rowsOf(TEST))];
  const label = TEST.map((row) => Number(row.clicked));
  const weight = TEST.map((row) => Number(row.weight));
  const expected = pairedLogLossDifference(label, a, b, weight);
  const { overall } = c;
  t.deepEqual(
    [overall.difference, overall.standardError, overall.low, overall.high],
    [expected.difference, expected.standardError, expected.low, expected.high],
  );
  t.is(overall.lossNew - overall.lossCurrent > 0, overall.difference > 0);
  t.is(overall.relativeIncrease, overall.difference / overall.lossCurrent);
  t.true(overall.pValue >= 0 && overall.pValue <= 1);
  t.is(overall.rows, 2000);
  const us = TEST.flatMap((row, i) => (row.country === "US" ? [i] : []));
  const slice = c.slices.find((s) => s.slice![0]!.value === "US")!;
  t.is(slice.difference!.rows, us.length);
  t.is(
    slice.difference!.difference,
    pairedLogLossDifference(
      us.map((i) => label[i]!),
      us.map((i) => a[i]!),
      us.map((i) => b[i]!),
      us.map((i) => weight[i]!),
    ).difference,
  );
  t.true(c.slices.every((s) => s.difference!.rows! >= 100));
  t.is(c.smallSlices + c.slices.length, 3 + new Set(TEST.map((row) => row.site)).size);
});

test("a model against itself differs by nothing", async (t) => {
  const { root, manifest, packs, executor } = await ingested([TRAIN.slice(0, 500)], TEST.slice(0, 500));
  const model = await randomModel(manifest.state, 7);
  const { overall } = await compare({ root, model, against: model, packs, manifest, executor });
  t.deepEqual([overall.difference, overall.standardError, overall.relativeIncrease], [0, 0, 0]);
  t.is(overall.z, Number.NaN);
});

test("yesterday's model is measured on packs of a night in which the vocabulary has grown as it would predict those rows", async (t) => {
  const without = TRAIN.map((row) => ({ ...row, site: row.site === "s3" ? "s4" : row.site! }));
  const first = await ingested([without], TEST.slice(0, 200));
  const against = await randomModel(first.manifest.state, 8);
  const { root, manifest, packs, executor } = await ingested([without, TRAIN], TEST.slice(0, 200), { root: first.root, laterTest: TEST });
  t.is(manifest.state.generation, 1);
  const model = await randomModel(manifest.state, 7);
  const { overall } = await compare({ root, model, against, packs, manifest, executor });
  const label = TEST.map((row) => Number(row.clicked));
  const weight = TEST.map((row) => Number(row.weight));
  t.is(overall.difference, pairedLogLossDifference(label, model.predict(rowsOf(TEST)), against.predict(rowsOf(TEST)), weight).difference);
});

test("models of different heads cannot be compared", async (t) => {
  const { root, manifest, packs, executor } = await ingested([TRAIN.slice(0, 300)], TEST.slice(0, 300));
  const [model, against] = [await randomModel(manifest.state, 7), await randomModel(manifest.state, 7, { head: v1.Head.SQUARED })];
  t.is((await t.throwsAsync(compare({ root, model, against, packs, manifest, executor }), { instanceOf: CrossbillError }))?.code, "E_COMPARE_HEADS");
});
