import {
  aucInterval,
  averagePrecision,
  chooseThreshold,
  compareAuc,
  confusionAt,
  detCurve,
  gainCurve,
  liftCurve,
  partialRocAuc,
  precisionRecallCurve,
  precisionRecallGainArea,
  precisionRecallGainCurve,
  RankingAccumulator,
  rocAuc,
  rocCurve,
} from "@crossbill/auc";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { averagePrecisionTwin, confusionTwin, partialRocAucTwin, precisionRecallGainAreaTwin, rocAucTwin } from "./twins.js";

type Rows = { labels: number[]; scores: number[]; weights: number[] };
type Numbers = readonly number[];

/** Every metric of the package, once: its numbers, its slow twin where there is one, and whether empty input makes every number NaN. */
const METRICS: Readonly<
  Record<
    string,
    {
      of: (y: Numbers, s: Numbers, w?: Numbers) => Numbers;
      twin?: (y: Numbers, s: Numbers, w?: Numbers) => Numbers;
      tolerance?: number;
      empty: "NaN" | "other";
    }
  >
> = {
  rocAuc: { of: (y, s, w) => [rocAuc(y, s, w)], twin: (y, s, w) => [rocAucTwin(y, s, w)], empty: "NaN" },
  averagePrecision: { of: (y, s, w) => [averagePrecision(y, s, w)], twin: (y, s, w) => [averagePrecisionTwin(y, s, w)], empty: "NaN" },
  rocCurve: {
    of: (y, s, w) => {
      const c = rocCurve(y, s, w);
      return [...c.falsePositiveRate, ...c.truePositiveRate, ...c.thresholds];
    },
    empty: "other",
  },
  precisionRecallCurve: {
    of: (y, s, w) => {
      const c = precisionRecallCurve(y, s, w);
      return [...c.precision, ...c.recall, ...c.thresholds];
    },
    empty: "other",
  },
  confusionAt: {
    of: (y, s, w) => {
      const c = confusionAt(y, s, 0.25, w);
      return [c.truePositives, c.falsePositives, c.trueNegatives, c.falseNegatives, c.accuracy, c.precision, c.recall, c.specificity, c.f1];
    },
    twin: (y, s, w) => confusionTwin(y, s, 0.25, w),
    empty: "other",
  },
  gainCurve: { of: (y, s, w) => Object.values(gainCurve(y, s, w)).flatMap((x: Float64Array) => [...x]), empty: "other" },
  liftCurve: { of: (y, s, w) => Object.values(liftCurve(y, s, w)).flatMap((x: Float64Array) => [...x]), empty: "NaN" },
  detCurve: { of: (y, s, w) => Object.values(detCurve(y, s, w, { axes: "probit" })).flatMap((x: Float64Array) => [...x]), empty: "other" },
  precisionRecallGainCurve: { of: (y, s, w) => Object.values(precisionRecallGainCurve(y, s, w)).flatMap((x: Float64Array) => [...x]), empty: "NaN" },
  precisionRecallGainArea: {
    of: (y, s, w) => [precisionRecallGainArea(y, s, w)],
    twin: (y, s, w) => [precisionRecallGainAreaTwin(y, s, w)],
    tolerance: 1e-9,
    empty: "NaN",
  },
  partialRocAuc: {
    of: (y, s, w) => Object.values(partialRocAuc(y, s, w, { maxFalsePositiveRate: 0.3 })),
    twin: (y, s, w) => {
      const area = partialRocAucTwin(y, s, 0.3, w);
      return [area, (1 + (area - 0.045) / (0.3 - 0.045)) / 2];
    },
    empty: "NaN",
  },
  chooseThresholdCost: {
    of: (y, s, w) =>
      Object.values(chooseThreshold(y, s, { minimize: "cost", costs: { falsePositive: 1, falseNegative: 2.5, truePositive: -0.25 } }, w)).filter(
        (x) => typeof x === "number",
      ),
    empty: "NaN",
  },
  chooseThresholdRate: { of: (y, s, w) => [chooseThreshold(y, s, { positiveRate: 0.3 }, w).threshold], empty: "NaN" },
  chooseThresholdF1: { of: (y, s, w) => [chooseThreshold(y, s, "f1", w).threshold, chooseThreshold(y, s, "f1", w).value], empty: "NaN" },
  chooseThresholdYouden: { of: (y, s, w) => [chooseThreshold(y, s, { maximize: "youden" }, w).threshold], empty: "NaN" },
  aucInterval: { of: (y, s, w) => Object.values(aucInterval(y, s, w, { weightKind: "frequency" })), empty: "NaN" },
  compareAuc: {
    of: (y, s, w) =>
      Object.values(
        compareAuc(
          y,
          s,
          s.map((x) => Math.abs(x)),
          w,
          { weightKind: "frequency" },
        ),
      ),
    empty: "NaN",
  },
  RankingAccumulator: { of: (y, s, w) => accumulated([[y, s, w]]), empty: "other" },
};

