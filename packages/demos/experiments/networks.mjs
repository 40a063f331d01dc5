// Networks against simpler models on published data, each pair trained and chosen on the same rows and compared row by row on the same test rows.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { runCommand } from "crossbill";
import { dataFile, difference, fixed, table, thousands } from "./laboratory.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
/** Folder, what it is called, its files of the data folder, what is made of them, models from the simplest. The first is what the others are compared with. */
const PAIRS = [
  { folder: "adult", name: "adult", needs: ["adult/adult.data", "adult/adult.test"], models: { linear: "linear, buckets and cross", network: "wide & deep" } },
  { folder: "chicago-taxi", name: "chicago-taxi", needs: ["chicago-taxi/data.csv"], models: { linear: "linear, buckets and crosses", network: "deep" } },
  {
    folder: "california-housing",
    name: "california-housing, in 100,000 dollars",
    needs: ["california-housing/housing.csv"],
    make: (data) => dataFile("housing.csv", () => housing(data)),
    models: { linear: "linear, crossed coordinates", network: "deep" },
  },
  {
    folder: "mnist",
    name: "mnist-t10k",
    needs: ["mnist-t10k/t10k-images-idx3-ubyte.gz", "mnist-t10k/t10k-labels-idx1-ubyte.gz"],
    make: (data) => dataFile("digits.libsvm", () => digits(data)),
    models: { linear: "linear", "network-3": "deep, through 3 numbers", "network-32": "deep, through 32 numbers" },
  },
  { folder: "movielens", name: "movielens-small, ratings", needs: ["movielens-small/ratings.csv"], models: { linear: "biases", network: "two towers" } },
  {
    folder: "movielens-likes",
    name: "movielens-small, four stars and more",
    needs: ["movielens-small/ratings.csv"],
    models: { linear: "linear", network: "two towers" },
  },
];

export const title = "Networks on published data";

export async function run() {
  const data = process.env.CROSSBILL_DATA ?? "";
  const rows = [];
  for (const pair of PAIRS) {
    const missing = pair.needs.filter((file) => !fs.existsSync(path.join(data, file)));
    if (missing.length > 0) throw new Error(`CROSSBILL_DATA is ${JSON.stringify(data)}; there is no ${missing.join(", ")} in it`);
    pair.make?.(data);
    let first = null;
    for (const [file, what] of Object.entries(pair.models)) {
      const { test, model } = await trained(path.join(HERE, "networks", pair.folder), file, first);
      first ??= model.path;
      rows.push([
        pair.name,
        what,
        thousands(model.parameters),
        fixed(test.rmse ?? Number.NaN, 4),
        fixed(test.logLoss ?? Number.NaN, 5),
        fixed(test.auc ?? Number.NaN, 4),
        fixed(test.accuracy ?? Number.NaN, 4),
        difference(test),
      ]);
    }
  }
  return `Each model beside a simpler one; the rows to learn from, to choose by and to test on are the same. The difference is that of the mean loss a row (log-loss, squared error) from the first model of the data set, with its 95% interval.

${table(["data", "model", "parameters", "RMSE", "log-loss", "AUC", "accuracy", "difference in loss (95% interval)"], rows)}

Configurations: \`packages/demos/experiments/networks\`. The data are not part of this repository; \`CROSSBILL_DATA\` names the folder that holds ${PAIRS.flatMap(
    ({ needs }) => needs.map((file) => `\`${file}\``),
  )
    .filter((file, i, all) => all.indexOf(file) === i)
    .join(", ")}.`;
}

async function trained(folder, file, against) {
  const options = { cwd: folder, config: `${file}.config.mjs`, workdir: path.join(HERE, ".crossbill/networks", path.basename(folder), file), workers: 1 };
  process.stderr.write(`networks: ${path.basename(folder)}, ${file}\n`);
  await runCommand("ingest", options);
  const { model } = await runCommand("train", options);
  const { test } = await runCommand("evaluate", { ...options, ...(against === null ? {} : { against }) });
  return { model, test };
}

/** The published file, its value divided by 100,000. */
function* housing(data) {
  const [, ...lines] = fs.readFileSync(path.join(data, "california-housing/housing.csv"), "utf8").trimEnd().split("\n");
  yield "longitude,latitude,housing_median_age,total_rooms,total_bedrooms,population,households,median_income,value,ocean_proximity\n";
  for (const line of lines) {
    const fields = line.trimEnd().split(",");
    fields[8] = String(Number(fields[8]) / 100_000);
    yield `${fields.join(",")}\n`;
  }
}

/** Digits as rows of pixels that are not 0, in [0, 1]. */
function* digits(data) {
  const read = (name) => gunzipSync(fs.readFileSync(path.join(data, "mnist-t10k", name)));
  const [pixels, labels] = [read("t10k-images-idx3-ubyte.gz").subarray(16), read("t10k-labels-idx1-ubyte.gz").subarray(8)];
  for (const [i, label] of labels.entries()) {
    const row = [...pixels.subarray(784 * i, 784 * (i + 1))].flatMap((v, at) => (v > 0 ? [`${at + 1}:${(v / 255).toFixed(6)}`] : []));
    yield `${[label, ...row].join(" ")}\n`;
  }
}
