import { v1 } from "@crossbill/messages";
import { RandomStream, sigmoid } from "@crossbill/numerics";
import test from "ava";
import { classPart } from "../dist/class-evaluation.js";
import { EvaluationSums } from "../dist/evaluation-sums.js";
import { numberPart } from "../dist/number-evaluation.js";
import { scoreVectors } from "../dist/score-vectors.js";

const CLASSES = ["a", "b", "c"];
const N = 200;

interface Row {
  /** Of several classes its number. */
  readonly label: number;
  /** By class, in [0, 1]. */
  readonly labels: readonly number[];
  readonly logits: readonly number[];
  readonly weight: number;
}

const random = new RandomStream(11, 0);
const ROWS: readonly Row[] = Array.from({ length: N }, () => ({
  label: random.below(3),
  labels: CLASSES.map(() => (random.bernoulli(0.2) ? random.uniform() : random.below(2))),
  logits: CLASSES.map(() => (random.below(17) - 8) / 4),
  weight: 1 + random.below(4),
}));
const COPIES = ROWS.flatMap((row) => new Array<Row>(row.weight).fill({ ...row, weight: 1 }));

const f64 = (rows: readonly Row[], of: (row: Row) => number): Float64Array => Float64Array.from(rows, of);

const FREQUENCY = { weightKind: "frequency", level: 0.95 } as const;

/** What is summed up of rows, in two parts that are merged through their messages. */
function summed(
  rows: readonly Row[],
  head: v1.Head,
  classes: readonly string[],
  of: { prediction: (row: Row) => number; hit?: (row: Row) => number; vectors?: boolean },
): EvaluationSums {
  const spec = { head, vectors: of.vectors ?? false, classes, sets: [] };
  const parts = [rows.slice(0, 77), rows.slice(77)].map((part) => {
    const sums = new EvaluationSums(spec);
    const weight = f64(part, (row) => row.weight);
    sums.classes?.update(
      { classes: CLASSES },
      Float64Array.from(part.flatMap(({ labels }) => labels)),
      Float64Array.from(part.flatMap(({ logits }) => logits)).map(sigmoid),
      weight,
    );
    sums.update({
      label: f64(part, ({ label }) => label),
      weight,
      predictions: [f64(part, of.prediction)],
      hits: [f64(part, of.hit ?? (() => 0))],
      slices: new Map(),
      keys: null,
    });
    return new EvaluationSums(spec, v1.PackAccumulators.decode(v1.PackAccumulators.encode(sums.toMessage()).finish()));
  });
  return parts[0]!.merge(parts[1]!);
}

function vectorsOf(rows: readonly Row[], head: v1.Head): v1.IEvaluation {
  const scores = new Map(
    rows.map((row) => [row, scoreVectors({ head, classes: CLASSES }, CLASSES, Float64Array.from(row.labels), Float64Array.from(row.logits))]),
  );
  const sums = summed(rows, head, CLASSES, { prediction: (row) => scores.get(row)!.loss[0]!, hit: (row) => scores.get(row)!.hit[0]!, vectors: true });
  return classPart(sums, CLASSES, FREQUENCY);
}

const PARTS: Readonly<Record<string, (rows: readonly Row[]) => v1.IEvaluation>> = {
  squared: (rows) => numberPart(v1.Head.SQUARED, summed(rows, v1.Head.SQUARED, [], { prediction: ({ logits }) => logits[0]! }), FREQUENCY),
  poisson: (rows) => numberPart(v1.Head.POISSON, summed(rows, v1.Head.POISSON, [], { prediction: ({ logits }) => 1 + sigmoid(logits[0]!) }), FREQUENCY),
  "several classes": (rows) =>
    classPart(
      summed(rows, v1.Head.SOFTMAX, CLASSES, {
        prediction: ({ logits }) => sigmoid(logits[0]!),
        hit: ({ logits, label }) => (logits[1]! > 0 === label > 0 ? 1 : 0),
      }),
      CLASSES,
      FREQUENCY,
    ),
  "two classes": (rows) =>
    classPart(
      summed(
        rows.map((row) => ({ ...row, label: row.label % 2 })),
        v1.Head.SOFTMAX,
        ["a", "b"],
        { prediction: ({ logits }) => sigmoid(logits[0]!), hit: ({ logits }) => (logits[0]! > 0 ? 1 : 0) },
      ),
      ["a", "b"],
      FREQUENCY,
    ),
  multiLabel: (rows) => vectorsOf(rows, v1.Head.MULTI_LABEL),
  "softmax over distributions": (rows) => vectorsOf(rows, v1.Head.SOFTMAX),
};

/** All numbers of a message by path, but for those that count rows. */
function numbersOf(value: unknown, at = ""): [string, number][] {
  if (typeof value === "number") return [[at, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (["histogram", "unit"].includes(key) ? [] : numbersOf(inner, `${at}.${key}`)));
}

for (const [name, part] of Object.entries(PARTS))
  test(`${name}: with frequency weights a row of weight k is k copies of it, intervals included`, (t) => {
    const [weighted, copies] = [numbersOf(part(ROWS)), new Map(numbersOf(part(COPIES)))];
    t.true(weighted.length > 5);
    for (const [path, x] of weighted) {
      const y = copies.get(path)!;
      t.true(Object.is(x, y) || Math.abs(x - y) <= 1e-12 * Math.max(1, Math.abs(x)), `${path}: ${x} and ${y}`);
    }
  });
