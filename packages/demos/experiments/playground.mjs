// The lecture's playground: what lines, crosses and hidden layers make of XOR, circles and a spiral, with pictures of what they learned.
import fs from "node:fs";
import path from "node:path";
import { planeLog, planePoints } from "@crossbill/synthetic";
import { loadModel } from "crossbill";
import { DOCS, dataFile, fixed, Laboratory, table, thousands } from "./laboratory.mjs";
import { surface } from "./surface.mjs";

const ROWS = 2000;
const SEED = 7;
const PICTURED = 150;

const numeric = (column) => ({ kind: "numeric", column, scale: "none" });
const product = (...columns) => ({ kind: "product", columns });
const bucketized = (column) => ({ kind: "bucketized", column, boundaries: [-4, -3, -2, -1, 0, 1, 2, 3, 4] });
const COLUMNS = {
  x1: numeric("x"),
  x2: numeric("y"),
  "x1 x2": product("x", "y"),
  "x1 x1": product("x", "x"),
  "x2 x2": product("y", "y"),
  "bucket of x1": bucketized("x"),
  "bucket of x2": bucketized("y"),
  cross: { kind: "crossed", columns: ["bucket of x1", "bucket of x2"] },
};
const line = (name, ...columns) => ({ name, model: { kind: "linear", columns, l2: 1e-4 }, train: { optimizer: { kind: "exact" } } });
const layers = (name, hidden, activation = "relu") => ({
  name,
  model: { kind: "deep", columns: ["x1", "x2"], hidden, activation },
  train: { optimizer: { kind: "adam", learningRate: 0.02 }, epochs: 40, batchSize: 32 },
});
const coordinates = line("x1, x2", "x1", "x2");
const cross = line("10 x 10 crossed buckets", "cross");

const SHAPES = {
  xor: {
    title: "XOR",
    said: "The class is the sign of x1 x2. A line that cuts a corner off has more than half of the points right, at a log-loss no better than a guess.",
    models: [
      coordinates,
      line("x1, x2 and x1 x2", "x1", "x2", "x1 x2"),
      line("buckets of x1 and of x2", "bucket of x1", "bucket of x2"),
      cross,
      layers("a hidden layer of 4, linear", [4], "linear"),
      layers("a hidden layer of 4, relu", [4]),
    ],
  },
  circles: {
    title: "Circles",
    said: "A disc of radius 2.5 in a ring from 3.5 to 5.",
    models: [
      coordinates,
      line("squares of x1 and x2", "x1 x1", "x2 x2"),
      line("buckets of x1 and of x2", "bucket of x1", "bucket of x2"),
      layers("a hidden layer of 2, relu", [2]),
      layers("a hidden layer of 3, relu", [3]),
      layers("a hidden layer of 4, relu", [4]),
    ],
  },
  spiral: {
    title: "Spiral",
    said: "Two arms of 1.75 turns. Of crossed buckets each has to see points of its own.",
    models: [
      coordinates,
      cross,
      layers("a hidden layer of 4, relu", [4]),
      layers("a hidden layer of 16, relu", [16]),
      layers("two of 8, relu", [8, 8]),
      layers("three of 8, relu", [8, 8, 8]),
    ],
  },
};

export const title = "The playground: crosses against hidden layers";

export async function run() {
  const laboratory = new Laboratory("playground");
  const pictures = path.join(DOCS, "playground");
  fs.rmSync(pictures, { recursive: true, force: true });
  fs.mkdirSync(pictures);
  const sections = [];
  for (const [shape, { title, said, models }] of Object.entries(SHAPES)) {
    const options = { rows: ROWS, seed: SEED };
    const train = dataFile(`${shape}-${ROWS}.csv`, () => planeLog(shape, options));
    const points = [...planePoints(shape, { rows: PICTURED, seed: SEED })];
    const rows = [];
    const images = [];
    for (const [i, { name, ...rest }] of models.entries()) {
      const data = { train, label: "label", split: { by: "index", every: 4, test: [0], validation: [1] } };
      const trained = await laboratory.train(`${shape}-${i}`, { data, columns: COLUMNS, ...rest });
      const test = await laboratory.test(trained);
      const model = await loadModel(trained.path);
      const file = `${shape}-${i + 1}.svg`;
      fs.writeFileSync(
        path.join(pictures, file),
        surface((row) => model.predict(row), points, `${title}: ${name}`),
      );
      images.push(`![${name}](playground/${file})`);
      rows.push([name, rest.model.kind === "linear" ? "linear" : "network", fixed(test.accuracy, 3), fixed(test.logLoss, 4)]);
    }
    const grid = [0, 3].map((from) => images.slice(from, from + 3));
    sections.push(`## ${title}

${said}

${table(["inputs or layers", "model", "test accuracy", "test log-loss"], rows)}

In the order of the table; blue is the class 1:

${table(["", "", ""], grid)}`);
  }
  return `The claim: a line through x1 and x2 cannot tell such classes apart; a linear model can of the right product or cross, which somebody has to think of; hidden layers find it by themselves. Without a non-linearity they find nothing: layers that follow one another are then a single matrix,
W2 (W1 x) = (W2 W1) x, so one linear hidden layer is a linear model, and two are refused.

${thousands(ROWS)} points each, half for training, a quarter to choose the epoch, a quarter to measure. Linear models by the exact optimiser with l2 = 0.0001, networks of x1 and x2 by Adam at 0.02, 40 passes, blocks of 32. A guess has log-loss 0.6931.

${sections.join("\n\n")}`;
}
