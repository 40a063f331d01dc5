import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { SliceAccumulator, type SliceMetrics, type SliceValue, sliceMetrics } from "@crossbill/slicing";
import test from "ava";
import fc from "fast-check";
import { close } from "./vectors.js";

type Row = { y: number; p: number; w: number; a: SliceValue; b: SliceValue };
type Rows = readonly Row[];
const SETS = ["a", ["b", "a"]] as const;

const columns = (rows: Rows): { labels: number[]; probabilities: number[]; slices: { a: SliceValue[]; b: SliceValue[] }; weights: number[] } => ({
  labels: rows.map((r) => r.y),
  probabilities: rows.map((r) => r.p),
  slices: { a: rows.map((r) => r.a), b: rows.map((r) => r.b) },
  weights: rows.map((r) => r.w),
});
const measure = (rows: Rows, weighted = true): SliceMetrics[] => {
  const { labels, probabilities, slices, weights } = columns(rows);
  return sliceMetrics(labels, probabilities, slices, weighted ? weights : undefined, { sets: SETS, weightKind: "frequency" });
};

/** Every number of a slice, once, with a plain second implementation over the slice's rows where it has one. */
const METRICS: Readonly<Record<string, { of: (s: SliceMetrics) => number; twin?: (rows: Rows) => number }>> = {
  weight: { of: (s) => s.weight, twin: (rows) => rows.reduce((sum, r) => sum + r.w, 0) },
  positiveWeight: { of: (s) => s.positiveWeight, twin: (rows) => rows.reduce((sum, r) => sum + r.w * r.y, 0) },
  logLoss: { of: (s) => s.logLoss, twin: (rows) => mean(rows, (r) => -Math.log(Math.max(r.y === 1 ? r.p : 1 - r.p, 2 ** -52))) },
  brierScore: { of: (s) => s.brierScore, twin: (rows) => mean(rows, (r) => (r.p - r.y) ** 2) },
  normalizedEntropy: { of: (s) => s.normalizedEntropy },
  auc: { of: (s) => s.auc, twin: pairsWon },
  meanPrediction: { of: (s) => s.bias.meanPrediction, twin: (rows) => mean(rows, (r) => r.p) },
  meanLabel: { of: (s) => s.bias.meanLabel, twin: (rows) => mean(rows, (r) => r.y) },
  difference: { of: (s) => s.bias.difference, twin: (rows) => mean(rows, (r) => r.p - r.y) },
  ratio: { of: (s) => s.bias.ratio, twin: (rows) => (mean(rows, (r) => r.y) > 0 ? mean(rows, (r) => r.p) / mean(rows, (r) => r.y) : Number.NaN) },
  standardError: { of: (s) => s.bias.standardError },
  low: { of: (s) => s.bias.low },
  high: { of: (s) => s.bias.high },
};

function mean(rows: Rows, of: (r: Row) => number): number {
  return rows.reduce((sum, r) => sum + r.w * of(r), 0) / rows.reduce((sum, r) => sum + r.w, 0);
}

function pairsWon(rows: Rows): number {
  let won = 0;
  let pairs = 0;
  for (const i of rows)
    for (const j of rows) {
      if (i.y !== 1 || j.y !== 0) continue;
      pairs += i.w * j.w;
      won += i.w * j.w * (i.p > j.p ? 1 : i.p === j.p ? 0.5 : 0);
    }
  return won / pairs;
}

const value = fc.constantFrom<SliceValue>("x", "", "__proto__", "constructor", null, 1, "1", -2.5);
const rowsOf = (weight: fc.Arbitrary<number>): fc.Arbitrary<Row[]> =>
  fc.array(
    fc.record({
      y: fc.constantFrom(0, 1),
      p: fc.oneof(
        fc.integer({ min: 0, max: 8 }).map((k) => k / 8),
        fc.double({ min: 0, max: 1, noNaN: true }),
      ),
      w: weight,
      a: value,
      b: value,
    }),
    { maxLength: 40 },
  );
const realWeight = fc.oneof(fc.double({ min: 1e-3, max: 10, noNaN: true }), fc.constantFrom(0, 0.1, 0.2, 0.3));
const texts = (list: readonly SliceMetrics[], metric: (s: SliceMetrics) => number): string[] => list.map((s) => `${JSON.stringify(s.slice)} ${metric(s)}`);
const settings = { numRuns: 50 };

