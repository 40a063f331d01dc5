import { v1 } from "@crossbill/messages";
import { RandomStream } from "@crossbill/numerics";
import test from "ava";
import type { TrainOutcome } from "../dist/train-options.js";
import { withTrainingRows } from "./pick-rows.js";
import { type Problem, problem, trainOn, withClasses, withVectors } from "./support.js";

const L2 = 1e-3;
const random = new RandomStream(3, 7);

/** Rows whose weights are 1, 2 or 3. */
const base: Problem = (() => {
  const p = problem([130, 70], [], 5, true);
  return { ...p, packs: p.packs.map((pack) => ({ ...pack, weight: pack.weight.map(() => 1 + random.below(3)) })) };
})();
const counts: Problem = { ...base, packs: base.packs.map((pack) => ({ ...pack, label: pack.label.map((y, r) => y * (1 + (r % 3))) })) };

const CASES: Readonly<Record<string, readonly [head: v1.Head, p: Problem]>> = {
  logistic: [v1.Head.LOGISTIC, base],
  squared: [v1.Head.SQUARED, counts],
  poisson: [v1.Head.POISSON, counts],
  softmax: [v1.Head.SOFTMAX, withClasses(base)],
  "softmax over distributions": [v1.Head.SOFTMAX, withVectors(base, true)],
  oneVsRest: [v1.Head.ONE_VS_REST, withClasses(base)],
  oneVsOne: [v1.Head.ONE_VS_ONE, withClasses(base)],
  multiLabel: [v1.Head.MULTI_LABEL, withVectors(base, false)],
};

/** Each row as often as its weight says, one behind the other, with weight 1. */
function copies(p: Problem): Problem {
  const all = withTrainingRows(p, ({ weight }) => Array.from(weight, (w, r) => new Array<number>(w).fill(r)).flat());
  return { ...all, packs: all.packs.map((pack) => ({ ...pack, weight: pack.weight.map(() => 1) })) };
}

/** The rows of every pack in another order. */
function shuffled(p: Problem): Problem {
  return withTrainingRows(p, ({ label }) => {
    const order = Array.from(label.keys());
    for (let i = order.length - 1; i > 0; i--) {
      const other = random.below(i + 1);
      [order[i], order[other]] = [order[other]!, order[i]!];
    }
    return order;
  });
}

/** The objective is above the optimum by l2 |w - w*|^2 at least, and by the gap at most. */
function isWithin(one: TrainOutcome, other: TrainOutcome): boolean {
  const distance = Math.sqrt(Array.from(one.weights).reduce((sum, w, i) => sum + (w - other.weights[i]!) ** 2, 0));
  const reach = ({ metrics }: TrainOutcome): number => Math.sqrt(metrics.certificate!.dualityGap! / L2);
  return distance <= reach(one) + reach(other);
}

for (const [name, [head, p]] of Object.entries(CASES)) {
  const run = (tolerance: number): Parameters<typeof trainOn>[1] => ({
    train: { optimizer: { exact: { tolerance, maxIterations: 100 } } },
    model: { head, l2: L2 },
  });

  test.serial(`${name}: a row of weight k is k copies of it`, async (t) => {
    const [one, other] = [await trainOn(p, run(1e-12)), await trainOn(copies(p), run(1e-12))];
    const [a, b] = [one.metrics.certificate!.objective!, other.metrics.certificate!.objective!];
    t.true(Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(a)), `${a} and ${b}`);
    const error = Math.max(...one.weights.map((w, i) => Math.abs(w - other.weights[i]!)), ...one.intercepts.map((w, k) => Math.abs(w - other.intercepts[k]!)));
    t.true(error < 1e-9, `${error}`);
  });

  test.serial(`${name}: the order of the rows moves the optimum by less than its certificate`, async (t) => {
    const [one, other] = [await trainOn(p, run(1e-4)), await trainOn(shuffled(p), run(1e-4))];
    const [a, b] = [one.metrics.certificate!, other.metrics.certificate!];
    t.true(a.dualityGap! > 0 && a.dualityGap! < 1e-3 * a.objective!, `${a.dualityGap}`);
    const rounding = 1e-14 * Math.max(1, a.objective!);
    t.true(Math.abs(a.objective! - b.objective!) <= Math.max(a.dualityGap!, b.dualityGap!) + rounding, `${a.objective} and ${b.objective}`);
    t.true(isWithin(one, other));
  });

  test.serial(`${name}: the optimum from another start is the same within the certificates, and is reached in fewer steps`, async (t) => {
    const near = await trainOn(p, { ...run(0.1), model: { head, l2: 2 * L2 } });
    const cold = await trainOn(p, run(1e-6));
    const warm = await trainOn(p, {
      ...run(1e-6),
      options: { initial: { weights: Float64Array.from(near.weights), intercepts: near.intercepts, sha256: near.key } },
    });
    const [a, b] = [cold.metrics.certificate!, warm.metrics.certificate!];
    t.true(a.converged === true && b.converged === true && warm.metrics.steps <= cold.metrics.steps, `${warm.metrics.steps} and ${cold.metrics.steps} steps`);
    t.true(
      Math.abs(a.objective! - b.objective!) <= Math.max(a.dualityGap!, b.dualityGap!) + 1e-14 * Math.max(1, a.objective!),
      `${a.objective} and ${b.objective}`,
    );
    t.true(isWithin(cold, warm));
  });
}
