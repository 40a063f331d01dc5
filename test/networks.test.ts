import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { loadModel } from "crossbill";
import { cli, clickConfig, clicks, csv, inline, retrain, scratch, threads } from "./kit.js";

const gate = { maxLogLossIncrease: 10, maxBias: 10 };
const embedding = (column: string, more: object = {}): object => ({ kind: "embedding", column, ...more });
const wide = {
  kind: "wideAndDeep",
  wide: ["country", "countryDevice"],
  deep: [embedding("site"), embedding("user", { dimension: 4 }), "price", "age"],
  hidden: [8, 4],
  dropout: 0.2,
  batchNorm: true,
};
/** {@link clickConfig} with this model alone. */
function config(model: object, train: object = {}): object {
  return { ...clickConfig("*.csv", { gate }), model, train: { epochs: 2, batchSize: 256, ...train } };
}

test.serial("a wide and deep model is the same for any number of threads; a second run finds it done; the report and inspect say what it is", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "a.csv"), csv(clicks(3000, 5)));
  const base = inline(directory, config(wide));
  const first = await retrain(base);
  t.true(first.test!.auc > 0.6, `AUC ${first.test!.auc}`);
  t.true((await retrain(base)).skipped.includes("train"));
  for (const workers of [2, 3]) t.is((await retrain(threads(base, workers), ["--fresh"])).model!.sha256, first.model!.sha256);
  const page = fs.readFileSync(first.report ?? "", "utf8");
  t.regex(page, /wideAndDeep \(site in auto numbers, user in 4 numbers, price, age; hidden 8 relu dropout 0\.2, 4 relu dropout 0\.2, batch norm\)/);
  t.regex(page, /adagrad\(learning rate 0\.1\), of the linear part ftrl\(alpha 0\.1/);
  const { model } = await cli(["inspect", first.model?.path ?? "", "--json"]).then(({ json }) => ({ model: json }));
  t.is(model.kind, "wideAndDeep");
});

test.serial("a number that a network takes on a wild scale is told before it trains, on the report, too; the linear model is told nothing", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "a.csv"), csv(clicks(1500, 9).map((row) => ({ ...row, price: String(1e5 + 1e4 * Number(row["price"])) }))));
  const raw = clickConfig("*.csv", { gate, columns: { price: { kind: "numeric", column: "price", scale: "none" } } });
  const codes = async (model: { kind: string; [option: string]: unknown }): Promise<string[]> => {
    const { code, stderr, json } = await cli(["retrain", ...inline(directory, { ...raw, model, train: { epochs: 1 } }), "--json"]);
    t.is(code, 0, stderr);
    t.is(fs.readFileSync(json.report, "utf8").includes("D_WILD_SCALE"), model.kind === "deep");
    const wild = (json.train.diagnostics as { code: string; columns: string[]; message: string }[]).filter((found) => found.code === "D_WILD_SCALE");
    for (const { columns, message } of wild) {
      t.deepEqual(columns, ["price"]);
      t.regex(message, /standardize/);
      t.true(stderr.includes("D_WILD_SCALE"));
    }
    return wild.map(({ code }) => code);
  };
  t.deepEqual(await codes({ kind: "deep", columns: [embedding("site"), "price", "age"], hidden: [4] }), ["D_WILD_SCALE"]);
  t.deepEqual(await codes({ kind: "linear" }), []);
});

test.serial("embeddings by FTRL: l1 leaves vectors out of the model, at last all of them, and it predicts", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "a.csv"), csv(clicks(1500, 8)));
  const numbers: number[] = [];
  for (const l1 of [0, 1, 1e6]) {
    const embeddingOptimizer = { kind: "ftrl", alpha: 0.1, l1 };
    const { model, report } = await retrain(
      inline(directory, config({ kind: "deep", columns: [embedding("user", { dimension: 4 }), "price"], hidden: [4] }, { embeddingOptimizer })),
    );
    t.regex(fs.readFileSync(report ?? "", "utf8"), /of the embeddings ftrl\(alpha 0\.1/);
    numbers.push(model!.nonZero);
    const found = await loadModel(model!.path);
    for (const user of ["u1", "nobody"]) t.true(Number.isFinite(found.predict({ ...clicks(1, 3)[0], user })));
  }
  t.true(numbers[0]! > numbers[1]! && numbers[1]! > numbers[2]!, numbers.join());
});

