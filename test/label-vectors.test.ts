import fs from "node:fs";
import path from "node:path";
import { type ClassPrediction, loadModel } from "@crossbill/models";
import * as arrow from "apache-arrow";
import test from "ava";
import { cli, configured, csv, inline, retrain, scratch } from "./kit.js";
import { listOf, parquetOf, tableOf } from "./parquet.js";

const TOPICS = ["art", "politics", "sports"];

/** Texts with the topics that they are of, none to all of them, as one label and as a column each; and how readers share their votes among the topics. Seeded. */
function articles(n: number, seed: number): Record<string, string>[] {
  let s = seed >>> 0;
  const uniform = (): number => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 4294967296;
  };
  return Array.from({ length: n }, (_, i) => {
    const true_ = TOPICS.map((_, k) => uniform() < [0.3, 0.4, 0.25][k]!);
    const words = TOPICS.flatMap((topic, k) => [
      uniform() < (true_[k]! ? 0.85 : 0.1) ? `${topic}-word` : "",
      uniform() < (true_[k]! ? 0.5 : 0.2) ? `about-${topic}` : "",
    ]);
    const votes = TOPICS.map((_, k) => Math.ceil(8 * uniform() * (true_[k]! ? 4 : 1)));
    const all = votes.reduce((a, b) => a + b);
    return {
      id: String(i),
      text: words.filter((word) => word !== "").join(" "),
      country: uniform() < 0.5 ? "FR" : "IT",
      topics: TOPICS.filter((_, k) => true_[k]).join("|"),
      ...Object.fromEntries(TOPICS.map((topic, k) => [topic, true_[k] ? "1" : "0"])),
      ...Object.fromEntries(TOPICS.map((topic, k) => [`votes-${topic}`, String(votes[k]! / all)])),
    };
  });
}

const config = {
  data: { train: "articles-*.csv", label: "topics", labelSplit: "|", key: "id", split: { by: "index", every: 5, test: [0], validation: [1] } },
  columns: { text: { kind: "vocabulary", column: "text", split: { separator: " " } }, country: { kind: "vocabulary", column: "country" } },
  model: { kind: "linear", head: "multiLabel", l2: 1e-4 },
  train: { optimizer: { kind: "exact", tolerance: 1e-9 } },
  evaluate: { slices: ["country"] },
  gate: { maxLogLossIncrease: 0.1, minSliceRows: 50 },
};

test.serial("several classes a row: learned exactly, measured by class, published, predicted; a column for each class gives the same model", async (t) => {
  const directory = scratch(t);
  const rows = articles(1500, 5);
  fs.writeFileSync(path.join(directory, "articles-1.csv"), csv(rows));
  const base = inline(directory, config);
  const one = await retrain(base);
  t.true(one.train!.certificate!.converged && one.gate!.accepted && one.published !== null);
  const model = await loadModel(one.model!.path);
  t.deepEqual(model.classes, TOPICS);
  const test_ = rows.filter((_, i) => i % 5 === 0);
  const p = test_.map((row) => model.predict<ClassPrediction>(row).probabilities);
  const loss = (k: number): number =>
    test_.reduce((sum, row, i) => sum - Math.log(row[TOPICS[k]!] === "1" ? p[i]![TOPICS[k]!]! : 1 - p[i]![TOPICS[k]!]!), 0) / test_.length;
  const { logLoss, macroAuc, classes, accuracy } = one.test!;
  t.true(Math.abs(logLoss - loss(0) - loss(1) - loss(2)) < 1e-9, `${logLoss}`);
  for (const [k, of] of classes!.entries()) {
    t.is(of.class, TOPICS[k]!);
    t.true(Math.abs(of.logLoss - loss(k)) < 1e-9 && of.auc > 0.8 && Math.abs(of.bias.difference) < 0.1, JSON.stringify(of));
  }
  t.true(Math.abs(macroAuc! - classes!.reduce((sum, { auc }) => sum + auc, 0) / 3) < 1e-12);
  const right = test_.filter((row, i) => TOPICS.every((topic) => (row[topic] === "1") === p[i]![topic]! >= 0.5)).length;
  t.is(accuracy, right / test_.length);
  t.is(one.slices.length, 2);

  const output = path.join(directory, "p.csv");
  t.is((await cli(["predict", ...base, "--input", path.join(directory, "articles-1.csv"), "--output", output, "--keep", "id"])).code, 0);
  const lines = fs.readFileSync(output, "utf8").trim().split("\n");
  t.is(lines[0], "id,class,probability:art,probability:politics,probability:sports");
  for (const i of [0, 7, 700]) {
    const { class: name, probabilities } = model.predict<ClassPrediction>(rows[i]!);
    t.deepEqual(lines[i + 1]!.split(","), [String(i), name, ...Object.values(probabilities).map(String)]);
    t.is(name, TOPICS.filter((topic) => probabilities[topic]! >= 0.5).join("|"));
    const { logit, class: explained } = model.explain(rows[i]!, "politics");
    t.is(explained, "politics");
    t.true(Math.abs(1 / (1 + Math.exp(-logit)) - probabilities["politics"]!) < 1e-12);
  }
  t.regex(fs.readFileSync(path.join(directory, "work/report.html"), "utf8"), /By class/);

  fs.writeFileSync(path.join(directory, "articles-2.csv"), csv([...articles(700, 6), { ...rows[0]!, topics: "art|cooking" }]));
  const two = await retrain(base);
  t.deepEqual(two.rejects, { E_LABEL_VALUE: 1 });
  t.true(two.gate!.accepted, two.gate!.reasons.join());
  t.is(two.test!.against!.version, one.published!);

  const apart = scratch(t);
  fs.writeFileSync(path.join(apart, "articles-1.csv"), csv([...rows, { ...rows[0]!, id: "x", art: "2" }]));
  const { labelSplit: _, ...data } = config.data;
  const columns = await retrain([...configured(apart, { ...config, data: { ...data, label: TOPICS } }), "--workers", "3"]);
  t.deepEqual(columns.rejects, { E_LABEL_VALUE: 1 });
  t.deepEqual(columns.test!.logLoss, logLoss);
});

