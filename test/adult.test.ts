import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { type ConfigInput, exact, linear, numeric, runCommand, vocabulary } from "crossbill";
import { scratch } from "./kit.js";

/*
 * UCI Adult against solutions that another program found to their last digits (Newton-Cholesky, gradient 1e-12): neither the file nor the reference is part of the project. CROSSBILL_DATA names the
 * folder that holds adult/adult.data, CROSSBILL_VECTORS that of baselines.json.
 */
const data = process.env["CROSSBILL_DATA"] ?? "";
const vectors = process.env["CROSSBILL_VECTORS"] ?? "";
const there = data !== "" && vectors !== "" && fs.existsSync(path.join(data, "adult/adult.data")) && fs.existsSync(path.join(vectors, "baselines.json"));
if (!there) console.log("skipped: adult (CROSSBILL_DATA and CROSSBILL_VECTORS do not name folders with adult/adult.data and baselines.json)");

const numbers = ["age", "fnlwgt", "education_num", "capital_gain", "capital_loss", "hours_per_week"];
const texts = ["workclass", "education", "marital_status", "occupation", "relationship", "race", "sex", "native_country"];
const names =
  "age workclass fnlwgt education education_num marital_status occupation relationship race sex capital_gain capital_loss hours_per_week native_country label".split(
    " ",
  );

interface Reference {
  C: number;
  lambda2_mean: number;
  objective_mean: number;
  train_logloss: number;
  intercept: number;
  test_auc: number;
  test_logloss: number;
}

(there ? test : test.skip)("adult: objective, loss, AUC and sums at the optimum are those of the reference, for weak and strong penalties", async (t) => {
  const references = (JSON.parse(fs.readFileSync(path.join(vectors, "baselines.json"), "utf8")) as { converged_L2: { adult: Reference[] } }).converged_L2.adult;
  t.true(references.length >= 2);
  for (const reference of references) {
    const directory = scratch(t);
    const config: ConfigInput = {
      data: {
        train: "${CROSSBILL_DATA}/adult/adult.data",
        test: "${CROSSBILL_DATA}/adult/adult.test",
        format: "csv",
        csv: { delimiter: ", ", header: false, names, quote: null, comment: "|", missing: [""] },
        label: "label",
        positive: [">50K", ">50K."],
        negative: ["<=50K", "<=50K."],
        split: { by: "index", every: 10, validation: [] },
      },
      columns: { ...Object.fromEntries(numbers.map((name) => [name, numeric(name)])), ...Object.fromEntries(texts.map((name) => [name, vocabulary(name)])) },
      model: linear({ l2: reference.lambda2_mean / 2 }), // its penalty is half of lambda2 |w|^2
      train: { optimizer: exact({ tolerance: 1e-10 }) },
    };
    fs.writeFileSync(path.join(directory, "crossbill.config.json"), JSON.stringify(config));
    const options = { cwd: directory, workdir: path.join(directory, "work"), workers: 1, executor: "inline" } as const;
    const { rows } = await runCommand("ingest", options);
    t.deepEqual([rows.rejected, rows.train, rows.test], [0, 32_561, 16_281]);
    const { train } = await runCommand("train", options);
    const { test: measured } = await runCommand("evaluate", options);
    const near = (value: number, wanted: number, relative: number): boolean =>
      t.true(Math.abs(value - wanted) <= relative * Math.abs(wanted), `C = ${reference.C}: ${value}, not ${wanted}`);
    near(train!.objective, reference.objective_mean, 1e-9);
    near(train!.logLoss, reference.train_logloss, 1e-7);
    near(measured!.logLoss, reference.test_logloss, 1e-5);
    t.true(Math.abs(measured!.auc - reference.test_auc) <= 0.0005);
    const { sumPredictions, sumLabels } = train!.certificate!;
    t.is(sumLabels, 7841);
    t.true(Math.abs(sumPredictions - sumLabels) <= 1e-10 * sumLabels);
  }
});
