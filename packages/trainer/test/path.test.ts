import { CrossbillError, isOfClasses, v1 } from "@crossbill/messages";
import { fitLinear, fitPath, type PathOptions, type PathOutcome } from "@crossbill/trainer";
import test from "ava";
import { trainPathWith } from "../dist/train-path.js";
import { arraysOf, optionsOn, type Problem, problem, type Run, sparseRows, trainOn, withClasses } from "./support.js";

const data = problem([400, 300, 65], [200], 2, true);
const several = withClasses(data);
const F = data.inputs.features;

const path = (p: Problem, options: PathOptions, run: Run = {}): Promise<PathOutcome> => {
  const [train, seams] = optionsOn(p, { train: { optimizer: { exact: { tolerance: 1e-8, maxIterations: 200 } } }, entriesPerWorker: 1, ...run });
  return trainPathWith(train, options, seams);
};

test.serial("a path begins where every weight is 0, ends at a share of that, and every point is the optimum at its lambda", async (t) => {
  const rows = arraysOf(data);
  for (const { head, l2 } of [
    { head: v1.Head.LOGISTIC, l2: 0 },
    { head: v1.Head.SQUARED, l2: 0 },
    { head: v1.Head.LOGISTIC, l2: 1e-3 },
  ]) {
    const { points, warnings } = await path(data, { lambdas: 8, ratio: 0.05, gap: 1e-8 }, { model: { head, l2 } });
    t.deepEqual(warnings, []);
    t.is(points.length, 8);
    t.is(points[0]!.nonZero, 0);
    t.true(points[1]!.nonZero > 0 && points[7]!.nonZero > points[1]!.nonZero);
    const loss = head === v1.Head.SQUARED ? "squared" : "logistic";
    for (const [i, point] of points.entries()) {
      t.true(Math.abs(point.l1 / points[0]!.l1 - 0.05 ** (i / 7)) < 1e-12);
      t.true(point.converged && point.gap >= 0 && point.gap <= 1e-8, `${point.gap}`);
      t.true(i === 0 || (point.logLoss < points[i - 1]!.logLoss && point.objective < points[i - 1]!.objective));
      const fit = fitLinear(rows, { solver: "exact", loss, l1: point.l1, l2, tolerance: 1e-10 });
      t.true(Math.abs(point.objective - fit.objective) <= 1e-8 * points[0]!.objective, `${point.objective} and ${fit.objective}`);
      const dense = new Float64Array(F);
      point.weights.indices.forEach((f, k) => (dense[f] = point.weights.values[k]!));
      const apart = Math.max(...dense.map((w, f) => Math.abs(w - fit.weights[f]!)), Math.abs(point.intercepts[0]! - fit.intercept));
      t.true(apart < (head === v1.Head.SQUARED ? 0.01 : 0.05), `weights differ by ${apart}`);
      t.is(point.l2, l2);
      t.true(point.weights.values.every((w) => w !== 0) && point.weights.indices.length === point.nonZero);
    }
    // A little less than the first lambda, and a weight leaves 0.
    t.true(fitLinear(rows, { solver: "exact", loss, l1: 0.999 * points[0]!.l1, l2 }).weights.some((w) => w !== 0));
    t.true(fitLinear(rows, { solver: "exact", loss, l1: 1.0001 * points[0]!.l1, l2 }).weights.every((w) => w === 0));
    const last = await trainOn(data, { train: { optimizer: { exact: { tolerance: 1e-9, maxIterations: 200 } } }, model: { head, l1: points[7]!.l1, l2 } });
    t.true(Math.abs(last.metrics.validationLoss - points[7]!.validationLoss) < 1e-4, "validation loss");
  }
});

test.serial("a path has the same bits for any number of workers, and heads of several classes have paths", async (t) => {
  const bits = ({ points }: PathOutcome): string =>
    JSON.stringify(points, (_, value) => (ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value));
  for (const head of [v1.Head.LOGISTIC, v1.Head.SOFTMAX, v1.Head.ONE_VS_REST, v1.Head.ONE_VS_ONE]) {
    const of = isOfClasses(head) ? several : data;
    const one = await path(of, { lambdas: 4, ratio: 0.2 }, { model: { head } });
    t.true(one.points.every(({ gap, converged }) => converged && gap <= 1e-6));
    t.is(one.points[0]!.nonZero, 0);
    t.true(one.points[3]!.nonZero > 0 && one.points.every(({ intercepts }) => intercepts.length === (isOfClasses(head) ? 3 : 1)));
    t.is(bits(await path(of, { lambdas: 4, ratio: 0.2 }, { model: { head }, options: { workers: 3 } })), bits(one), v1.Head[head]);
  }
});

test.serial("a path that cannot be is refused; one of too few steps says so", async (t) => {
  const code = async (run: Promise<unknown>): Promise<string> => {
    const thrown = await t.throwsAsync(run, { instanceOf: CrossbillError });
    return (thrown as CrossbillError).code;
  };
  for (const options of [{ lambdas: 1 }, { lambdas: 2.5 }, { ratio: 1 }, { ratio: 0 }, { gap: 0 }]) t.is(await code(path(data, options)), "E_TRAIN_SPEC");
  t.is(await code(path(data, {}, { train: {} })), "E_TRAIN_SPEC");
  const short = await path(data, { lambdas: 3, gap: 1e-9 }, { train: { optimizer: { exact: { tolerance: 1e-8, maxIterations: 1 } } } });
  t.regex(short.warnings[0]!, /maxIterations/);
});

test("arrays have the path of packs, with an intercept or without, and rare features that stay out make no difference", async (t) => {
  const of = await path(data, { lambdas: 6, ratio: 0.1 }, { model: { l2: 1e-4 } });
  const points = fitPath(arraysOf(data), { lambdas: 6, ratio: 0.1, l2: 1e-4 });
  for (const [i, point] of points.entries()) {
    const other = of.points[i]!;
    t.true(Math.abs(point.l1 - other.l1) <= 1e-12 * other.l1 && Math.abs(point.objective - other.objective) < 2e-6 * other.objective);
    t.is(point.nonZero, other.nonZero);
  }
  for (const loss of ["logistic", "squared"] as const) {
    for (const intercept of [true, false]) {
      const rows = sparseRows(41, 900, 400, loss);
      const found = fitPath(rows, { loss, intercept, lambdas: 7, ratio: 0.02, gap: 1e-9 });
      t.is(found[0]!.nonZero, 0);
      t.true(found[6]!.nonZero > 50);
      for (const { l1, objective, gap, intercepts } of found) {
        const fit = fitLinear(rows, { solver: "exact", loss, intercept, l1, tolerance: 1e-10 });
        t.true(gap <= 1e-9 && Math.abs(objective - fit.objective) <= 1e-8 * fit.objective, `${loss}, ${l1}: ${objective} and ${fit.objective}`);
        t.true(intercept || intercepts[0] === 0);
      }
    }
  }
  const error = t.throws(() => fitPath(sparseRows(1, 10, 3, "logistic"), { ratio: 2 }), { instanceOf: CrossbillError });
  t.is((error as CrossbillError).code, "E_TRAIN_SPEC");
});
