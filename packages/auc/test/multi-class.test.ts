import {
  type ClassMeasures,
  ConfusionMatrixAccumulator,
  classAucs,
  confusionMatrix,
  handTill,
  type MultiClassAucOptions,
  multiClassAuc,
  predictedClasses,
  rocAuc,
  topKAccuracy,
} from "@crossbill/auc";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { multiClassAucTwin, topKAccuracyTwin } from "./twins.js";

const K = 3;
const LABELS = [0, 1, 2, 2, 1, 0, 1, 2];
const SCORES = [
  [0.7, 0.2, 0.1],
  [0.3, 0.4, 0.3],
  [0.2, 0.2, 0.6],
  [0.5, 0.2, 0.3],
  [0.1, 0.6, 0.3],
  [0.4, 0.4, 0.2],
  [0.25, 0.5, 0.25],
  [0.3, 0.3, 0.4],
];
const WEIGHTS = [1, 2, 1, 1, 0.5, 1, 2, 1];
const near = (got: number, want: number): boolean => Object.is(got, want) || Math.abs(got - want) <= 1e-12;

interface Rows {
  readonly labels: number[];
  readonly scores: number[][];
  readonly weights: number[];
}
const score = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
const rowsOf = (weight: fc.Arbitrary<number>): fc.Arbitrary<Rows> =>
  fc.array(fc.tuple(fc.nat(K - 1), fc.array(score, { minLength: K, maxLength: K }), weight), { maxLength: 25 }).map((rows) => ({
    labels: rows.map((r) => r[0]),
    scores: rows.map((r) => r[1]),
    weights: rows.map((r) => r[2]),
  }));
const whole = fc.integer({ min: 0, max: 3 });
const real = fc.oneof(whole, fc.double({ min: 0, max: 10, noNaN: true }));
const picked = ({ labels, scores, weights }: Rows, at: readonly number[]): Rows => ({
  labels: at.map((i) => labels[i]!),
  scores: at.map((i) => scores[i]!),
  weights: at.map((i) => weights[i]!),
});

const SCHEMES: readonly Required<Pick<MultiClassAucOptions, "scheme" | "average">>[] = [
  { scheme: "oneVsRest", average: "macro" },
  { scheme: "oneVsRest", average: "weighted" },
  { scheme: "oneVsRest", average: "micro" },
  { scheme: "oneVsOne", average: "macro" },
  { scheme: "oneVsOne", average: "weighted" },
];
const measures = (m: ClassMeasures): number[] => [m.precision, m.recall, m.f1];

/** Every metric of several classes as numbers, once. */
const METRICS: Readonly<
  Record<string, { of: (rows: Rows, weighted: boolean) => readonly number[]; twin?: (rows: Rows, weighted: boolean) => readonly number[] }>
