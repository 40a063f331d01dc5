import { CrossbillError, isOfClasses, v1 } from "@crossbill/messages";
import { RandomStream } from "@crossbill/numerics";
import { type FitLinearOptions, fitLinear, type TrainOutcome } from "@crossbill/trainer";
import test from "ava";
import { bits, problem, type Run, sparseRows, trainOn, withClasses } from "./support.js";

const PENALTIES = { L2: { l1: 0, l2: 1e-3 }, L1: { l1: 2e-3, l2: 0 }, "elastic net": { l1: 1e-3, l2: 1e-3 } };

test("fitLinear: from any start the optimum is the cold one's, and from the optimum it ends at once", (t) => {
  const random = new RandomStream(8, 0);
  for (const loss of ["logistic", "squared"] as const) {
    const data = sparseRows(31, 800, 50, loss);
    for (const [name, penalty] of Object.entries(PENALTIES)) {
      const options: FitLinearOptions = { solver: "exact", loss, ...penalty, tolerance: 1e-10 };
      const cold = fitLinear(data, options);
      const near = { weights: cold.weights.map((w) => w * (1 + 0.01 * random.normal())), intercept: cold.intercept };
      const far = { weights: cold.weights.map(() => 3 * random.normal()), intercept: -5 };
      for (const initial of [near, far]) {
        const warm = fitLinear(data, { ...options, initial });
        t.true(Math.abs(warm.objective - cold.objective) <= 1e-12 * cold.objective, `${loss}, ${name}: ${warm.objective} and ${cold.objective}`);
        const apart = Math.max(...warm.weights.map((w, f) => Math.abs(w - cold.weights[f]!)), Math.abs(warm.intercept - cold.intercept));
        t.true(apart < 1e-7, `${loss}, ${name}: weights differ by ${apart}`);
        t.true(warm.certificate!.relativeGradientNorm <= 1e-10);
      }
      const again = fitLinear(data, { ...options, initial: cold });
      t.is(again.iterations, 0, `${loss}, ${name}`);
      t.deepEqual(again.weights, cold.weights);
      const steps = (more: Partial<FitLinearOptions>): number => fitLinear(data, { ...options, tolerance: 1e-4, ...more }).iterations;
      t.true(loss === "squared" || steps({ initial: near }) < steps({}), name);
    }
  }
});

test("fitLinear: a start that is worse than none is not used; one that does not fit is refused", (t) => {
  const data = sparseRows(31, 300, 20, "logistic");
  const options: FitLinearOptions = { solver: "exact", l2: 1e-3 };
  const awful = { weights: new Float64Array(20).fill(900), intercept: 0 };
  t.deepEqual(fitLinear(data, { ...options, initial: awful }).weights, fitLinear(data, options).weights);
  const code = (run: () => unknown): string => (t.throws(run, { instanceOf: CrossbillError }) as CrossbillError).code;
  t.is(
    code(() => fitLinear(data, { ...options, initial: { weights: [1, 2], intercept: 0 } })),
    "E_FIT_INPUT",
  );
  t.is(
    code(() => fitLinear(data, { ...options, initial: { weights: new Float64Array(20), intercept: Number.NaN } })),
    "E_FIT_INPUT",
  );
});

const data = problem([300, 200], [100], 3, true);
const several = withClasses(data);
const startOf = ({ weights, intercepts }: TrainOutcome, sha256 = "a".repeat(64)) => ({ weights: Float64Array.from(weights), intercepts, sha256 });

test.serial("packs: every head comes from another objective's optimum to its own, with the same bits for any number of workers", async (t) => {
  for (const head of [v1.Head.LOGISTIC, v1.Head.SQUARED, v1.Head.SOFTMAX, v1.Head.ONE_VS_REST, v1.Head.ONE_VS_ONE]) {
    const of = isOfClasses(head) ? several : data;
    // Solved in parts as the logistic head is solved: with one penalty.
    const penalties = head === v1.Head.LOGISTIC || head === v1.Head.SOFTMAX ? Object.values(PENALTIES) : [PENALTIES["elastic net"]];
    for (const { l1, l2 } of penalties) {
      const run = (more: NonNullable<Run["options"]> = {}, factor = 1): Run => ({
        train: { optimizer: { exact: { tolerance: 1e-9, maxIterations: 200 } } },
        model: { head, l1: factor * l1, l2: factor * l2 },
        entriesPerWorker: 1,
        options: more,
      });
      const cold = await trainOn(of, run());
      const initial = startOf(await trainOn(of, run({}, 1.5)));
      const warm = await trainOn(of, run({ initial }));
      const what = `${v1.Head[head]}, l1 ${l1}, l2 ${l2}`;
      t.true(warm.metrics.certificate!.converged, what);
      t.true(Math.abs(warm.metrics.certificate!.objective! - cold.metrics.certificate!.objective!) <= 1e-11, what);
      const apart = Math.max(...warm.weights.map((w, f) => Math.abs(w - cold.weights[f]!)));
      t.true(apart < 1e-5, `${what}: weights differ by ${apart}`);
      t.not(warm.key, cold.key);
      if (l1 * l2 > 0) t.is(bits(await trainOn(of, run({ initial, workers: 3 }))), bits(warm), what);
      t.is((await trainOn(of, run({ initial: startOf(warm) }))).metrics.steps, 0, what);
    }
  }
});

test.serial("packs: the start's hash is part of the key, and a start of other features or outputs is refused", async (t) => {
  const run = (options: NonNullable<Run["options"]>, optimizer: v1.OptimizerSpec.$Properties = { exact: { tolerance: 1e-6, maxIterations: 100 } }): Run => ({
    train: { optimizer },
    model: { l2: 1e-2 },
    options,
  });
  const cold = await trainOn(data, run({}));
  const [a, b] = ["a".repeat(64), "b".repeat(64)];
  const keys = await Promise.all([a, b, a].map(async (sha256) => (await trainOn(data, run({ initial: startOf(cold, sha256) }))).key));
  t.true(keys[0] !== keys[1] && keys[0] === keys[2] && keys[0] !== cold.key);
  for (const initial of [
    { ...startOf(cold), weights: new Float64Array(3) },
    { ...startOf(cold), intercepts: new Float64Array(2) },
    { ...startOf(cold), intercepts: Float64Array.of(Infinity) },
  ]) {
    const thrown = await t.throwsAsync(trainOn(data, run({ initial })), { instanceOf: CrossbillError });
    t.is((thrown as CrossbillError).code, "E_TRAIN_SPEC");
  }
});
