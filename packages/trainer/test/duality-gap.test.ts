import { CrossbillError, v1 } from "@crossbill/messages";
import { type FitLinearData, type FitLinearOptions, fitLinear } from "@crossbill/trainer";
import test from "ava";
import { gapTwin } from "./gap-twin.js";
import { arraysOf, problem, sparseRows, trainOn, withClasses } from "./support.js";

const PENALTIES = { L2: { l1: 0, l2: 1e-3 }, L1: { l1: 3e-3, l2: 0 }, "elastic net": { l1: 2e-3, l2: 1e-3 }, "a little L2": { l1: 3e-3, l2: 1e-7 } };

/** Solutions near and far from the optimum. */
function* solutions(intercept: boolean): Generator<{ what: string; data: FitLinearData; options: FitLinearOptions; optimum: number }> {
  for (const loss of ["logistic", "squared", "poisson"] as const) {
    const data = sparseRows(17, 600, 40, loss);
    for (const [name, penalty] of Object.entries(PENALTIES)) {
      const options: FitLinearOptions = { solver: "exact", loss, intercept, ...penalty };
      const optimum = fitLinear(data, { ...options, tolerance: 1e-13 }).objective;
      for (const tolerance of [0.1, 1e-2, 1e-4, 1e-6, 1e-8])
        yield { what: `${loss}, ${name}, ${tolerance}`, data, options: { ...options, tolerance }, optimum };
    }
  }
}

test("the duality gap is the one of the rows and the weights, not below the distance to the optimum, and falls with the tolerance", (t) => {
  for (const intercept of [true, false]) {
    for (const { what, data, options, optimum } of solutions(intercept)) {
      const fit = fitLinear(data, options);
      const { dualityGap, relativeGap } = fit.certificate!;
      const twin = gapTwin(data, options.loss!, options, [[...fit.weights, fit.intercept]]);
      t.true(dualityGap >= 0, `${what}: ${dualityGap}`);
      t.true(dualityGap >= fit.objective - optimum - 1e-14 * Math.abs(optimum), `${what}: ${dualityGap}, and ${fit.objective - optimum} from the optimum`);
      t.true(Math.abs(dualityGap - twin) <= 1e-9 * twin + 1e-13, `${what}: ${dualityGap}, the twin's ${twin}`);
      t.true(dualityGap < Math.abs(optimum) * 30 * options.tolerance!, `${what}: ${dualityGap} of ${optimum}`);
      t.true(Math.abs(relativeGap - dualityGap / fitLinear(data, { ...options, l1: 1e3 }).objective) <= 1e-3 * relativeGap, what);
    }
  }
});

test("a solve that is asked for a gap ends there, in fewer steps; without penalties there is no gap", (t) => {
  for (const loss of ["logistic", "squared", "poisson"] as const) {
    const data = sparseRows(23, 900, 60, loss);
    for (const penalty of Object.values(PENALTIES)) {
      const options: FitLinearOptions = { solver: "exact", loss, ...penalty, tolerance: 1e-12 };
      const far = fitLinear(data, { ...options, gap: 1e-4 });
      const near = fitLinear(data, { ...options, gap: 1e-8 });
      t.true(far.certificate!.relativeGap <= 1e-4 && near.certificate!.relativeGap <= 1e-8);
      t.true(far.iterations <= near.iterations && near.iterations <= fitLinear(data, options).iterations + 1);
      t.true(far.objective >= near.objective - 1e-14);
    }
    t.is(fitLinear(data, { solver: "exact", loss, tolerance: 1e-6, maxIterations: 30 }).certificate!.dualityGap, Number.NaN);
  }
  const error = t.throws(() => fitLinear(sparseRows(1, 10, 3, "logistic"), { solver: "exact", l2: 1, gap: -1 }), { instanceOf: CrossbillError });
  t.is((error as CrossbillError).code, "E_TRAIN_SPEC");
});

test.serial("softmax and the heads that are solved in parts have gaps, too", async (t) => {
  const several = withClasses(problem([500, 250], [], 5, true));
  const rows = arraysOf(several);
  const F = several.inputs.features;
  for (const [name, penalty] of Object.entries(PENALTIES)) {
    for (const tolerance of [1e-2, 1e-6]) {
      const run = { train: { optimizer: { exact: { tolerance, maxIterations: 200 } } }, model: { ...penalty, head: v1.Head.SOFTMAX } };
      const outcome = await trainOn(several, run);
      const w = [0, 1, 2].map((k) => [...outcome.weights.subarray(k * F, (k + 1) * F), outcome.intercepts[k]!]);
      const { dualityGap, relativeGap } = outcome.metrics.certificate!;
      const twin = gapTwin(rows, "softmax", penalty, w);
      t.true(Math.abs(dualityGap! - twin) <= 1e-7 * twin + 1e-13, `${name}, ${tolerance}: ${dualityGap}, the twin's ${twin}`);
      t.true(dualityGap! >= 0 && relativeGap! > 0 && relativeGap! < 10 * tolerance, `${name}: ${relativeGap}`);
    }
  }
  const parts = { train: { optimizer: { exact: { tolerance: 1e-10, gap: 1e-5, maxIterations: 200 } } }, model: { l2: 1e-3, head: v1.Head.ONE_VS_REST } };
  const { certificate } = (await trainOn(several, parts)).metrics;
  t.true(certificate!.converged && certificate!.relativeGap! <= 1e-5 && certificate!.dualityGap! > 0);
});