> = {
  ...Object.fromEntries(
    SCHEMES.map((options) => [
      `multiClassAuc ${options.scheme} ${options.average}`,
      {
        of: ({ labels, scores, weights }, weighted) => [multiClassAuc(labels, scores, { ...options, classes: K, ...(weighted ? { weights } : {}) })],
        twin: ({ labels, scores, weights }, weighted) => [
          multiClassAucTwin(labels, scores, K, options.scheme, options.average, weighted ? weights : undefined),
        ],
      } satisfies (typeof METRICS)[string],
    ]),
  ),
  ...Object.fromEntries(
    (["lowestIndex", "worst", "average"] as const).map((ties) => [
      `topKAccuracy ${ties}`,
      {
        of: ({ labels, scores, weights }, weighted) =>
          [1, 2, 3].map((k) => topKAccuracy(labels, scores, k, { ties, classes: K, ...(weighted ? { weights } : {}) })),
        twin: ({ labels, scores, weights }, weighted) => [1, 2, 3].map((k) => topKAccuracyTwin(labels, scores, k, ties, weighted ? weights : undefined)),
      } satisfies (typeof METRICS)[string],
    ]),
  ),
  confusionMatrix: {
    of: ({ labels, scores, weights }, weighted) => {
      const c = confusionMatrix(labels, predictedClasses(scores, K), { classes: K, ...(weighted ? { weights } : {}) });
      return [...c.matrix, c.weight, c.accuracy, ...c.each.flatMap(measures), ...measures(c.macro), ...measures(c.weighted)];
    },
    twin: ({ labels, scores, weights }, weighted) => confusionTwin(labels, scores, weighted ? weights : labels.map(() => 1)),
  },
  ConfusionMatrixAccumulator: {
    of: ({ labels, scores, weights }, weighted) => {
      const a = new ConfusionMatrixAccumulator({ classes: K, top: [2, 1] });
      a.update(labels, scores, weighted ? weights : undefined);
      const value = a.value();
      return [...value.matrix, value.accuracy, ...value.top.flatMap(({ k, accuracy }) => [k, accuracy])];
    },
    twin: ({ labels, scores, weights }, weighted) => {
      const w = weighted ? weights : labels.map(() => 1);
      const c = confusionTwin(labels, scores, w);
      return [
        ...c.slice(0, K * K),
        c[K * K + 1]!,
        1,
        topKAccuracyTwin(labels, scores, 1, "lowestIndex", w),
        2,
        topKAccuracyTwin(labels, scores, 2, "lowestIndex", w),
      ];
    },
  },
};

/** Cells counted one by one; measures from true and false positives. */
function confusionTwin(labels: readonly number[], scores: readonly number[][], weights: readonly number[]): number[] {
  const classes = [...Array(K).keys()];
  const predicted = scores.map((row) => row.indexOf(Math.max(...row)));
  const sum = (keep: (i: number) => boolean): number => labels.reduce((all, _, i) => all + (keep(i) ? weights[i]! : 0), 0);
  const each = classes.map((c) => {
    const tp = sum((i) => labels[i] === c && predicted[i] === c);
    const fp = sum((i) => labels[i] !== c && predicted[i] === c);
    const fn = sum((i) => labels[i] === c && predicted[i] !== c);
    return { weight: tp + fn, measures: [tp / (tp + fp), tp / (tp + fn), (2 * tp) / (2 * tp + fp + fn)] };
  });
  const mean = (m: number, weight: (c: (typeof each)[0]) => number): number => {
    const defined = each.filter((c) => !Number.isNaN(c.measures[m]!));
    return defined.reduce((all, c) => all + c.measures[m]! * weight(c), 0) / defined.reduce((all, c) => all + weight(c), 0);
  };
  const all = sum(() => true);
  return [
    ...classes.flatMap((y) => classes.map((p) => sum((i) => labels[i] === y && predicted[i] === p))),
    all,
    sum((i) => labels[i] === predicted[i]) / all,
    ...each.flatMap((c) => c.measures),
    ...[0, 1, 2].map((m) => mean(m, () => 1)),
    ...[0, 1, 2].map((m) => mean(m, (c) => c.weight)),
  ];
}

