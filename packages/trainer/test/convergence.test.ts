// Every optimiser comes to the exact solver's optimum of the same objective.
import { fitLinear } from "@crossbill/trainer";
import test from "ava";
import type { OptimizerOptions } from "../dist/optimizers/optimizer-options.js";
import type { Schedule } from "../dist/optimizers/schedule.js";
import { OPTIMIZERS, scheduled, solverOf, specOf } from "./optimizer-cases.js";
import { problem, trainOn } from "./support.js";

const PENALTIES = [
  { l1: 0.005, l2: 0 },
  { l1: 0, l2: 0.02 },
  { l1: 0.002, l2: 0.002 },
];

const data = problem([512], []);
const STEPS = 2000;

/** Of all rows in one block the gradient has no noise: methods that follow it keep their rate, those that scale it by itself need one that falls. */
const WHOLE: Record<OptimizerOptions["kind"], (options: OptimizerOptions) => OptimizerOptions> = {
  ftrl: (options) => ({ ...options, alpha: 0.5 }) as OptimizerOptions,
  adagrad: (options) => ({ ...options, learningRate: 1 }) as OptimizerOptions,
  sgd: (options) => ({ ...options, learningRate: 0.8 }) as OptimizerOptions,
  momentum: (options) => ({ ...options, learningRate: 0.1 }) as OptimizerOptions,
  rmsprop: (options) => scheduled(options, { kind: "polynomial", steps: STEPS, end: 2e-6, power: 2 }),
  adam: (options) => scheduled(options, { kind: "polynomial", steps: STEPS, end: 2e-6, power: 2 }),
};

for (const { name, options } of OPTIMIZERS) {
  test.serial(`${name}: with l1, l2 and both, all rows in one block, the objective is within 1e-6 of the optimum and the weights within 0.005`, async (t) => {
    const optimizer = specOf(WHOLE[options.kind](options));
    for (const model of PENALTIES) {
      const exact = await trainOn(data, { train: { optimizer: { exact: { tolerance: 1e-10, maxIterations: 200 } } }, model });
      const outcome = await trainOn(data, { train: { optimizer, batchSize: 512, epochs: STEPS, evaluateEverySteps: STEPS }, model });
      const penalty = [...outcome.weights].reduce((sum, w) => sum + model.l1 * Math.abs(w) + model.l2 * w * w, 0);
      // The loss of the last block before its update, when the weights hardly move any more.
      const over = outcome.metrics.progressiveLoss + penalty - exact.metrics.certificate!.objective!;
      t.true(Math.abs(over) < 1e-6, `${JSON.stringify(model)}: ${over} above the optimum`);
      const off = Math.max(...outcome.weights.map((w, f) => Math.abs(w - exact.weights[f]!)));
      t.true(off < 0.005, `${JSON.stringify(model)}: a weight is off by ${off}`);
    }
  });
}

/** 300 rows over 10 features, in blocks of 60. */
const rows = {
  offsets: Array.from({ length: 301 }, (_, i) => 2 * i),
  indices: Array.from({ length: 600 }, (_, k) => (k % 2 === 0 ? (k / 2) % 3 : 3 + (((k - 1) / 2) % 7))),
  values: Array.from({ length: 600 }, (_, k) => (k % 2 === 0 ? 1 : (((k - 1) / 2) % 11) / 5 - 1)),
};
const labels = Array.from({ length: 300 }, (_, i) => (i % 3 === 0 || i % 7 === 2 ? 1 : 0));

for (const { name, options } of OPTIMIZERS) {
  if (options.kind === "ftrl") continue; // its penalties are in other units there
  test(`${name}: from noisy gradients of blocks too, to 1e-4 of the objective`, (t) => {
    for (const penalties of PENALTIES) {
      const best = fitLinear({ rows, features: 10, labels }, { solver: "exact", ...penalties, tolerance: 1e-11 });
      const isAdagrad = options.kind === "adagrad"; // its rates fall by themselves
      const learningRate = isAdagrad ? 1 : 2 * options.learningRate;
      const schedule: Schedule = isAdagrad ? { kind: "constant" } : { kind: "polynomial", steps: 5 * STEPS, end: 1e-4 * learningRate, power: 2 };
      const fit = fitLinear({ rows, features: 10, labels }, { ...solverOf(options), learningRate, schedule, ...penalties, epochs: STEPS, batchSize: 60 });
      t.true(fit.objective >= best.objective - 1e-12);
      t.true(fit.objective < best.objective + 1e-4, `${JSON.stringify(penalties)}: ${fit.objective - best.objective} above the optimum`);
    }
  });
}
