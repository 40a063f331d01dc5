// Training with the layers of a network computed by TensorFlow.js, through the command line.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { loadModel } from "crossbill";
import { cli, clickConfig, clicks, configured, csv, inline, retrain, scratch } from "./kit.js";

const TFJS = process.env.CROSSBILL_TFJS ?? path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../tools/tfjs");
const rows = clicks(2000, 11);
const network = {
  kind: "wideAndDeep",
  wide: ["country"],
  deep: [{ kind: "embedding", column: "site", dimension: 4 }, "price", "age"],
  hidden: [8, 4],
  activation: { kind: "prelu" },
  dropout: 0.1,
  batchNorm: true,
};

function folder(t: ExecutionContext, withTensorflow: boolean): string {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "a.csv"), csv(rows));
  if (withTensorflow) {
    fs.mkdirSync(path.join(directory, "node_modules"));
    fs.symlinkSync(path.join(TFJS, "node_modules/@tensorflow"), path.join(directory, "node_modules/@tensorflow"));
  }
  return directory;
}

function config(model: object, train: object = {}): object {
  return { ...clickConfig("a.csv", { gate: { maxLogLossIncrease: 10, maxBias: 10 } }), model, train: { epochs: 2, batchSize: 256, ...train } };
}

test.serial("an engine that is not installed is refused before anything is read, with what to install", async (t) => {
  const directory = folder(t, false);
  const base = inline(directory, config(network));
  const ended = await cli(["retrain", ...base, "--engine", "tfjs", "--json"]);
  t.is(ended.code, 2);
  t.is(ended.json.error.code, "E_ENGINE");
  t.regex(ended.json.error.message, /not installed.*npm install @tensorflow\/tfjs @tensorflow\/tfjs-backend-wasm/);
  for (const command of ["train", "tune", "ablate"]) {
    const other = await cli([command, ...inline(directory, config(network, { engine: "tfjs-node" })), "--json"]);
    t.is(other.json.error.code, "E_ENGINE", command);
    t.regex(other.json.error.message, /npm install @tensorflow\/tfjs-node/);
  }
  t.false(fs.existsSync(path.join(directory, "work/packs")));
  const wrong = await cli(["retrain", ...base, "--engine", "torch"]);
  t.is(wrong.code, 2);
  t.regex(wrong.stderr, /Allowed choices are wasm, tfjs, tfjs-node/);
});

test.serial("a model without layers has nothing for an engine to do, which is told, and is the same model", async (t) => {
  const directory = folder(t, false);
  for (const model of [{ kind: "linear" }, { kind: "factorized", columns: ["country", "site"], rank: 2 }]) {
    const base = inline(directory, config(model));
    const wanted = await retrain(base);
    const ended = await cli(["retrain", ...base, "--engine", "tfjs", "--json"]);
    t.is(ended.code, 0, ended.stderr);
    t.regex(ended.stderr, /train\.engine: tfjs computes the layers of networks, and this model has none: nothing changes/);
    t.true(ended.json.skipped.includes("train"));
    t.is(ended.json.model.sha256, wanted.model!.sha256);
  }
});

test.serial("layers by TensorFlow.js: told, another task, nearly the same model; killed, the same command goes on to the same bits", async (t) => {
  if (!fs.existsSync(path.join(TFJS, "node_modules/@tensorflow/tfjs-backend-wasm"))) {
    t.log("skipped: TensorFlow.js is not there; to get it: npm ci --ignore-scripts --prefix tools/tfjs");
    t.pass();
    return;
  }
  const directory = folder(t, true);
  const base = configured(directory, config(network));
  const built = await retrain(base);
  const predictions = async (): Promise<number[]> => {
    const model = await loadModel(path.join(directory, "kept"));
    return rows.slice(0, 200).map((row) => model.predict(row) as number);
  };
  const keep = (from: string): void => fs.cpSync(from, path.join(directory, "kept"), { recursive: true });
  keep(built.model!.path);
  const wanted = await predictions();

  const killed = await cli(["retrain", ...base, "--engine", "tfjs", "--workers", "2"], { env: { CROSSBILL_FAULT: "trainer:block:kill:9" } });
  t.is(killed.signal, "SIGKILL");
  const ended = await cli(["retrain", ...base, "--engine", "tfjs", "--workers", "2", "--json"]);
  t.is(ended.code, 0, ended.stderr);
  t.regex(ended.stderr, /train: layers by @tensorflow\/tfjs(-node)? 4\./);
  t.false(ended.json.skipped.includes("train"));
  keep(ended.json.model.path);
  for (const [i, p] of (await predictions()).entries()) t.true(Math.abs(p - wanted[i]!) < 1e-3, `row ${i}: ${p} instead of ${wanted[i]}`);
  t.regex((await cli(["inspect", ended.json.model.path])).stdout, /layers trained by\s+tfjs/);
  t.regex(fs.readFileSync(ended.json.report, "utf8"), /layers by tfjs/);

  const again = await retrain([...configured(directory, config(network, { engine: "tfjs" })), "--workers", "1"]);
  t.true(again.skipped.includes("train"), "the configuration says the same as the option");
  t.is((await retrain([...base, "--engine", "tfjs", "--workers", "1"], ["--fresh"])).model!.sha256, ended.json.model.sha256);
  t.is((await retrain([...base, "--engine", "wasm"])).model!.sha256, built.model!.sha256);

  const tuned = await cli([
    "tune",
    ...configured(directory, { ...config(network), tune: { parameters: { "train.optimizer.learningRate": [0.1] } } }),
    "--engine",
    "tfjs",
    "--json",
  ]);
  t.is(tuned.json.trials[0].modelSha256, ended.json.model.sha256, "a trial is the training of its configuration");
});
