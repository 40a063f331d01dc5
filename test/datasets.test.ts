import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import type { RunSummary } from "crossbill";
import { digitsAsLibsvm } from "./datasets/digits.js";
import { cli, scratch } from "./kit.js";

/*
 * Published data sets, read as they are (they are no part of the project): CROSSBILL_DATA names their folder, else a folder shared/data beside the checkout
 * is looked for.
 */
const CONFIGS = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../datasets");
const DATA = dataFolder();

function dataFolder(): string | null {
  if (process.env["CROSSBILL_DATA"] !== undefined) return process.env["CROSSBILL_DATA"];
  for (let at = import.meta.dirname; at !== path.dirname(at); at = path.dirname(at)) {
    if (fs.existsSync(path.join(at, "shared/data"))) return path.join(at, "shared/data");
  }
  return null;
}

interface Case {
  config: string;
  file: string;
  read: number;
  train: number;
  test: number;
  /** What the configuration's model must reach on its test part. */
  wanted?: { what: string; reached: (test: NonNullable<RunSummary["test"]>) => boolean };
  prepare?: (directory: string, data: string) => void;
}

const CASES: Case[] = [
  { config: "adult", file: "adult/adult.data", read: 48_842, train: 29_305, test: 16_281 },
  { config: "chicago-taxi", file: "chicago-taxi/data.csv", read: 15_002, train: 10_502, test: 3_000 },
  {
    config: "housing",
    file: "california-housing/housing.csv",
    read: 20_640,
    train: 16_512,
    test: 4_128,
    wanted: { what: "an RMSE of 67,600 dollars", reached: ({ rmse }) => rmse <= 67_600 },
  },
  { config: "movielens", file: "movielens-small/ratings.csv", read: 100_004, train: 80_004, test: 10_000 },
  {
    config: "sms-spam",
    file: "sms-spam/SMSSpamCollection",
    read: 5_574,
    train: 4_459,
    test: 1_115,
    wanted: { what: "an AUC of 0.99", reached: ({ auc }) => auc >= 0.99 },
  },
  {
    config: "digits",
    file: "mnist-t10k/t10k-images-idx3-ubyte.gz",
    read: 10_000,
    train: 8_000,
    test: 2_000,
    wanted: { what: "an accuracy of 0.93", reached: ({ accuracy }) => accuracy >= 0.93 },
    prepare: (directory, data) =>
      fs.writeFileSync(
        path.join(directory, "digits.libsvm"),
        digitsAsLibsvm(path.join(data, "mnist-t10k/t10k-images-idx3-ubyte.gz"), path.join(data, "mnist-t10k/t10k-labels-idx1-ubyte.gz")),
      ),
  },
];

for (const { config, file, read, train, test: measured, wanted, prepare } of CASES) {
  const there = DATA !== null && fs.existsSync(path.join(DATA, file));
  if (!there) console.log(`skipped: ${config} (CROSSBILL_DATA does not name a folder with ${file})`);
  (there ? test.serial : test.serial.skip)(
    `${config}: every row is read as it was published, none is rejected${wanted === undefined ? "" : `, and the model reaches ${wanted.what}`}`,
    async (t) => {
      const directory = scratch(t);
      prepare?.(directory, DATA!);
      fs.copyFileSync(path.join(CONFIGS, `${config}.json`), path.join(directory, "crossbill.config.json"));
      const { code, json, stderr } = await cli([wanted === undefined ? "ingest" : "retrain", "--json"], { cwd: directory, env: { CROSSBILL_DATA: DATA! } });
      t.is(code, 0, stderr);
      t.deepEqual([json.rows.read, json.rows.rejected], [read, 0]);
      t.is(json.rows.train + json.rows.validation + json.rows.test, read);
      if (wanted !== undefined) t.true(wanted.reached(json.test), JSON.stringify(json.test));
      t.true(Math.abs(json.rows.train - train) <= 50 && Math.abs(json.rows.test - measured) <= 50, JSON.stringify(json.rows));
    },
  );
}
