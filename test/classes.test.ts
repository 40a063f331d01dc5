import fs from "node:fs";
import path from "node:path";
import { type ClassPrediction, loadModel } from "@crossbill/models";
import test from "ava";
import { cli, clicks, csv, inline, retrain, scratch, threads } from "./kit.js";

/** Fruit by weight, colour and country; what a fruit is hangs on them, with some noise; seeded. */
function fruit(n: number, seed: number): Record<string, string>[] {
  let s = seed >>> 0;
  const uniform = (): number => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 4294967296;
  };
  const colours = ["red", "green", "yellow"];
  return Array.from({ length: n }, (_, i) => {
    const kind = Math.floor(uniform() * 3);
    const colour = uniform() < 0.7 ? kind : Math.floor(uniform() * 3);
    return {
      id: String(i),
      grams: uniform() < 0.05 ? "" : String(Math.round(80 + 60 * kind + 60 * uniform())),
      colour: colours[colour]!,
      country: ["FR", "IT"][Math.floor(uniform() * 2)]!,
      fruit: ["pear", "apple", "=lemon, sour"][kind]!,
    };
  });
}

const config = {
  data: { train: "fruit-*.csv", label: "fruit", key: "id", split: { by: "index", every: 5, test: [0], validation: [1] } },
  columns: {
    grams: { kind: "numeric", column: "grams", missing: "indicator" },
    colour: { kind: "vocabulary", column: "colour" },
    country: { kind: "vocabulary", column: "country" },
  },
  model: { kind: "linear", head: "softmax", l2: 1e-3 },
  train: { optimizer: { kind: "exact", tolerance: 1e-9 } },
  evaluate: { slices: ["country"] },
  gate: { maxLogLossIncrease: 0.05, minSliceRows: 50 },
};

test.serial("three classes are learned, measured, published, predicted and explained; the next night is compared with the first", async (t) => {
  const directory = scratch(t);
  const rows = fruit(1500, 5);
  fs.writeFileSync(path.join(directory, "fruit-1.csv"), csv(rows));
  const base = inline(directory, config);
  const one = await retrain(base);
  t.deepEqual(one.rows, { read: 1500, rejected: 0, train: 900, validation: 300, test: 300 });
  t.true(one.test!.accuracy > 0.8 && one.test!.logLoss < 0.5, JSON.stringify(one.test));
  const several = one.multiClass!;
  t.is(several.top[0]!.accuracy, one.test!.accuracy, "the most probable class is the predicted one");
  t.is(
    several.confusion.flat().reduce((sum, w) => sum + w, 0),
    one.test!.rows,
  );
  t.true(several.macroAuc > 0.8 && several.handTill > 0.8 && several.each.length === 3);
  const { multiClass } = JSON.parse(fs.readFileSync(path.join(directory, "work/report.json"), "utf8"));
  t.deepEqual(
    [multiClass.confusion, multiClass.top, multiClass.handTill, multiClass.weightedAuc],
    [several.confusion, several.top, several.handTill, several.weightedAuc],
  );
  t.is(one.test!.auc, null as unknown as number);
  t.is(one.test!.bias.difference, null as unknown as number);
  t.true(one.train!.validationLoss < 0.5);
  const c = one.train!.certificate!;
  t.true(c.converged && c.relativeGradientNorm <= 1e-9);
  t.true(Math.abs(c.sumPredictions - c.sumLabels) <= 1e-10 * c.sumLabels);
  t.is(one.slices.length, 2);
  t.true(one.gate!.accepted && one.published !== null);
  t.deepEqual((await retrain(base)).skipped, ["ingest", "train", "evaluate", "publish", "report"]);
  const three = await retrain(threads(base, 3), ["--fresh"]);
  t.is(three.model!.sha256, one.model!.sha256);

  const output = path.join(directory, "p.csv");
  const predicted = await cli(["predict", ...base, "--input", path.join(directory, "fruit-1.csv"), "--output", output, "--keep", "id", "--json"]);
  t.is(predicted.code, 0, predicted.stderr);
  const lines = fs.readFileSync(output, "utf8").trim().split("\n");
  t.is(lines[0], 'id,class,"probability:=lemon, sour",probability:apple,probability:pear');
  const model = await loadModel(one.model!.path);
  t.deepEqual(model.classes, ["=lemon, sour", "apple", "pear"]);
  for (const i of [0, 7, 700]) {
    const { class: name, probabilities } = model.predict<ClassPrediction>(rows[i]!);
    const cells = lines[i + 1]!.split(/,(?! sour)/);
    t.is(cells[1]!.replaceAll(/^"|"$/g, "").replace(/^'/, ""), name);
    t.deepEqual(cells.slice(2).map(Number), Object.values(probabilities));
    t.is(model.explain(rows[i]!).class, name);
  }
  const page = fs.readFileSync(path.join(directory, "work/report.html"), "utf8");
  t.regex(page, /accuracy/);
  t.regex(page, /relative gradient norm/);
  const shown = await cli(["inspect", one.model!.path]);
  t.regex(shown.stdout, /=lemon, sour, apple, pear/);

  fs.writeFileSync(path.join(directory, "fruit-2.csv"), csv([...fruit(1000, 6), { id: "x", grams: "1", colour: "red", country: "FR", fruit: "plum" }]));
  const two = await retrain(base);
  t.deepEqual(two.rejects, { E_LABEL_VALUE: 1 });
  t.true(two.gate!.accepted, two.gate!.reasons.join());
  t.is(two.test!.against!.version, one.published!);
  t.true(Number.isFinite(two.test!.against!.logLossDifference));
  const text = await cli(["evaluate", ...base]);
  t.regex(text.stdout, /test accuracy/);
});

test.serial("heads of the same classes are compared row by row", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "fruit-1.csv"), csv(fruit(800, 9)));
  const softmax = await retrain(inline(directory, config));
  const base = inline(directory, { ...config, model: { ...config.model, head: "oneVsRest" } }).with(3, path.join(directory, "other"));
  const other = await retrain(base);
  const { code, json, stderr } = await cli(["evaluate", ...base, "--against", softmax.model!.path, "--json"]);
  t.is(code, 0, stderr);
  t.true(Math.abs(json.test.against.logLossDifference - (other.test!.logLoss - softmax.test!.logLoss)) < 1e-12);
  t.true(json.test.against.low < json.test.against.high);
});

