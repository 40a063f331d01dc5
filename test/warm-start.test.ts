import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { loadModel } from "crossbill";
import { cli, clickConfig, clicks, csv, inline, retrain, scratch, threads } from "./kit.js";

const gate = { maxLogLossIncrease: 10, maxBias: 10 };
const warm = { warmStart: "current", epochs: 1, batchSize: 128 };
const config = (train: object): object => clickConfig("night-*.csv", { train, gate });

test.serial(
  "a night starts from the night before: what is mapped is told, the same night is skipped, and any number of workers gives the same model",
  async (t) => {
    const directory = scratch(t);
    const rows = clicks(6000, 5);
    const write = (night: number, of: typeof rows): void => fs.writeFileSync(path.join(directory, `night-${night}.csv`), csv(of));
    write(1, rows.slice(0, 4000));
    const base = inline(directory, config(warm));
    const first = await cli(["retrain", ...base, "--json"]);
    t.is(first.code, 0, first.stderr);
    t.regex(first.stderr, /nothing is published yet, training starts from zero/);
    t.true((await retrain(base)).skipped.includes("train"), "the model that is current now is what this very training made");
    write(
      2,
      rows.slice(4000).map((row, i) => (i % 10 === 0 ? { ...row, site: "a new site" } : row)),
    );
    const second = await cli(["retrain", ...base, "--json"]);
    t.is(second.code, 0, second.stderr);
    t.regex(
      second.stderr,
      new RegExp(
        `starts from ${first.json.published}: of \\d+ features \\d+ have its weights, 1 are new; 0 of its own are dropped; the optimiser's state is kept`,
      ),
    );
    const { lineage } = await loadModel(second.json.model.path);
    t.like(lineage!.start, { modelSha256: first.json.model.sha256, optimizerState: true });
    t.true((await retrain(base)).skipped.includes("train"));

    // The same nights elsewhere, alone, from the path of the first night's version.
    const other = path.join(directory, "other");
    fs.mkdirSync(other);
    for (const night of [1, 2]) fs.copyFileSync(path.join(directory, `night-${night}.csv`), path.join(other, `night-${night}.csv`));
    fs.renameSync(path.join(other, "night-2.csv"), path.join(other, "later"));
    const elsewhere = inline(other, config(warm));
    t.is((await retrain(elsewhere)).model!.sha256, first.json.model.sha256);
    fs.renameSync(path.join(other, "later"), path.join(other, "night-2.csv"));
    const version = path.dirname(first.json.model.path);
    const named = inline(other, config({ ...warm, warmStart: path.relative(other, version) }));
    t.is((await retrain(threads(named, 3))).model!.sha256, second.json.model.sha256);
    const reset = inline(other, config({ ...warm, warmStart: path.relative(other, version), optimizerState: "reset" }));
    t.not((await retrain(reset)).model!.sha256, second.json.model.sha256);
  },
);

test.serial("a state of another optimiser, another head and a path without a model are refused with what to do", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "night-1.csv"), csv(clicks(1500, 5)));
  await retrain(inline(directory, config(warm)));
  const attempt = async (train: object, model: object = {}): Promise<string> => {
    const { code, json } = await cli(["train", ...inline(directory, clickConfig("night-*.csv", { train, gate, model })), "--json"]);
    t.is(code, 2);
    return json.error.message;
  };
  const optimizer = { kind: "adagrad" };
  t.regex(await attempt({ ...warm, optimizer }), /another optimiser.*train\.optimizerState: "reset" takes its weights alone/);
  t.regex(await attempt({ ...warm, warmStart: "nowhere" }), /nowhere: no model there; allowed are "current"/);
  const reset = await retrain(inline(directory, config({ ...warm, optimizer, optimizerState: "reset" })));
  t.true(Number.isFinite(reset.test!.logLoss));
  const exact = await retrain(inline(directory, config({ ...warm, optimizer: { kind: "exact" } })));
  t.true(exact.train!.certificate!.converged, "the exact solver starts there, too");
});

const embedding = (column: string, more: object = {}): object => ({ kind: "embedding", column, ...more });
const wide = {
  kind: "wideAndDeep",
  wide: ["country", "countryDevice"],
  deep: [embedding("site"), embedding("user", { dimension: 4 }), "price", "age"],
  hidden: [8, 4],
  batchNorm: true,
};
const network = (model: object, train: object = warm): object => ({ ...clickConfig("night-*.csv", { gate }), model, train: { batchSize: 128, ...train } });

