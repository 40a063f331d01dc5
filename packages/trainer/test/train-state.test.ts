import test from "ava";
import fc from "fast-check";
import { addBlock, addEvaluation, initialState, type StoppingRules, type TrainState } from "../dist/loop/train-state.js";

const RULES: StoppingRules = { blocksPerEpoch: 4, steps: 1000, rises: false, keepLast: false, earlyStopping: null };

/** Trains one block a value, evaluates after each, and ends where the rules say so; the steps that were kept. */
function follow(values: readonly number[], rules: Partial<StoppingRules>): { state: TrainState; kept: number[] } {
  const state = initialState();
  const all = { ...RULES, steps: values.length, ...rules };
  const kept: number[] = [];
  for (const metric of values) {
    addBlock(state, { loss: 1, weight: 2 }, all.blocksPerEpoch);
    if (addEvaluation(state, { validationLoss: 10 + metric, metric, nonZero: 3, gradientNorm: 0.01, observedLoss: 0.4 }, all)) kept.push(state.step);
    if (state.stoppedEarly) break;
  }
  return { state, kept };
}

test("the kept step is the one of the smallest loss, or of the largest metric that rises; of equal ones the first", (t) => {
  const values = [0.5, 0.4, 0.6, 0.4, 0.6];
  const falls = follow(values, {});
  t.deepEqual(falls.kept, [1, 2]);
  t.like(falls.state, { bestStep: 2, bestMetric: 0.4, bestLoss: 10.4, bestSeen: 4, stoppedEarly: false });
  const rises = follow(values, { rises: true });
  t.deepEqual(rises.kept, [1, 3]);
  t.like(rises.state, { bestStep: 3, bestMetric: 0.6, bestSeen: 6 });
});

test("patience counts evaluations in a row that do not beat the last one that counted by more than the minimum gain", (t) => {
  const values = [1, 0.95, 0.85, 0.8, 0.79, 0.78, 0.77, 0];
  const { state } = follow(values, { earlyStopping: { patience: 3, minimumGain: 0.1 } });
  // 0.95 is no gain of more than 0.1; 0.85 is one over 1; then 0.8, 0.79 and 0.78 are none over 0.85.
  t.like(state, { step: 6, stoppedEarly: true, referenceMetric: 0.85, badEvaluations: 3, bestStep: 6, bestMetric: 0.78 });
  t.is(follow(values, { earlyStopping: { patience: 4, minimumGain: 0.1 } }).state.step, 7);
  t.is(follow(values, { earlyStopping: { patience: 5, minimumGain: 0.1 } }).state.stoppedEarly, false, "the last step is no early stop");
  t.is(follow([1, 1, 1], { earlyStopping: { patience: 0, minimumGain: 0 } }).state.step, 2, "a patience of 0 is one of 1");
});

test("a metric that rises is awaited upwards", (t) => {
  const { state } = follow([0.5, 0.6, 0.6, 0.59, 0.9], { rises: true, earlyStopping: { patience: 2, minimumGain: 0 } });
  t.like(state, { step: 4, stoppedEarly: true, bestStep: 2, referenceMetric: 0.6 });
  t.is(follow([-0.3, -0.2, -0.1], { rises: true, earlyStopping: { patience: 1, minimumGain: 0.05 } }).state.bestStep, 3);
});

test("the last step is kept without validation rows, and where it is asked for", (t) => {
  t.deepEqual(follow([NaN, NaN, NaN], { earlyStopping: { patience: 1, minimumGain: 0 } }).kept, [3]);
  const { state, kept } = follow([0.3, 0.2, 0.4], { keepLast: true });
  t.deepEqual(kept, [3]);
  t.like(state, { bestStep: 3, bestMetric: 0.4, bestLoss: 10.4 });
});

test("the curve holds every evaluation, with the progressive loss since the one before", (t) => {
  const { state } = follow([0.3, 0.2], {});
  t.deepEqual(state.curve, [
    { step: 1, epoch: 0.25, progressiveLoss: 0.5, validationLoss: 10.3, metric: 0.3, nonZero: 3, gradientNorm: 0.01, observedLoss: 0.4 },
    { step: 2, epoch: 0.5, progressiveLoss: 0.5, validationLoss: 10.2, metric: 0.2, nonZero: 3, gradientNorm: 0.01, observedLoss: 0.4 },
  ]);
});

test("the first pass is measured in up to 64 windows of as many blocks, each before it is learned; later passes leave no trace", (t) => {
  for (const blocks of [1, 5, 64, 65, 200, 1000]) {
    const state = initialState();
    for (let step = 0; step < 2 * blocks + 1; step++) addBlock(state, { loss: 3 * (step + 1), weight: step % 2 === 0 ? 1 : 3 }, blocks);
    const points = state.progressive;
    t.is(points.length, Math.min(64, blocks));
    t.is(points.at(-1)!.step, blocks);
    const lengths = points.map(({ step }, i) => step! - (points[i - 1]?.step ?? 0));
    t.true(Math.max(...lengths) - Math.min(...lengths) <= 1, `${blocks} blocks`);
    let loss = 0;
    let weight = 0;
    for (const [i, point] of points.entries()) {
      const [before, sum] = [weight, loss];
      for (let step = points[i - 1]?.step ?? 0; step < point.step!; step++) {
        loss += 3 * (step + 1);
        weight += step % 2 === 0 ? 1 : 3;
      }
      t.deepEqual(point, { step: point.step!, weight, loss: loss / weight, windowLoss: (loss - sum) / (weight - before) });
    }
  }
});

const value = fc.integer({ min: -50, max: 50 }).map((n) => n / 8);
const rule = fc.record({
  rises: fc.boolean(),
  patience: fc.integer({ min: 0, max: 4 }),
  minimumGain: fc.integer({ min: 0, max: 12 }).map((n) => n / 8),
  stops: fc.boolean(),
});

test("whatever the curve: the kept step is the first of the best of it, and training stops at the first evaluation that ends `patience` bad ones", (t) => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 30 }), rule, (values, { rises, patience, minimumGain, stops }) => {
      const { state } = follow(values, { rises, earlyStopping: stops ? { patience, minimumGain } : null });
      const signed = values.map((v) => (rises ? -v : v));
      const done = stops ? stopsAt(signed, Math.max(1, patience), minimumGain) : values.length;
      const seen = signed.slice(0, done);
      t.is(state.step, done);
      t.is(state.bestStep, 1 + seen.indexOf(Math.min(...seen)));
      t.is(state.stoppedEarly, done < values.length);
    }),
  );
});

/** The steps done, found by looking at all evaluations again after each. */
function stopsAt(losses: readonly number[], patience: number, gain: number): number {
  for (let n = 1; n < losses.length; n++) {
    let reference = 0;
    for (let i = 1; i < n; i++) if (losses[i]! < losses[reference]! - gain) reference = i;
    if (n - 1 - reference >= patience) return n;
  }
  return losses.length;
}