test.serial("one against the rest and one against one learn the same fruit", async (t) => {
  for (const head of ["oneVsRest", "oneVsOne"]) {
    const directory = scratch(t);
    fs.writeFileSync(path.join(directory, "fruit-1.csv"), csv(fruit(1500, 5)));
    const base = inline(directory, { ...config, model: { ...config.model, head } });
    const { test: measured, model: written, gate, train } = await retrain(base);
    t.true(measured!.accuracy > 0.8 && measured!.logLoss < 0.5 && gate!.accepted && train!.certificate!.converged, JSON.stringify(measured));
    const model = await loadModel(written!.path);
    t.is(model.info().head, head as never);
    const [row] = fruit(1, 9);
    const { class: name, probabilities } = model.predict<ClassPrediction>(row!);
    t.is(model.explain(row!).class, name);
    const output = path.join(directory, "p.csv");
    fs.writeFileSync(path.join(directory, "new.csv"), csv([row!]));
    t.is((await cli(["predict", ...base, "--input", path.join(directory, "new.csv"), "--output", output])).code, 0);
    t.deepEqual(fs.readFileSync(output, "utf8").trim().split("\n")[1]!.split(",").slice(-3).map(Number), Object.values(probabilities));
  }
});

test.serial("softmax, full and sampled, and one against the rest are learned by the online optimisers too, the same for any number of workers", async (t) => {
  for (const [head, optimizer] of [
    ["softmax", { kind: "adagrad", learningRate: 0.1 }],
    ["oneVsRest", { kind: "ftrl", alpha: 0.2, l1: 0.05 }],
    [
      { kind: "sampledSoftmax", samples: 1, sampler: "unigram" },
      { kind: "adagrad", learningRate: 0.1 },
    ],
  ] as const) {
    const directory = scratch(t);
    fs.writeFileSync(path.join(directory, "fruit-1.csv"), csv(fruit(3000, 5)));
    const base = inline(directory, { ...config, model: { kind: "linear", head, l2: 1e-5 }, train: { optimizer, epochs: 8, batchSize: 64 } });
    const one = await retrain(base);
    t.true(one.test!.accuracy > 0.8 && one.test!.logLoss < 0.5 && one.gate!.accepted, JSON.stringify(one.test));
    const three = await retrain(threads(base, 3), ["--memory", "16m", "--fresh"]);
    t.is(three.model!.sha256, one.model!.sha256);
    const model = await loadModel(one.model!.path);
    const [row] = fruit(1, 9);
    t.is(model.explain(row!).class, model.predict<ClassPrediction>(row!).class);
  }
});

test.serial("an exact model of clicks is the same for any number of workers, and its certificate can be computed again from rows and model", async (t) => {
  const directory = scratch(t);
  const rows = clicks(4000, 3);
  fs.writeFileSync(path.join(directory, "c.csv"), csv(rows));
  const base = inline(directory, {
    data: { train: "c.csv", label: "clicked", key: "id", split: { by: "index", every: 5, test: [0] } },
    columns: {
      price: { kind: "numeric", column: "price", missing: "indicator" },
      country: { kind: "vocabulary", column: "country" },
      site: { kind: "vocabulary", column: "site" },
    },
    model: { kind: "linear", l2: 1e-4 },
    train: { optimizer: { kind: "exact", tolerance: 1e-10 } },
  });
  const one = await retrain(base);
  t.is((await retrain(threads(base, 3), ["--fresh"])).model!.sha256, one.model!.sha256);
  const { certificate: c, objective } = one.train!;
  const model = await loadModel(one.model!.path);
  const train = rows.filter((_, i) => i % 5 !== 0);
  const p = model.predict(train);
  const y = train.map((row) => Number(row["clicked"]));
  t.is(
    c!.sumLabels,
    y.reduce((a, b) => a + b),
  );
  t.true(Math.abs(p.reduce((a, b) => a + b) - c!.sumLabels) <= 1e-10 * c!.sumLabels);
  const loss = train.reduce((sum, _, i) => sum - Math.log(y[i] === 1 ? p[i]! : 1 - p[i]!), 0) / train.length;
  t.true(Math.abs(loss - one.train!.logLoss) < 1e-12);
  t.true(objective > loss);
});

test.serial("oneVsOne without the exact optimiser, and classes of another head, are problems of the configuration", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "fruit-1.csv"), csv(fruit(10, 1)));
  const refused = async (more: object): Promise<string> => {
    const ended = await cli(["retrain", ...inline(directory, { ...config, ...more })]);
    t.is(ended.code, 2);
    return ended.stderr;
  };
  t.regex(
    await refused({ train: {}, model: { kind: "linear", head: "oneVsOne" } }),
    /train\.optimizer: ftrl does not train the head oneVsOne; allowed is exact/,
  );
  t.regex(
    await refused({ model: { kind: "linear" }, data: { ...config.data, classes: ["a", "b", "a"] } }),
    /data\.classes: belongs to the heads softmax, oneVsRest, oneVsOne, sampledSoftmax, nce/,
  );
});
