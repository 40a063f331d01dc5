import { compareAuc } from "@crossbill/auc";
import { brierScore, pairedLogLossDifference } from "@crossbill/calibration";
import { CrossbillError, v1 } from "@crossbill/messages";
import { logit, RandomStream } from "@crossbill/numerics";
import test from "ava";
import { ChangedRows } from "../dist/changed-rows.js";
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
  const auc = compareAuc(label, a, b, weight);
  t.deepEqual(
    [c.auc!.new, c.auc!.current, c.auc!.difference, c.auc!.standardError, c.auc!.low, c.auc!.high, c.auc!.pValue],
    [auc.aucA, auc.aucB, auc.difference, auc.standardError, auc.low, auc.high, auc.pValue],
  );
  t.deepEqual([c.brier!.lossNew, c.brier!.lossCurrent], [brierScore(label, a, weight), brierScore(label, b, weight)]);
  t.true(c.brier!.low! < c.brier!.difference! && c.brier!.difference! < c.brier!.high!);
  const change = TEST.map((_, i) => logit(a[i]!) - logit(b[i]!));
  const most = [...change.keys()].sort((i, j) => Math.abs(change[j]!) - Math.abs(change[i]!) || i - j).slice(0, 50);
  t.deepEqual(
    c.changed.map((row) => [row.label, row.weight, row.predictionNew, row.predictionCurrent, row.difference]),
    most.map((i) => [label[i], weight[i], a[i], b[i], change[i]]),
  );
  const starts = packs.map((_, k) => packs.slice(0, k).reduce((sum, pack) => sum + pack.rows, 0));
  t.deepEqual(
    c.changed.map(({ key }) => key!.split(":").map(Number)).map(([pack, row]) => starts[pack!]! + row!),
    most,
    "a row without a key is named by its place",
  );
});

test("the rows that changed most are those of a whole sort, for any cut into updates and packs, ties by place", (t) => {
  const random = new RandomStream(5);
  const kind = { head: v1.Head.SQUARED, vectors: false };
  const n = 700;
  const of = (most: number) => Float64Array.from({ length: n }, () => random.below(most));
  const rows = { label: of(2), weight: of(3), predictions: [of(20), of(20)], hits: [], slices: new Map(), keys: null };
  const part = (from: number, to: number) => ({
    ...rows,
    label: rows.label.subarray(from, to),
    weight: rows.weight.subarray(from, to),
    predictions: rows.predictions.map((p) => p.subarray(from, to)),
  });
  const expected = [...rows.label.keys()]
    .filter((i) => rows.weight[i]! > 0 && rows.predictions[0]![i] !== rows.predictions[1]![i])
    .map((i) => ({ i, d: rows.predictions[0]![i]! - rows.predictions[1]![i]! }))
    .sort((x, y) => Math.abs(y.d) - Math.abs(x.d) || x.i - y.i)
    .slice(0, 50);
  for (let trial = 0; trial < 20; trial++) {
    const cut = random.below(n);
    const packs = [
      [0, cut],
      [cut, n],
    ].map(([from, to], k) => {
      const changed = new ChangedRows(kind);
      const middle = from! + random.below(to! - from! + 1);
      changed.update(part(from!, middle));
      changed.update(part(middle, to!));
      return ChangedRows.fromMessage(changed.toMessage(), kind, k, to! - from!);
    });
    packs[0]!.merge(packs[1]!);
    t.deepEqual(
      packs[0]!.value().map(({ key, difference }) => [key, difference]),
      expected.map(({ i, d }) => [i < cut ? `0:${i}` : `1:${i - cut}`, d]),
    );
  }
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
