import { v1 } from "@crossbill/messages";
import { RandomStream } from "@crossbill/numerics";
import test from "ava";
import { metricValue, type ScoredRows } from "../dist/watch/metric-value.js";
import { metricsOf, type ValidationMetric, validationMetric } from "../dist/watch/validation-metric.js";

/** K of the head multiLabel. */
const K = 3;
const { LOGISTIC, SQUARED, POISSON, SOFTMAX, ONE_VS_REST, MULTI_LABEL } = v1.Head;
const METRICS = [LOGISTIC, SQUARED, POISSON, SOFTMAX, ONE_VS_REST, MULTI_LABEL]
  .flatMap((head) => metricsOf(head).map((name) => validationMetric(name, head)))
  .filter(({ score }) => score !== "none");

interface Row {
  readonly labels: readonly number[];
  readonly scores: readonly number[];
  readonly weight: number;
}

/** Seeded rows as a metric takes them: labels of its head, scores of a few values, so that some are equal. */
function rowsFor({ head, score }: ValidationMetric, n: number): Row[] {
  const random = new RandomStream(n, head);
  const width = score === "logits" ? K : 1;
  const label = (): number => (head === POISSON ? random.below(5) : head === MULTI_LABEL && random.bernoulli(0.3) ? random.uniform() : random.below(2));
  const one = (): number => (score === "own" ? (1 + random.below(9)) / 10 : score === "hit" ? random.below(2) : (random.below(25) - 12) / 4);
  return Array.from({ length: n }, () => ({
    labels: Array.from({ length: width }, label),
    scores: Array.from({ length: width }, one),
    weight: 1 + random.below(4),
  }));
}

function scored(rows: readonly Row[]): ScoredRows {
  const byClass = (of: (row: Row) => readonly number[]): Float64Array => Float64Array.from(of(rows[0]!).flatMap((_, k) => rows.map((row) => of(row)[k]!)));
  return { labels: byClass(({ labels }) => labels), weights: Float64Array.from(rows, ({ weight }) => weight), scores: byClass(({ scores }) => scores) };
}

for (const metric of METRICS)
  test(`${v1.Head[metric.head]} ${metric.name}: a row of weight k is k copies of it, and the order of the rows leaves no trace`, async (t) => {
    for (const n of [2, 17, 300]) {
      const rows = rowsFor(metric, n);
      const value = await metricValue(metric, 0.5, scored(rows));
      const uneven = rows.map((row) => ({ ...row, weight: 0.1 * row.weight }));
      t.is(await metricValue(metric, 0.5, scored([...uneven].reverse())), await metricValue(metric, 0.5, scored(uneven)));
      const copies = rows.flatMap((row) => new Array<Row>(row.weight).fill({ ...row, weight: 1 }));
      const other = await metricValue(metric, 0.5, scored(copies));
      t.true(Object.is(other, value) || Math.abs(other - value) <= 1e-12 * Math.max(1, Math.abs(value)), `${value} and ${other}`);
      if (n > 2) t.true(Number.isFinite(value));
    }
  });