for (const [name, { of, twin }] of Object.entries(METRICS)) {
  test(`${name}: a row of weight k is k copies of it, bit for bit`, (t) => {
    fc.assert(
      fc.property(rowsOf(whole), (rows) => {
        const copies = picked(
          rows,
          rows.weights.flatMap((w, i) => Array<number>(w).fill(i)),
        );
        t.deepEqual(of(rows, true), of(copies, false));
      }),
      { numRuns: 40 },
    );
  });

  test(`${name}: the order of the rows leaves no trace in the bits`, (t) => {
    fc.assert(
      fc.property(rowsOf(real), fc.integer({ min: 1, max: 1008 }), (rows, seed) => {
        const order = rows.labels.map((_, i) => i).sort((a, b) => (((a + 1) * seed) % 1009) - (((b + 1) * seed) % 1009));
        t.deepEqual(of(rows, true), of(picked(rows, order), true));
      }),
      { numRuns: 40 },
    );
  });

  if (twin !== undefined)
    test(`${name}: equals its definition`, (t) => {
      fc.assert(
        fc.property(rowsOf(real.filter((w) => w === 0 || w > 1e-3)), fc.boolean(), (rows, weighted) => {
          const [got, want] = [of(rows, weighted), twin(rows, weighted)];
          t.is(got.length, want.length);
          for (const [k, x] of want.entries())
            t.true(Math.abs(got[k]! - x) <= 1e-12 * Math.max(1, Math.abs(x)) || Object.is(got[k], x), `[${k}]: got ${got[k]}, want ${x}`);
        }),
        { numRuns: 60 },
      );
    });

  test(`${name}: wrong input is said to be so`, (t) => {
    const code = (rows: Rows): string | undefined => t.throws(() => of(rows, true), { instanceOf: CrossbillError })?.code;
    const rows = { labels: LABELS, scores: SCORES, weights: WEIGHTS };
    for (const label of [3, -1, 0.5, Number.NaN]) t.is(code({ ...rows, labels: [label, ...LABELS.slice(1)] }), "E_LABEL_RANGE");
    t.is(code({ ...rows, scores: [[0.1, Number.NaN, 0.2], ...SCORES.slice(1)] }), "E_SCORE_RANGE");
    t.is(code({ ...rows, scores: [[0.1, 0.2], ...SCORES.slice(1)] }), "E_LENGTH_MISMATCH");
    t.is(code({ ...rows, scores: SCORES.slice(1) }), "E_LENGTH_MISMATCH");
    t.is(code({ ...rows, weights: [1] }), "E_LENGTH_MISMATCH");
    for (const w of [-1, Number.NaN, Infinity]) t.is(code({ ...rows, weights: [w, ...WEIGHTS.slice(1)] }), "E_WEIGHT_RANGE");
  });
}

test("the example has scikit-learn's numbers (1.2.1)", (t) => {
  const auc = (options: MultiClassAucOptions): number => multiClassAuc(LABELS, SCORES, options);
  t.true(near(auc({}), 0.9388888888888888));
  t.true(near(auc({ weights: WEIGHTS }), 0.9415954415954415));
  t.true(near(auc({ average: "weighted" }), 0.9416666666666667));
  t.true(near(auc({ average: "weighted", weights: WEIGHTS }), 0.9446693657219973));
  t.true(near(auc({ average: "micro" }), 0.92578125));
  t.true(near(auc({ average: "micro", weights: WEIGHTS }), 0.9321329639889196));
  t.true(near(auc({ scheme: "oneVsOne" }), 0.9398148148148149));
  t.true(near(auc({ scheme: "oneVsOne", average: "weighted" }), 0.9401041666666666));
  t.is(handTill(LABELS, SCORES), auc({ scheme: "oneVsOne" }));
  t.is(topKAccuracy(LABELS, SCORES, 2), 1);
  const c = confusionMatrix(LABELS, predictedClasses(SCORES, K), { classes: K, weights: WEIGHTS });
  t.true(near(c.macro.precision, 0.8888888888888888) && near(c.macro.recall, 0.8888888888888888) && near(c.macro.f1, 0.8666666666666667));
  t.true(near(c.weighted.precision, 0.9298245614035087) && near(c.weighted.recall, 0.8947368421052632) && near(c.weighted.f1, 0.8947368421052632));
  t.true(near(c.micro.f1, 0.8947368421052632));
});

test("two classes whose scores add up to 1 have the AUC of one", (t) => {
  const y = [0, 1, 1, 0, 1];
  const p = [0.2, 0.7, 0.4, 0.4, 0.9];
  const rows = p.map((x) => [1 - x, x]);
  t.is(handTill(y, rows), rocAuc(y, p));
  t.deepEqual([...classAucs(y, rows.flat())], [rocAuc(y, p), rocAuc(y, p)]);
});