function accumulated(parts: readonly (readonly [Numbers, Numbers, Numbers | undefined])[], capacity = 2 ** 22): number[] {
  const [first, ...others] = parts.map(([y, s, w]) => {
    const a = new RankingAccumulator({ capacity });
    a.update(y, s, w);
    return RankingAccumulator.fromMessage(decodeMessage(v1.RankingAccumulator, encodeMessage(v1.RankingAccumulator, a.toMessage()), "part"));
  });
  for (const other of others) first!.merge(other);
  return Object.entries(first!.value()).flatMap(([name, x]) => (name === "rows" ? [] : [x as number]));
}

const score = fc.oneof(
  fc.integer({ min: -3, max: 6 }).map((k) => k / 8),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 5e-324, Infinity, -Infinity),
);
const rowsOf = (weight: fc.Arbitrary<number>, maxLength = 40): fc.Arbitrary<Rows> =>
  fc.array(fc.tuple(fc.constantFrom(0, 1), score, weight), { maxLength }).map((rows) => ({
    labels: rows.map((r) => r[0]),
    scores: rows.map((r) => r[1]),
    weights: rows.map((r) => r[2]),
  }));
const integerWeight = fc.integer({ min: 0, max: 4 });
const realWeight = fc.oneof(fc.double({ min: 0, max: 10, noNaN: true }), fc.constantFrom(0, 0.1, 0.2, 0.3, 1e-12, 1e12, 2 ** 26, 2 ** 40 + 0.5));
const bits = (xs: Numbers): string => xs.map((x) => (Object.is(x, -0) ? "-0" : String(x))).join(" ");
const shuffled = (rows: Rows, seed: number): Rows => {
  const order = rows.labels.map((_, i) => i).sort((a, b) => (((a + 1) * seed) % 1009) - (((b + 1) * seed) % 1009) || a - b);
  return { labels: order.map((i) => rows.labels[i]!), scores: order.map((i) => rows.scores[i]!), weights: order.map((i) => rows.weights[i]!) };
};

