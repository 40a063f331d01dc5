// Networks against simpler models on published data, each pair trained and chosen on the same rows and compared row by row on the same test rows.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { runCommand } from "crossbill";
import { AMONG, digitsApart, nearestFilms } from "./embeddings.mjs";
import { dataFile, difference, fixed, size, table, thousands } from "./laboratory.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
/** Folder, what it is called, its files of the data folder, what is made of them, models from the simplest. The first is what the others are compared with. */
const PAIRS = [
  { folder: "adult", name: "adult", needs: ["adult/adult.data", "adult/adult.test"], models: { linear: "linear, buckets and cross", network: "wide & deep" } },
  { folder: "chicago-taxi", name: "chicago-taxi", needs: ["chicago-taxi/data.csv"], models: { linear: "linear, buckets and crosses", network: "deep" } },
  {
    folder: "california-housing",
    name: "california-housing, dollars",
    needs: ["california-housing/housing.csv"],
    models: { linear: "linear, crossed coordinates", network: "deep" },
  },
  {
    folder: "mnist",
    name: "mnist-t10k, 8,000 rows to learn from",
    needs: ["mnist-t10k/t10k-images-idx3-ubyte.gz", "mnist-t10k/t10k-labels-idx1-ubyte.gz"],
    make: (data) => dataFile("digits.libsvm", () => digits(data)),
    models: { linear: "linear", "network-3": "deep, through 3 numbers", "network-32": "deep, through 32 numbers" },
  },
  {
    folder: "movielens",
    name: "movielens-small, ratings",
    needs: ["movielens-small/ratings.csv", "movielens-small/movies.csv"],
    models: { linear: "biases", network: "two towers" },
  },
  {
    folder: "movielens-likes",
    name: "movielens-small, four stars and more",
    needs: ["movielens-small/ratings.csv"],
    models: { linear: "linear", network: "two towers" },
  },
];

const FILES = [...new Set(PAIRS.flatMap(({ needs }) => needs))];
const WORK = path.join(HERE, ".crossbill/networks");

export const title = "Networks on published data";

export async function run() {
  const data = process.env.CROSSBILL_DATA ?? "";
  const missing = FILES.filter((file) => !fs.existsSync(path.join(data, file)));
  if (missing.length > 0) throw new Error(`CROSSBILL_DATA is ${JSON.stringify(data)}; there is no ${missing.join(", ")} in it`);
  const [rows, models] = [[], new Map()];
  for (const pair of PAIRS) {
    pair.make?.(data);
    let first = null;
    for (const [file, what] of Object.entries(pair.models)) {
      const { test, model } = await trained(path.join(HERE, "networks", pair.folder), file, first);
      first ??= model.path;
      models.set(`${pair.folder}/${file}`, model.path);
      const numbers = [
        size(test.rmse ?? Number.NaN),
        fixed(test.logLoss ?? Number.NaN, 5),
        fixed(test.auc ?? Number.NaN, 4),
        fixed(test.accuracy ?? Number.NaN, 4),
      ];
      const row = [pair.name, what, thousands(model.parameters), ...numbers, difference(test), verdict(test)];
      process.stderr.write(`networks: ${row.join(" | ")}\n`);
      rows.push(row);
    }
  }
  const near = nearestFilms({
    folder: path.join(HERE, "networks/movielens"),
    model: models.get("movielens/network"),
    titles: path.join(data, "movielens-small/movies.csv"),
    ratings: path.join(data, "movielens-small/ratings.csv"),
    film: "260",
  });
  const apart = await digitsApart({
    models: [
      ["through 3 numbers", models.get("mnist/network-3")],
      ["through 32 numbers", models.get("mnist/network-32")],
    ],
    file: dataFile("digits.libsvm", () => digits(data)),
    test: 2000,
    layer: 2,
    projector: path.join(WORK, "projector"),
  });
  return `Each model beside a simpler one; the rows to learn from, to choose by and to test on are the same. The difference is that of the mean loss a row (log-loss, squared error) from the first model of the data set, with its 95% interval; below 0 is better.

${table(["data", "model", "parameters", "RMSE", "log-loss", "AUC", "accuracy", "difference in loss (95% interval)", ""], rows)}

A difference is undecided where its interval holds 0. Test rows are taken by line number, of adult those of its own test file; one training of each, with seed 0. Of the digits the first 8,000 are learned from, none choose, the last 2,000 are the test.

A network that goes on from the night before is measured in [A network from night to night](warm-start.md).

## Films nearest to ${near.title}

By the cosine of their vectors in the two towers of ratings, as \`crossbill neighbours --column film --key 260 --among ${AMONG}\` gives them: among the ${AMONG} films with the most ratings, since the vector of one that few have rated says little. Ratings and titles: MovieLens ml-latest-small by GroupLens (F. Maxwell Harper and Joseph A. Konstan, The MovieLens Datasets: History and Context, ACM TiiS 5(4), 2015).

${near.table}

## How well digits stand apart

The silhouette of the 2,000 test rows, grouped by their digit: from -1 to 1, where 0 is groups that touch (\`silhouette\` of \`@crossbill/models\`, over what \`model.embed\` gives). A pooled vector is a sum over pixels, linear in them; a hidden layer is not.

${apart}

The command also writes these vectors for TensorBoard's projector.

## Where it comes from

Configurations: \`packages/demos/experiments/networks\`. The data are not part of this repository; \`CROSSBILL_DATA\` names the folder that holds ${FILES.map((file) => `\`${file}\``).join(", ")}.`;
}

async function trained(folder, file, against) {
  const options = { cwd: folder, config: `${file}.config.mjs`, workdir: path.join(WORK, path.basename(folder), file), workers: 1 };
  process.stderr.write(`networks: ${path.basename(folder)}, ${file}\n`);
  await runCommand("ingest", options);
  const { model } = await runCommand("train", options);
  const { test } = await runCommand("evaluate", { ...options, ...(against === null ? {} : { against }) });
  return { model, test };
}

const verdict = ({ against }) => (against === undefined ? "" : against.high < 0 ? "better" : against.low > 0 ? "worse" : "undecided");

/** Digits as rows of pixels that are not 0, in [0, 1]. */
function* digits(data) {
  const read = (name) => gunzipSync(fs.readFileSync(path.join(data, "mnist-t10k", name)));
  const [pixels, labels] = [read("t10k-images-idx3-ubyte.gz").subarray(16), read("t10k-labels-idx1-ubyte.gz").subarray(8)];
  for (const [i, label] of labels.entries()) {
    const row = [...pixels.subarray(784 * i, 784 * (i + 1))].flatMap((v, at) => (v > 0 ? [`${at + 1}:${(v / 255).toFixed(6)}`] : []));
    yield `${[label, ...row].join(" ")}\n`;
  }
}
