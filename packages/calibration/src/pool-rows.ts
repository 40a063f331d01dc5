import { ExactSum } from "@crossbill/numerics";
import { WeightFacts } from "./weight-facts.js";

/** Rows of positive weight by their distinct predictions (probabilities or log-odds), T of them, as a ranking has them. */
export interface PooledRows {
  /** Distinct predictions, rising, length T. */
  readonly values: Float64Array;
  /** Weight of label 0, of label 1 at each; correctly rounded sums, so the order of the rows leaves no trace. */
  readonly negatives: Float64Array;
  readonly positives: Float64Array;
  readonly facts: WeightFacts;
}

/** Pools rows with equal predictions. O(N log N). @param weights finite, >= 0, length N; default all 1. Rows of weight 0 do not count. */
export function poolRows(labels: ArrayLike<number>, predictions: ArrayLike<number>, weights: ArrayLike<number> | undefined): PooledRows {
  const facts = new WeightFacts();
  const rows = new Uint32Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    if (w === 0) continue;
    rows[facts.rows] = i;
    facts.add(w);
  }
  const order = rows.subarray(0, facts.rows).sort((i, j) => predictions[i]! - predictions[j]!);
  // Plain additions of two weights are rounded correctly, and so are those of integers within 2^53.
  const plain = facts.integers && facts.most * facts.rows <= Number.MAX_SAFE_INTEGER;
  const pooled = { values: new Float64Array(facts.rows), negatives: new Float64Array(facts.rows), positives: new Float64Array(facts.rows) };
  let distinct = 0;
  for (let start = 0, end = 0; start < order.length; start = end) {
    const prediction = predictions[order[start]!]!;
    for (; end < order.length && predictions[order[end]!] === prediction; end++) {
      const sums = labels[order[end]!] === 1 ? pooled.positives : pooled.negatives;
      sums[distinct]! += weights === undefined ? 1 : weights[order[end]!]!;
    }
    if (!plain && end - start > 2) {
      pooled.negatives[distinct] = exactly(order.subarray(start, end), labels, weights!, 0);
      pooled.positives[distinct] = exactly(order.subarray(start, end), labels, weights!, 1);
    }
    pooled.values[distinct++] = prediction + 0; // -0 is 0
  }
  const { values, negatives, positives } = pooled;
  return { values: values.subarray(0, distinct), negatives: negatives.subarray(0, distinct), positives: positives.subarray(0, distinct), facts };
}

function exactly(rows: Uint32Array, labels: ArrayLike<number>, weights: ArrayLike<number>, label: number): number {
  const sum = new ExactSum();
  for (const i of rows) if (labels[i] === label) sum.add(weights[i]!);
  return sum.value();
}