test.serial("a distribution over classes is learned by softmax, exactly and online; what adds up to something else is rejected", async (t) => {
  const losses: number[] = [];
  const names = TOPICS.map((topic) => `votes-${topic}`);
  const rows = articles(1500, 5);
  for (const train of [config.train, { optimizer: { kind: "adagrad", learningRate: 0.1 }, epochs: 10, batchSize: 64 }]) {
    const directory = scratch(t);
    fs.writeFileSync(path.join(directory, "articles-1.csv"), csv([...rows, { ...rows[0]!, id: "x", "votes-art": "0.9", "votes-sports": "0.9" }]));
    const { labelSplit: _, ...data } = config.data;
    const base = inline(directory, { ...config, data: { ...data, label: names }, model: { ...config.model, head: "softmax" }, train });
    const run = await retrain(base);
    t.deepEqual(run.rejects, { E_LABEL_SUM: 1 });
    losses.push(run.test!.logLoss);
    const model = await loadModel(run.model!.path);
    const test_ = rows.filter((_, i) => i % 5 === 0);
    const loss =
      test_.reduce((sum, row) => {
        const { probabilities } = model.predict<ClassPrediction>(row);
        return sum - names.reduce((own, name) => own + Number(row[name]) * Math.log(probabilities[name]!), 0);
      }, 0) / test_.length;
    t.true(Math.abs(run.test!.logLoss - loss) < 1e-9, `${run.test!.logLoss} and ${loss}`);
  }
  t.true(losses[1]! - losses[0]! < 0.02 && losses[0]! < 1.07 /* log 3 = 1.0986 without a word */, losses.join());
});

test.serial("labels that are lists, or columns of numbers, make the same model from CSV, JSON lines and Parquet", async (t) => {
  const rows = articles(400, 9);
  const votes = TOPICS.map((topic) => `votes-${topic}`);
  // A row of no class has an empty list, or none.
  const lists = rows.map(({ topics }, i) => (topics === "" ? (i % 2 === 0 ? [] : null) : topics!.split("|")));
  const plain = ({ id, text, country }: Record<string, string>): object => ({ id, text, country });
  const texts = (name: string): [arrow.DataType, unknown[]] => [new arrow.Utf8(), rows.map((row) => row[name])];
  const own = { id: texts("id"), text: texts("text"), country: texts("country") };
  const jsonLines = (of: (row: Record<string, string>, i: number) => object): string =>
    rows.map((row, i) => `${JSON.stringify({ ...plain(row), ...of(row, i) })}\n`).join("");
  const numbers = (row: Record<string, string>): object => Object.fromEntries(votes.map((name) => [name, Number(row[name])]));
  for (const [data, head, files] of [
    [
      { label: "topics", labelSplit: "list" },
      "multiLabel",
      {
        csv: csv(rows.map((row, i) => ({ ...row, topics: lists[i] === null ? "" : JSON.stringify(lists[i]) }))),
        jsonl: jsonLines((_, i) => ({ topics: lists[i] })),
        parquet: parquetOf(tableOf({ ...own, topics: [listOf(new arrow.Utf8()), lists] })),
      },
    ],
    [
      { label: votes },
      "softmax",
      {
        csv: csv(rows),
        jsonl: jsonLines(numbers),
        parquet: parquetOf(
          tableOf({ ...own, ...Object.fromEntries(votes.map((name) => [name, [new arrow.Float64(), rows.map((row) => Number(row[name]))]])) }),
        ),
      },
    ],
  ] as const) {
    const models: string[] = [];
    for (const [extension, bytes] of Object.entries(files)) {
      const directory = scratch(t);
      fs.writeFileSync(path.join(directory, `a.${extension}`), bytes);
      const { labelSplit: _, ...rest } = config.data;
      const done = await retrain(inline(directory, { ...config, data: { ...rest, train: `a.${extension}`, ...data }, model: { ...config.model, head } }));
      t.deepEqual([done.rows.read, done.rows.rejected], [400, 0], extension);
      models.push(done.model!.sha256);
    }
    t.deepEqual(models, [models[0]!, models[0]!, models[0]!], head);
  }
});

test.serial("labels of several classes belong to their heads: problems of the configuration", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "articles-1.csv"), csv(articles(20, 1)));
  const refused = async (data: object, more: object = {}): Promise<string> => {
    const ended = await cli(["retrain", ...inline(directory, { ...config, ...more, data: { ...config.data, ...data } })]);
    t.is(ended.code, 2, ended.stderr);
    return ended.stderr;
  };
  t.regex(await refused({ labelSplit: undefined }), /data\.labelSplit: needed with the head multiLabel/);
  t.regex(await refused({ label: TOPICS }), /data\.labelSplit: the columns of data\.label hold a number/);
  t.regex(await refused({}, { model: { kind: "linear" } }), /data\.labelSplit: belongs to the head multiLabel, model\.head is logistic/);
  t.regex(await refused({}, { train: { classWeights: "balanced" } }), /no weight of its class/);
});
