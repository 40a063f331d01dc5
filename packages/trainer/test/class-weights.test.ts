import { CrossbillError, v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { withTrainingRows } from "./pick-rows.js";
import { ADAGRAD, bits, FTRL, type Problem, problem, trainOn, withClasses, withVectors } from "./support.js";

const EXACT = { exact: { tolerance: 1e-12, maxIterations: 100 } };
const data = problem([400, 333], [150], 3);
const several = withClasses(data);

const weights = (given: Record<string, number>): v1.ClassWeights =>
  v1.ClassWeights.create({ weights: Object.entries(given).map(([name, weight]) => v1.ClassWeight.create({ name, weight })) });

/** The problem with the weights of training rows changed. */
function reweighted(p: Problem, change: (weight: number, label: number) => number): Problem {
  return {
    ...p,
    packs: p.packs.map((pack) => {
      const weight = new Float64Array(new SharedArrayBuffer(pack.weight.byteLength));
      weight.set(pack.weight.map((w, r) => change(w, pack.label[r]!)));
      return { ...pack, weight };
    }),
  };
}

/** Each training row as many times as `times` says of its label, one behind the other. */
function copied(p: Problem, times: (label: number) => number): Problem {
  return withTrainingRows(p, ({ label }) => Array.from(label, (y, r) => new Array<number>(times(y)).fill(r)).flat());
}

test.serial("a class of weight k is k copies of its rows, of two classes and of several (exact solver)", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(v1.Head.LOGISTIC, v1.Head.SOFTMAX, v1.Head.ONE_VS_REST, v1.Head.ONE_VS_ONE),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      async (head, first, second) => {
        const p = head === v1.Head.LOGISTIC ? data : several;
        const [a, b] = head === v1.Head.LOGISTIC ? ["negative", "positive"] : ["no", "none"];
        const labels = head === v1.Head.LOGISTIC ? [first, second] : [first, 1, second];
        const model = { head, l2: 0.01 };
        const weighted = await trainOn(p, { train: { optimizer: EXACT, classWeights: weights({ [a!]: first, [b!]: second }) }, model });
        const copies = await trainOn(
          copied(p, (y) => labels[y]!),
          { train: { optimizer: EXACT }, model },
        );
        for (const [i, w] of weighted.weights.entries()) if (Math.abs(w - copies.weights[i]!) > 1e-9) return false;
        const [c, d] = [weighted.metrics.certificate!, copies.metrics.certificate!];
        const near = (x: number, y: number): boolean => Math.abs(x - y) <= 1e-9 * Math.max(1, Math.abs(y));
        // Of several classes the sums are those of the class where they differ most, which rounding decides.
        const same = head !== v1.Head.LOGISTIC || near(c.sumLabels!, d.sumLabels!);
        return same && near(c.objective!, d.objective!) && near(c.sumPredictions!, c.sumLabels!);
      },
    ),
    { numRuns: 8 },
  );
  t.pass();
});

test.serial("online, class weights are the rows' weights multiplied, bit for bit, and the number of workers changes nothing", async (t) => {
  for (const [optimizer, head] of [
    [FTRL, v1.Head.LOGISTIC],
    [ADAGRAD, v1.Head.SOFTMAX],
    [FTRL, v1.Head.NCE],
  ] as const) {
    const p = head === v1.Head.LOGISTIC ? data : several;
    const name = head === v1.Head.LOGISTIC ? "positive" : "yes";
    const model = { head, samples: 2, sampler: v1.ModelSpec.Sampler.UNIFORM };
    const weighted = await trainOn(p, { train: { optimizer, classWeights: weights({ [name]: 3 }) }, model, options: { workers: 3 } });
    const multiplied = await trainOn(
      reweighted(p, (w, y) => (y === 1 ? 3 * w : w)),
      { train: { optimizer }, model },
    );
    t.is(bits(weighted), bits(multiplied));
    t.not(weighted.key, (await trainOn(p, { train: { optimizer }, model })).key);
  }
});

test.serial("balanced: every class has the same weight together, and the sum is what it was", async (t) => {
  for (const head of [v1.Head.LOGISTIC, v1.Head.SOFTMAX]) {
    const p = head === v1.Head.LOGISTIC ? data : several;
    const K = head === v1.Head.LOGISTIC ? 2 : 3;
    const totals = new Array<number>(K).fill(0);
    for (const pack of p.packs.slice(0, 2)) for (const [r, y] of pack.label.entries()) totals[y] = totals[y]! + pack.weight[r]!;
    const all = totals.reduce((a, b) => a + b);
    const balanced = await trainOn(p, { train: { optimizer: EXACT, classWeights: { balanced: true } }, model: { head, l2: 0.01 } });
    const multiplied = await trainOn(
      reweighted(p, (w, y) => (w * all) / (K * totals[y]!)),
      { train: { optimizer: EXACT }, model: { head, l2: 0.01 } },
    );
    for (const [i, w] of balanced.weights.entries()) t.true(Math.abs(w - multiplied.weights[i]!) < 1e-9);
    const { sumLabels, sumPredictions } = balanced.metrics.certificate!;
    t.true(Math.abs(sumLabels! - all / K) < 1e-9 * all && Math.abs(sumPredictions! - sumLabels!) < 1e-9 * all, `${sumLabels} and ${all / K}`);
  }
});

test("classes that there are not, weights that are none, and heads of numbers are refused", async (t) => {
  const refused = async (p: Problem, train: v1.TrainSpec.$Properties, head = v1.Head.LOGISTIC): Promise<string> => {
    const thrown = await t.throwsAsync(trainOn(p, { train, model: { head } }), { instanceOf: CrossbillError });
    t.is((thrown as CrossbillError).exitCode, 2);
    return thrown?.message ?? "";
  };
  t.regex(await refused(data, { classWeights: weights({ yes: 2 }) }), /no class "yes"; there are "negative", "positive"/);
  t.regex(
    await refused(several, { classWeights: weights({ maybe: 2 }), optimizer: EXACT }, v1.Head.SOFTMAX),
    /no class "maybe"; there are "no", "yes", "none"/,
  );
  t.regex(await refused(data, { classWeights: weights({ positive: 0 }) }), /above 0/);
  t.regex(await refused(data, { classWeights: { balanced: true } }, v1.Head.SQUARED), /numbers/);
  t.regex(await refused(withVectors(data, false), { classWeights: { balanced: true } }, v1.Head.MULTI_LABEL), /no single class/);
  t.regex(await refused(withVectors(data, true), { classWeights: { balanced: true }, optimizer: EXACT }, v1.Head.SOFTMAX), /no single class/);
});
