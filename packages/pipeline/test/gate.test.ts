import { v1 } from "@crossbill/messages";
import { RandomStream } from "@crossbill/numerics";
import test from "ava";
import { decideGate } from "../dist/gate.js";

const limits = { maxLogLossIncrease: 0, maxBias: 0.02, minSliceRows: 500, falseBlocksPerYear: 2 };

const bias = (difference: number, standardError = 0.001): v1.Bias =>
  v1.Bias.create({
    meanPrediction: 0.1 + difference,
    meanLabel: 0.1,
    difference,
    ratio: (0.1 + difference) / 0.1,
    low: difference - 2 * standardError,
    high: difference + 2 * standardError,
    standardError,
  }) as v1.Bias;

const evaluation = (more: v1.Evaluation.$Properties = {}): v1.Evaluation =>
  v1.Evaluation.create({ rows: 10_000, logLoss: 0.3, auc: 0.7, bias: bias(0), ...more }) as v1.Evaluation;

const paired = (difference: number, standardError: number, rows = 10_000, biasNew = 0): v1.PairedDifference =>
  v1.PairedDifference.create({
    rows,
    lossNew: 0.3 + difference,
    lossCurrent: 0.3,
    difference,
    standardError,
    biasNew: bias(biasNew),
    biasCurrent: bias(0),
  }) as v1.PairedDifference;

const comparison = (overall: v1.PairedDifference, slices: v1.PairedDifference[] = [], smallSlices = 0): v1.Comparison =>
  v1.Comparison.create({
    overall,
    slices: slices.map((difference, i) => v1.SliceComparison.create({ slice: [v1.SliceKey.create({ field: "country", value: `c${i}` })], difference })),
    smallSlices,
  }) as v1.Comparison;

test("the first model is accepted when it is not biased, and says that there was nothing to compare with", (t) => {
  const decision = decideGate(evaluation(), null, limits);
  t.true(decision.accepted);
  t.regex(decision.reasons.join(), /no current model/);
  t.false(decideGate(evaluation({ bias: bias(0.03) }), null, limits).accepted, "30% of bias, with a standard error of 1%");
  t.true(decideGate(evaluation({ bias: bias(0.03, 0.02) }), null, limits).accepted, "the same bias, which chance explains");
});

test("counts are compared by deviance, and their bias is relative to the mean label", (t) => {
  const counts = { head: v1.Head.POISSON, logLoss: Number.NaN, auc: Number.NaN, deviance: 0.3, rmse: 2 };
  const decision = decideGate(evaluation(counts), comparison(paired(0, 0.001)), limits);
  t.true(decision.accepted);
  t.deepEqual(
    decision.limits.map(({ name }) => name),
    ["deviance, relative increase", "bias, relative, beyond the current model's"],
  );
  t.false(decideGate(evaluation({ ...counts, bias: bias(0.03) }), null, limits).accepted, "30% of the mean label");
  t.false(decideGate(evaluation(counts), comparison(paired(0.05, 0.001)), limits).accepted);
  t.regex(decideGate(evaluation({ ...counts, deviance: Number.NaN }), null, limits).reasons.join(), /deviance.*E_GATE_UNDEFINED/);
});

test("of several classes the log-loss alone is tested, and nothing without a current model", (t) => {
  const none = { auc: Number.NaN, bias: bias(Number.NaN), head: v1.Head.SOFTMAX };
  const first = decideGate(evaluation(none), null, limits);
  t.true(first.accepted);
  t.regex(first.reasons.join(), /nothing was tested/);
  const better = comparison(paired(-0.01, 0.001, 10_000, Number.NaN), [paired(0, 0.001, 1000, Number.NaN)]);
  t.true(decideGate(evaluation(none), better, limits).accepted);
  t.deepEqual(
    decideGate(evaluation(none), better, limits).limits.map(({ name }) => name),
    ["log-loss, relative increase", "log-loss of country=c0, relative increase"],
  );
  t.false(decideGate(evaluation(none), comparison(paired(0.05, 0.001)), limits).accepted);
  t.regex(decideGate(evaluation({ ...none, logLoss: Number.NaN }), null, limits).reasons.join(), /E_GATE_UNDEFINED/);
});

test("what cannot be measured is rejected with its reason", (t) => {
  for (const [more, code] of [
    [{ rows: 0 }, "E_GATE_NO_ROWS"],
    [{ auc: Number.NaN }, "E_GATE_ONE_CLASS"],
    [{ logLoss: Number.NaN }, "E_GATE_UNDEFINED"],
  ] as const) {
    const decision = decideGate(evaluation(more), null, limits);
    t.false(decision.accepted);
    t.true(decision.reasons.join().includes(code));
  }
});

test("a loss that rose beyond the limit and beyond chance is rejected, one within chance is not", (t) => {
  t.false(decideGate(evaluation(), comparison(paired(0.01, 0.001)), limits).accepted);
  t.true(decideGate(evaluation(), comparison(paired(0.01, 0.01)), limits).accepted);
  t.true(decideGate(evaluation(), comparison(paired(0.01, 0.001)), { ...limits, maxLogLossIncrease: 0.05 }).accepted, "3% of increase, 5% allowed");
  t.true(decideGate(evaluation(), comparison(paired(-0.01, 0.001)), limits).accepted, "better is never rejected");
});

test("a slice is tested like the whole when it has enough rows; smaller ones are named", (t) => {
  const bad = paired(0.05, 0.005, 600);
  const decision = decideGate(evaluation(), comparison(paired(0, 0.001), [bad]), limits);
  t.false(decision.accepted);
  t.regex(decision.reasons.join(), /country=c0/);
  t.true(decideGate(evaluation(), comparison(paired(0, 0.001), [paired(0.05, 0.005, 400)]), limits).accepted);
  t.regex(decideGate(evaluation(), comparison(paired(0, 0.001), [], 7), limits).reasons.join(), /7 slices/);
});

test("bias counts beyond the current model's", (t) => {
  const known = paired(0, 0.001, 10_000, 0.03);
  known.biasCurrent = bias(0.03);
  t.true(decideGate(evaluation({ bias: bias(0.03) }), comparison(known), limits).accepted);
  t.false(decideGate(evaluation({ bias: bias(0.03) }), comparison(paired(0, 0.001, 10_000, 0.03)), limits).accepted);
});

test("equal models are blocked by chance about as often as allowed, however many slices are tested; a real regression nearly always", (t) => {
  const random = new RandomStream(5, 1);
  const years = 40;
  let blocked = 0;
  let caught = 0;
  for (let night = 0; night < 365 * years; night++) {
    const draw = (rows: number): v1.PairedDifference => paired(0.001 * random.normal(), 0.001, rows);
    const slices = Array.from({ length: 10 }, () => draw(1000));
    if (!decideGate(evaluation(), comparison(draw(10_000), slices), limits).accepted) blocked++;
    if (night < 1000 && !decideGate(evaluation(), comparison(paired(0.006 + 0.001 * random.normal(), 0.001), slices), limits).accepted) caught++;
  }
  t.true(blocked / years <= 2, `${blocked / years} a year`);
  t.true(blocked / years >= 0.4, `${blocked / years} a year: the gate is deaf`);
  t.true(caught >= 950, `${caught} of 1000 planted regressions`);
});