test("of equal scores the lowest class index is predicted; the top k follow the rule that is asked for", (t) => {
  const scores = [[0.2, 0.4, 0.4]];
  t.deepEqual([...predictedClasses(scores, K)], [1]);
  t.is(topKAccuracy([2], scores, 1), 0);
  t.is(topKAccuracy([1], scores, 1), 1);
  t.is(topKAccuracy([1], scores, 1, { ties: "worst" }), 0);
  t.is(topKAccuracy([2], scores, 1, { ties: "average" }), 0.5);
});

test("no rows, and no class with others, have no AUC", (t) => {
  for (const options of SCHEMES) {
    t.is(multiClassAuc([], [], options), Number.NaN);
    t.is(
      multiClassAuc(
        [1, 1],
        [
          [0.1, 0.9, 0],
          [0.2, 0.8, 0],
        ],
        { ...options, average: options.average === "micro" ? "macro" : options.average },
      ),
      Number.NaN,
    );
  }
  t.is(topKAccuracy([], [], 1), Number.NaN);
  t.is(confusionMatrix([], [], { classes: 2 }).accuracy, Number.NaN);
});

test("merges in any order and grouping give the bits and the bytes of the whole", (t) => {
  const bytes = (parts: Rows[]): Uint8Array => {
    const [first, ...others] = parts.map((part) => {
      const a = new ConfusionMatrixAccumulator({ classes: K, top: [1, 2], ties: "average" });
      a.update(part.labels, part.scores, part.weights);
      return ConfusionMatrixAccumulator.fromMessage(
        decodeMessage(v1.ConfusionMatrixAccumulator, encodeMessage(v1.ConfusionMatrixAccumulator, a.toMessage()), "part"),
      );
    });
    for (const other of others) first!.merge(other);
    return encodeMessage(v1.ConfusionMatrixAccumulator, first!.toMessage());
  };
  fc.assert(
    fc.property(rowsOf(real), fc.nat(25), (rows, cut) => {
      const at = rows.labels.map((_, i) => i);
      t.deepEqual(bytes([picked(rows, at.slice(cut)), picked(rows, at.slice(0, cut))]), bytes([rows]));
    }),
    { numRuns: 60 },
  );
});

test("options that are none, unlike accumulators and damaged messages are refused", (t) => {
  const code = (f: () => unknown): string | undefined => t.throws(f, { instanceOf: CrossbillError })?.code;
  t.is(
    code(() => multiClassAuc(LABELS, SCORES, { scheme: "oneVsOne", average: "micro" })),
    "E_OPTION_RANGE",
  );
  t.is(
    code(() => topKAccuracy(LABELS, SCORES, 0)),
    "E_OPTION_RANGE",
  );
  t.is(
    code(() => topKAccuracy(LABELS, SCORES, 1, { ties: "best" as "worst" })),
    "E_OPTION_RANGE",
  );
  t.is(
    code(() => confusionMatrix([], [], { classes: 0 })),
    "E_OPTION_RANGE",
  );
  const a = new ConfusionMatrixAccumulator({ classes: 6 });
  t.deepEqual(
    a.value().top.map(({ k }) => k),
    [1, 5],
  );
  t.is(
    code(() => a.merge(new ConfusionMatrixAccumulator({ classes: 5 }))),
    "E_ACCUMULATOR_MISMATCH",
  );
  a.update([0], [[1, 0, 0, 0, 0, 0]]);
  const message = a.toMessage();
  const refused = (change: v1.ConfusionMatrixAccumulator.$Properties): string | undefined =>
    code(() => ConfusionMatrixAccumulator.fromMessage({ ...message, ...change }));
  t.is(refused({ formatVersion: 2 }), "E_MESSAGE_VERSION");
  t.is(refused({ cells: [{ index: 36, weight: message.cells![0]!.weight! }] }), "E_MESSAGE_CORRUPT");
  t.is(refused({ cells: [{ index: 0, weight: new Uint8Array(2) }] }), "E_MESSAGE_CORRUPT");
  t.is(refused({ top: message.top!.toReversed() }), "E_MESSAGE_CORRUPT");
  t.is(refused({ ties: "" }), "E_OPTION_RANGE");
});
