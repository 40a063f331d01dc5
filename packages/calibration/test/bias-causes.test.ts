import { type BiasCause, type BiasEvidence, biasCauses, biasInterval, calibrationSlope, predictionBias, type SliceBias } from "@crossbill/calibration";
import { normalCdf, RandomStream } from "@crossbill/numerics";
import test from "ava";

const logistic = (z: number): number => 1 / (1 + Math.exp(-z));
const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;

/** Rows of one world: a number x, a group that doubles or halves the odds, a label. */
interface World {
  readonly x: number[];
  readonly group: string[];
  readonly y: number[];
}
function world(random: RandomStream, n: number, shift = 0): World {
  const x = Array.from({ length: n }, () => random.normal());
  const group = x.map(() => "abcd"[random.below(4)]!);
  const y = x.map((value, i) => (random.uniform() < logistic(truth(value, group[i]!) + shift) ? 1 : 0));
  return { x, group, y };
}
const truth = (x: number, group: string): number => -1.5 + 1.2 * x + (group === "a" ? 0.9 : group === "b" ? -0.9 : 0);

/** What an evaluation would know: everything from rows. */
function evidence({ y, group }: World, p: readonly number[], more: Partial<BiasEvidence> = {}): BiasEvidence {
  const overall = (labels: readonly number[], predictions: readonly number[]): BiasEvidence["bias"] => ({
    ...predictionBias(labels, predictions),
    standardError: biasInterval(labels, predictions).standardError,
  });
  const slices = ["a", "b", "c", "d"].map((value): SliceBias => {
    const own = y.map((_, i) => i).filter((i) => group[i] === value);
    const { difference, standardError, meanLabel } = overall(
      own.map((i) => y[i]!),
      own.map((i) => p[i]!),
    );
    return { slice: { group: value }, rows: own.length, meanLabel, difference, pValue: 2 * normalCdf(-Math.abs(difference / standardError)) };
  });
  const { value, standardError } = calibrationSlope(y, p).slope;
  return { bias: overall(y, p), slope: { value, standardError }, slices, penalties: { l1: 0, l2: 1e-6 }, ...more };
}
const rates = (training: number, test: number): NonNullable<BiasEvidence["rates"]> => ({
  training: { rate: training, draws: 20_000 },
  test: { rate: test, draws: 5000 },
});
const codes = (causes: readonly BiasCause[]): string[] => causes.map(({ code }) => code);

/** How many of 20 worlds have this code first. */
function first(code: string, of: (random: RandomStream) => BiasEvidence): number {
  let count = 0;
  for (let trial = 0; trial < 20; trial++) if (biasCauses(of(new RandomStream(99, trial)))[0]?.code === code) count++;
  return count;
}

test("a calibrated model has no cause: at most a few false alarms in 200 worlds", (t) => {
  const alarms: string[] = [];
  for (let trial = 0; trial < 200; trial++) {
    const random = new RandomStream(98, trial);
    const rows = world(random, 2000);
    const p = rows.x.map((x, i) => logistic(truth(x, rows.group[i]!)));
    const sample = mean(world(random, 2000).y);
    alarms.push(
      ...codes(biasCauses(evidence(rows, p, { auc: 0.8, rates: { training: { rate: sample, draws: 2000 }, test: { rate: mean(rows.y), draws: 2000 } } }))),
    );
  }
  // The tests of bias, slope and slices are at 1 % each.
  t.true(alarms.length <= 10, `${alarms.length}: ${alarms.join(" ")}`);
});