test.serial("factorized and two towers are trained, published and predict", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "a.csv"), csv(clicks(2000, 6)));
  for (const model of [
    { kind: "factorized", columns: ["country", "device", embedding("site", { l2: 1e-4, maxNorm: 2 }), "age"], rank: 3, fieldAware: true },
    { kind: "twoTower", user: [embedding("user", { dimension: 3 })], item: [embedding("site", { dimension: 3 })] },
  ]) {
    const { model: made, test: measured } = await retrain(inline(directory, config(model)), ["--fresh"]);
    const loaded = await loadModel(made!.path);
    const p = loaded.predict({ country: "DE", device: "phone", site: "s3", age: "30", user: "u5", price: "1" }) as number;
    t.true(p > 0 && p < 1 && measured!.logLoss < 1, JSON.stringify(model));
  }
});

test.serial("vectors come from another model by value, frozen ones stay; what has none is counted; another source trains again", async (t) => {
  const directory = scratch(t);
  const [source, target] = ["source", "target"].map((name) => path.join(directory, name)) as [string, string];
  const rows = clicks(3000, 7).map((row) => ({ ...row, place: row["site"]!.slice(1), shop: row["site"]!.slice(1) }));
  for (const [folder, of] of [
    [source, rows],
    [target, rows.slice(0, 400)],
  ] as const) {
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, "a.csv"), csv(of));
  }
  const columns = {
    shop: { kind: "identity", column: "shop", size: 60 },
    place: { kind: "identity", column: "place", size: 70 },
    age: { kind: "numeric", column: "age" },
  };
  const deep = (columns: unknown[]): object => ({ kind: "deep", columns, hidden: [4] });
  const of = (model: object, train?: object): object => ({ ...config(model, train), columns, evaluate: {} });
  const from = { model: "../source/work", column: "shop", map: { "69": "3" } };
  const known = await retrain(inline(source, of(deep([embedding("shop", { dimension: 3 }), "age"]))));
  const base = inline(target, of(deep([embedding("place", { from, trainable: false }), "age"])));
  const ended = await cli(["retrain", ...base, "--json"]);
  t.is(ended.code, 0, ended.stderr);
  t.regex(ended.stderr, /embedding of "place" starts with the vectors of "shop" of another model .*: \d+ of its 71 ids have one, \d+ have none there/);
  const vectors = async (folder: string): Promise<Map<number, string>> => {
    const { weights } = (await loadModel(folder)).network!;
    const { ids, vectors: all } = weights.tables[0]!;
    return new Map([...ids].map((id, i): [number, string] => [id, all.subarray(3 * i, 3 * i + 3).join()]));
  };
  const [was, is] = [await vectors(known.model?.path ?? ""), await vectors(ended.json.model.path)];
  for (const [id, vector] of is) if (was.has(id)) t.is(vector, was.get(id) ?? "");
  t.true([...is.keys()].filter((id) => was.has(id)).length > 30);
  t.true((await retrain(base)).skipped.includes("train"));
  const other = await loadModel(ended.json.model.path);
  t.is(other.spec.network.tables[0]!.from.model, "");
  t.is(other.spec.network.tables[0]!.from.modelSha256, known.model!.sha256);
  await retrain(inline(source, of(deep([embedding("shop", { dimension: 3 }), "age"]), { seed: 5 })));
  t.false((await retrain(base)).skipped.includes("train"));
  for (const [wrong, told] of [
    [{ ...from, column: "age" }, /no embedding of it; it has those of shop/],
    [{ ...from, model: "nowhere" }, /nowhere: no model there/],
  ] as const) {
    const { code, stderr } = await cli(["train", ...inline(target, of(deep([embedding("place", { from: wrong })])))]);
    t.is(code, 2);
    t.regex(stderr, told);
  }
  const { code, stderr } = await cli(["train", ...inline(target, of(deep([embedding("place", { from, dimension: 5 })])))]);
  t.is(code, 2);
  t.regex(stderr, /E_TRANSFER: .*its vectors have 5 numbers, those of \.\.\/source\/work 3/);
});

test.serial("vectors of the published model: the first night starts as others, the second from the first, and each is found done", async (t) => {
  const directory = scratch(t);
  const rows = clicks(2000, 8);
  fs.writeFileSync(path.join(directory, "night-1.csv"), csv(rows.slice(0, 1500)));
  const base = inline(directory, config({ kind: "deep", columns: [embedding("site", { from: { model: "current" } }), "age"], hidden: [4] }));
  const first = await cli(["retrain", ...base, "--json"]);
  t.regex(first.stderr, /nothing is published yet/);
  t.true((await retrain(base)).skipped.includes("train"), "the model that is current now is what this very training made");
  fs.writeFileSync(path.join(directory, "night-2.csv"), csv(rows.slice(1500)));
  const second = await cli(["retrain", ...base, "--json"]);
  t.regex(second.stderr, /starts with the vectors of "site" of another model/);
  t.is((await loadModel(second.json.model.path)).spec.network.tables[0]!.from.modelSha256, first.json.model.sha256);
  t.true((await retrain(base)).skipped.includes("train"));
});
