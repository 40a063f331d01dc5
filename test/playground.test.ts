import fs from "node:fs";
import path from "node:path";
import { type PlaneShape, planeLog } from "@crossbill/synthetic";
import test, { type ExecutionContext } from "ava";
import { adam, bucketized, type ConfigInput, crossed, deep, exact, linear, loadModel, type Model, numeric, product, runCommand } from "crossbill";
import { scratch } from "./kit.js";

/*
 * The playground of the lecture: points of a plane whose class no line separates. A linear model of the coordinates stays at chance; of a product, of squares or of
 * crossed buckets it succeeds, and so do hidden layers over the coordinates alone.
 */
const columns = {
  x: numeric("x", { scale: "none" }),
  y: numeric("y", { scale: "none" }),
  xy: product(["x", "y"]),
  xx: product(["x", "x"]),
  yy: product(["y", "y"]),
  right: bucketized("x", { boundaries: [0] }),
  above: bucketized("y", { boundaries: [0] }),
  quadrant: crossed(["right", "above"]),
};
const LOG_2 = Math.log(2);
/** A line through the data: the optimum, so that it is the model and not its training that fails. */
const line = (...of: string[]): ConfigInput["model"] => linear({ columns: of, l2: 1e-4 });
const layers = (hidden: number[], activation: "relu" | "linear" = "relu"): ConfigInput["model"] => deep({ columns: ["x", "y"], hidden, activation });

interface Trained {
  accuracy: number;
  logLoss: number;
  model: Model;
}

/** Trains models on 600 seeded points of a shape, another 200 choose the epoch; measured on 400 others. Ingested once. */
function playground(t: ExecutionContext, shape: PlaneShape): (model: ConfigInput["model"]) => Promise<Trained> {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "points.csv"), Buffer.concat([...planeLog(shape, { rows: 1200, seed: 7 })]));
  const options = { cwd: directory, workdir: path.join(directory, "work"), workers: 1, executor: "inline" } as const;
  return async (model) => {
    const config: ConfigInput = {
      data: { train: "points.csv", label: "label", split: { by: "index", every: 6, test: [0, 3], validation: [1] } },
      columns,
      model,
      train: model?.kind === "linear" ? { optimizer: exact() } : { optimizer: adam({ learningRate: 0.02 }), epochs: 40, batchSize: 32 },
    };
    fs.writeFileSync(path.join(directory, "crossbill.config.json"), JSON.stringify(config));
    for (const step of ["ingest", "train"] as const) await runCommand(step, options);
    const { test: measured, model: made } = await runCommand("evaluate", options);
    t.is(measured!.rows, 400);
    return { accuracy: measured!.accuracy, logLoss: measured!.logLoss, model: await loadModel(made!.path) };
  };
}

const atChance = (t: ExecutionContext, { accuracy, logLoss }: Trained, what: string): void => {
  t.true(accuracy < 0.58 && logLoss > LOG_2 - 0.02, `${what}: accuracy ${accuracy}, log-loss ${logLoss}`);
};
const learned = (t: ExecutionContext, { accuracy, logLoss }: Trained, what: string): void => {
  t.true(accuracy > 0.97 && logLoss < 0.15, `${what}: accuracy ${accuracy}, log-loss ${logLoss}`);
};

test.serial("XOR: a line is at chance; the product, crossed buckets or a hidden layer tell it apart", async (t) => {
  const train = playground(t, "xor");
  atChance(t, await train(line("x", "y")), "coordinates");
  atChance(t, await train(line("right", "above")), "buckets");
  t.is((await train(line("xy"))).accuracy, 1);
  t.is((await train(line("quadrant"))).accuracy, 1);
  learned(t, await train(layers([4])), "a hidden layer of 4");
});

test.serial("layers without a non-linearity are one matrix: a linear one fails as a line does, two of them are refused", async (t) => {
  const train = playground(t, "xor");
  const trained = await train(layers([3], "linear"));
  atChance(t, trained, "a linear hidden layer");
  const { plan, weights } = trained.model.network!;
  const [first, last] = plan.towers[0]!.layers as [(typeof plan.towers)[0]["layers"][0], (typeof plan.towers)[0]["layers"][0]];
  t.deepEqual([first.inputs, first.outputs, last.outputs], [2, 3, 1]);
  const at = (place: number): number => weights.dense[place]!;
  const units = [0, 1, 2];
  const product = [0, 1].map((i) => units.reduce((sum, j) => sum + at(last.weights + j) * at(first.weights + 2 * j + i), 0));
  const bias = units.reduce((sum, j) => sum + at(last.weights + j) * at(first.bias + j), trained.model.intercept);
  for (let x = -5; x <= 5; x += 2.5)
    for (let y = -5; y <= 5; y += 1.25) {
      const { logit } = trained.model.score({ x, y });
      const straight = bias + product[0]! * x + product[1]! * y;
      t.true(Math.abs(logit - straight) < 1e-6, `at ${x}, ${y}: ${logit} and ${straight}`);
    }
  await t.throwsAsync(train(layers([4, 4], "linear")), { code: "E_CONFIG", message: /single matrix/ });
});

test.serial("circles: a line fails; squares, or a hidden layer of 4, tell inside from outside", async (t) => {
  const train = playground(t, "circles");
  const plain = await train(line("x", "y"));
  t.true(plain.accuracy < 0.7 && plain.logLoss > LOG_2 - 0.02, `${plain.accuracy}`);
  learned(t, await train(line("xx", "yy")), "squares");
  learned(t, await train(layers([4])), "a hidden layer of 4");
});

test.serial("spiral: one small layer is not enough, three are", async (t) => {
  const train = playground(t, "spiral");
  const shallow = await train(layers([4]));
  t.true(shallow.accuracy < 0.8, `${shallow.accuracy}`);
  learned(t, await train(layers([8, 8, 8])), "three hidden layers of 8");
});