test.serial("a network goes on from the night before: vectors by value, layers by their inputs; new values and columns start anew", async (t) => {
  const directory = scratch(t);
  const rows = clicks(4000, 5);
  const write = (night: number, of: typeof rows): void => fs.writeFileSync(path.join(directory, `night-${night}.csv`), csv(of));
  write(
    1,
    rows.slice(0, 3000).map((row, i) => (i % 50 === 0 ? { ...row, site: "gone" } : row)),
  );
  const base = inline(directory, network(wide));
  const first = await cli(["retrain", ...base, "--json"]);
  t.is(first.code, 0, first.stderr);
  t.regex(first.stderr, /nothing is published yet, training starts from zero/);
  t.true((await retrain(base)).skipped.includes("train"), "the model that is current now is what this very training made");
  write(
    2,
    rows.slice(3000).map((row, i) => (i % 10 === 0 ? { ...row, site: `new ${i % 90}` } : row)),
  );
  const second = await cli(["retrain", ...base, "--json"]);
  t.is(second.code, 0, second.stderr);
  t.regex(
    second.stderr, // nine values are new; none was ever missing or unknown
    /starts from \S+: of \d+ features of the linear part \d+ have its weights; of \d+ ids of "site" \d+ have its vectors, 11 start anew; 0 of its own are dropped; .*the optimiser's state is kept/,
  );
  t.like((await loadModel(second.json.model.path)).lineage!.start, { modelSha256: first.json.model.sha256, optimizerState: true });
  t.true((await retrain(base)).skipped.includes("train"));
  const other = path.join(directory, "other");
  fs.mkdirSync(other);
  for (const night of [1, 2]) fs.copyFileSync(path.join(directory, `night-${night}.csv`), path.join(other, `night-${night}.csv`));
  fs.renameSync(path.join(other, "night-2.csv"), path.join(other, "later"));
  t.is((await retrain(inline(other, network(wide)))).model!.sha256, first.json.model.sha256);
  fs.renameSync(path.join(other, "later"), path.join(other, "night-2.csv"));
  const from = { ...warm, warmStart: path.relative(other, path.dirname(first.json.model.path)) };
  t.is((await retrain(threads(inline(other, network(wide, from)), 2))).model!.sha256, second.json.model.sha256);
  const reset = await retrain(inline(other, network(wide, { ...from, optimizerState: "reset" })));
  t.not(reset.model!.sha256, second.json.model.sha256);
});

test.serial(
  "where nothing is learned a network with more inputs predicts what it predicted; other layers, another kind and a state that is not there are refused",
  async (t) => {
    const directory = scratch(t);
    const rows = clicks(1500, 5);
    fs.writeFileSync(path.join(directory, "night-1.csv"), csv(rows));
    const deep = { kind: "deep", columns: [embedding("site"), "age"], hidden: [6] };
    const first = await retrain(inline(directory, network(deep)));
    const still = { ...warm, optimizer: { kind: "sgd", learningRate: 1e-30 }, optimizerState: "reset" };
    const more = { ...deep, columns: ["price", embedding("device", { dimension: 2 }), ...deep.columns] };
    const second = await retrain(inline(directory, network(more, still)), ["--fresh"]);
    t.is(second.model!.parameters, first.model!.parameters + 2 * 6 + 2 + 2 * 6 + 4 * 2);
    const [was, is] = await Promise.all([first, second].map(({ model }) => loadModel(model!.path)));
    for (const row of rows.slice(0, 200)) {
      const [a, b] = [was!.predict(row) as number, is!.predict(row) as number];
      t.true(Math.abs(a - b) <= 1e-6, `${a} ${b}`);
    }
    const attempt = async (model: object, train: object): Promise<string> => {
      const { code, json } = await cli(["train", ...inline(directory, network(model, train)), "--json"]);
      t.is(code, 2);
      return json.error.message;
    };
    const from = { ...warm, warmStart: path.relative(directory, path.dirname(first.model!.path)) };
    t.regex(await attempt({ ...deep, hidden: [6, 3] }, from), /its layers are 6 relu, those of the configuration 6 relu, 3 relu; train\.warmStart: false/);
    t.regex(await attempt({ kind: "factorized", columns: ["site", "device"], rank: 2 }, from), /its network is deep, that of the configuration factorized/);
    t.regex(await attempt({ kind: "linear" }, { ...from, optimizer: { kind: "adagrad" } }), /has a network, the configuration none/);
    t.regex(await attempt(deep, { ...from, embeddingOptimizer: { kind: "sgd" } }), /train\.embeddingOptimizer says; train\.optimizerState: "reset"/);
    fs.rmSync(path.join(path.dirname(first.model!.path), "state", "network.pb"));
    t.regex(await attempt(deep, from), /no state of its network's optimiser/);
    const { json } = await cli(["train", ...inline(directory, network(deep, { ...from, optimizerState: "reset" })), "--json"]);
    t.truthy(json.model.sha256);
  },
);

test.serial("numbers go on in the unit that the start learned them in, whatever the night's are", async (t) => {
  const directory = scratch(t);
  const rows = clicks(2000, 9).map((row) => ({ ...row, paid: String(1000 + 40 * Number(row["price"]) + 300 * Number(row["clicked"])) }));
  fs.writeFileSync(path.join(directory, "night-1.csv"), csv(rows.slice(0, 1500)));
  const squared = (train: object): object => ({
    ...network({ kind: "wideAndDeep", head: "squared", wide: ["country"], deep: [embedding("site"), "price"], hidden: [6] }, train),
    data: { train: "night-*.csv", label: "paid", key: "id", split: { by: "hash", column: "user", test: 0.2 } },
    evaluate: {},
    nights: { window: 1 },
  });
  const first = await retrain(inline(directory, squared({ ...warm, epochs: 4 })));
  // Ten times as much is paid: its mean and deviation are others.
  fs.writeFileSync(path.join(directory, "night-2.csv"), csv(rows.slice(1500).map((row) => ({ ...row, paid: String(10 * Number(row.paid)) }))));
  const from = { ...warm, warmStart: path.relative(directory, path.dirname(first.model!.path)) };
  const still = { optimizer: { kind: "sgd", learningRate: 1e-30 }, linearOptimizer: null, optimizerState: "reset" };
  const was = await loadModel(first.model!.path);
  for (const train of [{ ...from, ...still }, from]) {
    const later = await retrain(inline(directory, squared(train)));
    const is = await loadModel(later.model!.path);
    t.is(is.info().network!.scale, was.info().network!.scale);
    for (const row of rows.slice(0, 100)) {
      const [a, b] = [was.predict(row) as number, is.predict(row) as number];
      if (train === from) t.true(b > 1.5 * a, `${a} ${b}`);
      else t.true(Math.abs(a - b) <= 1e-4 * Math.abs(a), `${a} ${b}`);
    }
  }
});
