import { RankingAccumulator } from "@crossbill/auc";
import { CalibrationAccumulator } from "@crossbill/calibration";
import { v1 } from "@crossbill/messages";
import { RandomStream, sigmoid } from "@crossbill/numerics";
import test from "ava";
import { classPart, vectorPart } from "../dist/class-evaluation.js";
import { numberPart } from "../dist/number-evaluation.js";
import type { Scores } from "../dist/score-file.js";
import { ClassAccumulators, scoreVectors } from "../dist/score-vectors.js";

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

function scoresOf(rows: readonly Row[], prediction: (row: Row) => number, hit: (row: Row) => number): Scores {
  return { label: f64(rows, ({ label }) => label), weight: f64(rows, ({ weight }) => weight), predictions: [f64(rows, prediction)], hits: [f64(rows, hit)] };
}

function vectorsOf(rows: readonly Row[], head: v1.Head): v1.IEvaluation {
  const model = { head, classes: CLASSES };
  const labels = Float64Array.from(rows.flatMap(({ labels: own }) => own));
  const logits = Float64Array.from(rows.flatMap(({ logits: own }) => own));
  const weight = f64(rows, ({ weight: own }) => own);
  const { loss, hit } = scoreVectors(model, CLASSES, labels, logits);
  const scores: Scores = { label: new Float64Array(rows.length), weight, predictions: [loss], hits: [hit] };
  if (head !== v1.Head.MULTI_LABEL) return vectorPart(scores, CLASSES, null, "frequency");
  const parts = new ClassAccumulators(CLASSES);
  parts.update(model, labels, logits.map(sigmoid), weight);
  const classes = parts.toMessages().map(({ ranking, calibration }) => ({
    ranking: RankingAccumulator.fromMessage(v1.RankingAccumulator.create(ranking!)),
    calibration: CalibrationAccumulator.fromMessage(v1.CalibrationAccumulator.create(calibration!)),
  }));
  const nothing = { ranking: new RankingAccumulator(), calibration: new CalibrationAccumulator(), slices: null, paired: null };
  return vectorPart(scores, CLASSES, { ...nothing, classes }, "frequency");
}

const PARTS: Readonly<Record<string, (rows: readonly Row[]) => v1.IEvaluation>> = {
  squared: (rows) =>
    numberPart(
      v1.Head.SQUARED,
      scoresOf(
        rows,
        ({ logits }) => logits[0]!,
        () => 0,
      ),
      "frequency",
    ),
  poisson: (rows) =>
    numberPart(
      v1.Head.POISSON,
      scoresOf(
        rows,
        ({ logits }) => 1 + sigmoid(logits[0]!),
        () => 0,
      ),
      "frequency",
    ),
  "several classes": (rows) =>
    classPart(
      scoresOf(
        rows,
        ({ logits }) => sigmoid(logits[0]!),
        ({ logits, label }) => (logits[1]! > 0 === label > 0 ? 1 : 0),
      ),
      3,
      "frequency",
    ),
  "two classes": (rows) =>
    classPart(
      scoresOf(
        rows.map((row) => ({ ...row, label: row.label % 2 })),
        ({ logits }) => sigmoid(logits[0]!),
        ({ logits }) => (logits[0]! > 0 ? 1 : 0),
      ),
      2,
      "frequency",
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