for (const [name, { of, twin }] of Object.entries(METRICS)) {
  test(`${name}: an example of weight k is k copies of it, bit for bit`, (t) => {
    fc.assert(
      fc.property(rowsOf(fc.integer({ min: 0, max: 4 })), (rows) => {
        const copies = rows.flatMap((r) => Array<Row>(r.w).fill({ ...r, w: 1 }));
        const present = measure(rows).filter((s) => s.weight > 0); // a slice of weight 0 only is listed, its copies are not there
        t.deepEqual(texts(present, of), texts(measure(copies, false), of));
      }),
      settings,
    );
  });

  test(`${name}: the order of the rows leaves no trace in the bits`, (t) => {
    fc.assert(
      fc.property(rowsOf(realWeight), fc.integer({ min: 1, max: 1008 }), (rows, seed) => {
        const order = rows.map((_, i) => i).sort((a, b) => (((a + 1) * seed) % 1009) - (((b + 1) * seed) % 1009) || a - b);
        t.deepEqual(texts(measure(order.map((i) => rows[i]!)), of), texts(measure(rows), of));
      }),
      settings,
    );
  });

  if (twin !== undefined)
    test(`${name}: equals its definition on the rows of each slice`, (t) => {
      fc.assert(
        fc.property(rowsOf(realWeight), (rows) => {
          for (const s of measure(rows)) {
            const inside = rows.filter((r) => Object.entries(s.slice).every(([field, x]) => r[field as "a" | "b"] === x));
            t.is(s.rows, inside.length);
            t.true(close(of(s), twin(inside)), `${name} of ${JSON.stringify(s.slice)}: got ${of(s)}, want ${twin(inside)}`);
          }
        }),
        settings,
      );
    });
}

test("a merge in any order and grouping gives the bits and the bytes of the whole", (t) => {
  const accumulate = (parts: readonly Rows[]): SliceAccumulator => {
    const all = new SliceAccumulator(SETS);
    for (const part of parts) {
      const { labels, probabilities, slices, weights } = columns(part);
      const one = new SliceAccumulator(SETS);
      one.update(labels, probabilities, slices, weights);
      all.merge(SliceAccumulator.fromMessage(decodeMessage(v1.SliceAccumulator, encodeMessage(v1.SliceAccumulator, one.toMessage()), "part")));
    }
    return all;
  };
  fc.assert(
    fc.property(rowsOf(realWeight), fc.nat(40), fc.nat(40), (rows, i, j) => {
      const [low, high] = [Math.min(i, j), Math.max(i, j)];
      const whole = accumulate([rows]);
      for (const parts of [
        [rows.slice(0, low), rows.slice(low, high), rows.slice(high)],
        [rows.slice(high), rows.slice(0, low), rows.slice(low, high)],
      ]) {
        const merged = accumulate(parts);
        t.deepEqual(merged.value(), whole.value());
        t.deepEqual(encodeMessage(v1.SliceAccumulator, merged.toMessage()), encodeMessage(v1.SliceAccumulator, whole.toMessage()));
      }
    }),
    settings,
  );
});

test("empty input has no slices; wrong input is refused", (t) => {
  t.deepEqual(sliceMetrics([], [], { a: [] }), []);
  const code = (f: () => unknown): string | undefined => t.throws(f, { instanceOf: CrossbillError })?.code;
  t.is(
    code(() => sliceMetrics([2], [0.5], { a: ["x"] })),
    "E_LABEL_RANGE",
  );
  for (const p of [Number.NaN, -0.1, 1.1])
    t.is(
      code(() => sliceMetrics([1], [p], { a: ["x"] })),
      "E_PROBABILITY_RANGE",
    );
  for (const w of [Number.NaN, -1, Infinity])
    t.is(
      code(() => sliceMetrics([1], [0.5], { a: ["x"] }, [w])),
      "E_WEIGHT_RANGE",
    );
  t.is(
    code(() => sliceMetrics([1], [0.5, 0.5], { a: ["x"] })),
    "E_LENGTH_MISMATCH",
  );
  t.is(
    code(() => sliceMetrics([1], [0.5], { a: ["x", "y"] })),
    "E_LENGTH_MISMATCH",
  );
  t.is(
    code(() => sliceMetrics([1], [0.5], { a: [true as unknown as string] })),
    "E_SLICE_VALUE",
  );
  t.is(
    code(() => sliceMetrics([1], [0.5], { a: ["x"] }, undefined, { sets: ["toString"] })),
    "E_SLICE_FIELD",
  );
  t.is(
    code(() => sliceMetrics([1], [0.5], { a: ["x"] }, undefined, { sets: [["a", "a"]] })),
    "E_SLICE_SET",
  );
  t.is(
    code(() => sliceMetrics([1], [0.5], { a: ["x"] }, undefined, { level: 95 })),
    "E_LEVEL_RANGE",
  );
});