test("MISSING_FEATURE: slices are biased, the whole is not", (t) => {
  const of = (random: RandomStream): BiasEvidence => {
    const rows = world(random, 5000);
    // The best prediction without the group, for each x: the mean over the groups.
    const p = rows.x.map((x) => mean(["a", "b", "c", "d"].map((group) => logistic(truth(x, group)))));
    return evidence(rows, p);
  };
  t.true(first("MISSING_FEATURE", of) >= 19);
  const [cause] = biasCauses(of(new RandomStream(1)));
  t.deepEqual(cause!.fields, ["group"]);
  t.regex(cause!.message, /2 slices are biased, the rows together are not \(group = [ab]: .* predicted, .* observed/);
  t.true(cause!.value > 0.05);
  // A slice that a search found is enough.
  const { slices, ...others } = of(new RandomStream(2));
  t.deepEqual(codes(biasCauses({ ...others, found: [{ slice: { site: null }, rows: 900, meanLabel: 0.2, difference: -0.05, pValue: 1e-4 }] })), [
    "MISSING_FEATURE",
  ]);
  t.true(slices!.length === 4);
});

test("BIASED_SAMPLE: the rate of positives of the training rows is another one, and the bias follows it", (t) => {
  const of = (random: RandomStream): BiasEvidence => {
    const training = world(random, 5000, 0.8);
    const rows = world(random, 5000);
    const p = rows.x.map((x, i) => logistic(truth(x, rows.group[i]!) + 0.8));
    return evidence(rows, p, { rates: rates(mean(training.y), mean(rows.y)) });
  };
  t.true(first("BIASED_SAMPLE", of) >= 19);
  const { rates: given, ...others } = of(new RandomStream(3));
  // A difference in the other direction is not the cause.
  t.false(codes(biasCauses({ ...others, rates: { training: given!.test, test: given!.training } })).includes("BIASED_SAMPLE"));
});

test("BIASED_SAMPLE: a known rate tells what a test part that was sampled alike does not", (t) => {
  const rows = world(new RandomStream(4), 4000);
  const p = rows.x.map((x, i) => logistic(truth(x, rows.group[i]!)));
  const rate = mean(rows.y);
  t.deepEqual(codes(biasCauses(evidence(rows, p, { rates: rates(rate, rate) }))), []);
  const [cause] = biasCauses(evidence(rows, p, { rates: rates(rate, rate), knownRate: 0.02 }));
  t.is(cause!.code, "BIASED_SAMPLE");
  t.regex(cause!.message, /known to be 2\.00 %/);
  t.is(cause!.value, rate - 0.02);
  t.deepEqual(codes(biasCauses(evidence(rows, p, { rates: rates(rate, rate), knownRate: rate }))), []);
});

test("OVER_REGULARIZED: predictions drawn together, with penalties", (t) => {
  const shrunk =
    (more: Partial<BiasEvidence>) =>
    (random: RandomStream): BiasEvidence => {
      const rows = world(random, 5000);
      const logits = rows.x.map((x, i) => truth(x, rows.group[i]!));
      const rate = mean(logits.map(logistic));
      // Half the spread, and an intercept that keeps the sum, as the free intercept of a penalised training does.
      let [low, high] = [-5, 5];
      for (let step = 0; step < 50; step++) {
        const middle = (low + high) / 2;
        if (mean(logits.map((z) => logistic(0.6 * z + middle))) < rate) low = middle;
        else high = middle;
      }
      return evidence(
        rows,
        logits.map((z) => logistic(0.6 * z + low)),
        more,
      );
    };
  const path = [0.001, 0.01, 0.1].map((penalty, i) => ({ penalty, slope: 1 + 0.3 * i }));
  t.true(first("OVER_REGULARIZED", shrunk({ penalties: { l1: 0, l2: 0.1 } })) >= 19);
  const [cause] = biasCauses(shrunk({ penalties: { l1: 0, l2: 0.1 }, path })(new RandomStream(5)));
  t.regex(cause!.message, /calibration slope is 1\.\d+.*l2 = 0\.1; smaller ones bring it down/);
  t.true(cause!.value > 1.3);
  t.is(first("OVER_REGULARIZED", shrunk({ penalties: { l1: 0, l2: 0 } })), 0);
});

test("BROKEN_PIPELINE: a column is filled otherwise than in training", (t) => {
  const of = (random: RandomStream): BiasEvidence => {
    const rows = world(random, 5000);
    // In three of ten rows x did not arrive, and was read as 3.
    const missing = rows.x.map(() => random.uniform() < 0.3);
    const p = rows.x.map((x, i) => logistic(truth(missing[i] ? 3 : x, rows.group[i]!)));
    const share = mean(missing.map(Number));
    return evidence(rows, p, {
      shifts: [{ column: "x", message: `"x" is missing in ${share} of the test rows, in 0 of the training rows`, value: share, limit: 0.05 }],
    });
  };
  t.true(first("BROKEN_PIPELINE", of) >= 19);
  const [cause] = biasCauses(of(new RandomStream(6)));
  t.deepEqual(cause!.fields, ["x"]);
  t.true(cause!.value > 4);
  t.regex(cause!.message, /"x" is missing in 0\.\d+ of the test rows.*filled now as it was for training\?/);
  // A shift without a bias is none of bias.
  const rows = world(new RandomStream(7), 3000);
  const p = rows.x.map((x, i) => logistic(truth(x, rows.group[i]!)));
  t.deepEqual(biasCauses(evidence(rows, p, { shifts: [{ column: "x", message: "moved", value: 3, limit: 1 }] })), []);
});

test("LEAKED_LABEL: a column that alone orders the rows, also the wrong way round, also without a bias", (t) => {
  const rows = world(new RandomStream(8), 3000);
  const p = rows.y.map((y) => (y === 1 ? 0.999 : 0.001 / 2));
  for (const auc of [0.999, 0.001]) {
    const [cause] = biasCauses({
      ...evidence(rows, p),
      auc: 0.9995,
      columns: [
        { column: "x", auc: 0.8 },
        { column: "refund", auc },
      ],
    });
    t.is(cause!.code, "LEAKED_LABEL");
    t.deepEqual(cause!.fields, ["refund"]);
    t.regex(cause!.message, /"refund" alone has an AUC of 0\.9990, the model 0\.9995/);
  }
  t.deepEqual(
    codes(biasCauses({ bias: { meanPrediction: 0.3, meanLabel: 0.3, difference: 0, standardError: 0.01 }, columns: [{ column: "x", auc: 0.9 }] })),
    [],
  );
});

test("differences that are beyond chance but no concern are not told", (t) => {
  const bias = { meanPrediction: 0.2001, meanLabel: 0.2, difference: 0.0001, standardError: 1e-6 };
  const slice = { slice: { group: "a" }, rows: 1e7, meanLabel: 0.2, difference: 0.005, pValue: 0 };
  t.deepEqual(biasCauses({ bias, slope: { value: 1.02, standardError: 1e-4 }, penalties: { l1: 1, l2: 1 }, slices: [slice] }), []);
  t.deepEqual(codes(biasCauses({ bias, slices: [{ ...slice, difference: 0.05 }] })), ["MISSING_FEATURE"]);
  t.deepEqual(biasCauses({ bias: { meanPrediction: Number.NaN, meanLabel: Number.NaN, difference: Number.NaN, standardError: Number.NaN } }), []);
});