for (const [name, metric] of Object.entries(METRICS)) {
  test(`${name}: an example of weight k is k copies of it, bit for bit`, (t) => {
    fc.assert(
      fc.property(rowsOf(integerWeight), ({ labels, scores, weights }) => {
        const copies = weights.flatMap((w, i) => Array<number>(w).fill(i));
        t.is(
          bits(metric.of(labels, scores, weights)),
          bits(
            metric.of(
              copies.map((i) => labels[i]!),
              copies.map((i) => scores[i]!),
            ),
          ),
        );
      }),
      { numRuns: 60 },
    );
  });

  test(`${name}: the order of the rows leaves no trace in the bits`, (t) => {
    fc.assert(
      fc.property(rowsOf(realWeight), fc.integer({ min: 1, max: 1008 }), (rows, seed) => {
        const other = shuffled(rows, seed);
        t.is(bits(metric.of(rows.labels, rows.scores, rows.weights)), bits(metric.of(other.labels, other.scores, other.weights)));
      }),
      { numRuns: 60 },
    );
  });

  test(`${name}: empty input and wrong input are said to be so`, (t) => {
    const empty = metric.of([], []);
    if (metric.empty === "NaN")
      t.true(
        empty.every((x) => Number.isNaN(x)),
        bits(empty),
      );
    const code = (f: () => unknown): string | undefined => t.throws(f, { instanceOf: CrossbillError })?.code;
    t.is(
      code(() => metric.of([0, 2], [0.1, 0.2])),
      "E_LABEL_RANGE",
    );
    t.is(
      code(() => metric.of([0, Number.NaN], [0.1, 0.2])),
      "E_LABEL_RANGE",
    );
    t.is(
      code(() => metric.of([0, 1], [0.1, Number.NaN])),
      "E_SCORE_RANGE",
    );
    t.is(
      code(() => metric.of([0, 1], [0.1])),
      "E_LENGTH_MISMATCH",
    );
    t.is(
      code(() => metric.of([0, 1], [0.1, 0.2], [1])),
      "E_LENGTH_MISMATCH",
    );
    for (const w of [-1, Number.NaN, Infinity])
      t.is(
        code(() => metric.of([0, 1], [0.1, 0.2], [1, w])),
        "E_WEIGHT_RANGE",
      );
  });

  const { twin } = metric;
  if (twin !== undefined)
    test(`${name}: equals its definition, counted pair by pair`, (t) => {
      fc.assert(
        fc.property(rowsOf(realWeight.filter((w) => w === 0 || (w > 1e-3 && w < 1e3))), ({ labels, scores, weights }) => {
          for (const w of [weights, undefined]) {
            const got = metric.of(labels, scores, w);
            const want = twin(labels, scores, w);
            for (const [k, x] of want.entries())
              t.true(
                Number.isNaN(x) ? Number.isNaN(got[k]) : Math.abs(got[k]! - x) <= (metric.tolerance ?? 1e-12) * Math.max(1, Math.abs(x)),
                `${name}[${k}]: got ${got[k]}, want ${x}`,
              );
          }
        }),
        { numRuns: 60 },
      );
    });
}

test("a merge in any order and grouping gives the bits of the whole, beyond the capacity too", (t) => {
  fc.assert(
    fc.property(
      rowsOf(realWeight),
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 0, max: 40 }),
      fc.constantFrom(1, 3, 8, 2 ** 22),
      (rows, i, j, capacity) => {
        const cuts = [0, Math.min(i, j, rows.labels.length), Math.min(Math.max(i, j), rows.labels.length), rows.labels.length];
        const parts = [0, 1, 2].map(
          (k) => [rows.labels, rows.scores, rows.weights].map((column) => column.slice(cuts[k], cuts[k + 1])) as [number[], number[], number[]],
        );
        const whole = bits(accumulated([[rows.labels, rows.scores, rows.weights]], capacity));
        const [a, b, c] = parts as [(typeof parts)[0], (typeof parts)[0], (typeof parts)[0]];
        t.is(bits(accumulated([a, b, c], capacity)), whole);
        t.is(bits(accumulated([c, a, b], capacity)), whole);
      },
    ),
    { numRuns: 150 },
  );
});

/** What compares the classes has no value where one of them has no weight. */
const OF_BOTH_CLASSES = [
  "rocAuc",
  "aucInterval",
  "compareAuc",
  "partialRocAuc",
  "precisionRecallGainCurve",
  "precisionRecallGainArea",
  "chooseThresholdYouden",
];
for (const name of OF_BOTH_CLASSES)
  test(`${name}: one class alone gives NaN`, (t) => {
    for (const [y, w] of [
      [[1, 1, 1], undefined],
      [[0, 0, 0], undefined],
      [
        [1, 0, 1],
        [1, 0, 2],
      ],
    ] as const) {
      const numbers = METRICS[name]!.of([...y], [0.1, 0.2, 0.3], w === undefined ? undefined : [...w]);
      t.true(
        numbers.every((x) => Number.isNaN(x)),
        bits(numbers),
      );
    }
  });

test("an AUC stays within [0, 1], whatever the weights", (t) => {
  t.is(rocAuc([0, 1], [0, 1], [1.9642998468399327e-134, 3]), 1);
  fc.assert(
    fc.property(rowsOf(realWeight), ({ labels, scores, weights }) => {
      const auc = rocAuc(labels, scores, weights);
      t.true(Number.isNaN(auc) || (auc >= 0 && auc <= 1), String(auc));
    }),
    { numRuns: 60 },
  );
});
