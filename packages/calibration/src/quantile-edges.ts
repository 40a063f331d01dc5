import { poolRows } from "./pool-rows.js";
import type { WeightFacts } from "./weight-facts.js";

/** Distinct predictions and the weight at each: what the edges of quantiles are read from. */
export interface WeightedPredictions {
  /** Distinct predictions of positive weight, rising, length T. */
  readonly values: ArrayLike<number>;
  /** Weight at each, length T: the weight of its rows of label 0 plus that of its rows of label 1, each correctly rounded. */
  readonly weights: ArrayLike<number>;
  /** Of the rows behind them. */
  readonly facts: Pick<WeightFacts, "rows" | "integers" | "least" | "most">;
}

/**
 * The bins + 1 edges that cut rows into bins of equal weight: quantiles with linear interpolation, with the bits of numpy.percentile on the expanded rows.
 *
 * Let V(t) be the t-th smallest prediction (from 0) when row i stands w_i / u times, M = W / u the number of rows then, and h = (M - 1) q;
 * the edge is (1 - g) V(floor h) + g V(floor h + 1), g = h - floor h. The unit u is 1 when every weight is an integer: weight k is k copies. Otherwise it is the
 * mean weight: the edges then do not depend on the scale of the weights, and equal weights give the edges of unweighted rows.
 *
 * It takes the predictions as a ranking has them (`RankingAccumulator` of @crossbill/auc, turned around) with the facts that {@link CalibrationAccumulator} keeps,
 * so that rows need not be held: these are the edges of `calibrationCurve` with the strategy "quantile", bit for bit.
 * @param bins integer >= 1
 * @returns length bins + 1, rising; empty when there is no weight
 */
export function quantileEdgesOf({ values, weights, facts }: WeightedPredictions, bins: number): Float64Array {
  const distinct = values.length;
  if (distinct === 0) return new Float64Array(0);
  const copies = !facts.integers && facts.least === facts.most;
  const ends = new Float64Array(distinct);
  let sum = 0;
  for (let t = 0; t < distinct; t++) ends[t] = sum += copies ? Math.round(weights[t]! / facts.least) : weights[t]!;
  const whole = facts.integers || copies;
  const count = whole ? sum : facts.rows;
  const unit = whole ? 1 : sum / facts.rows;
  const at = (position: number): number => values[Math.min(valueAt(ends, position * unit), distinct - 1)]!;
  const step = 1 / bins;
  return Float64Array.from({ length: bins + 1 }, (_, i) => {
    const q = ((i === bins ? 1 : i * step) * 100) / 100; // numpy.percentile's detour through per cent
    const h = (count - 1) * q;
    const floor = Math.floor(h);
    const g = h - floor;
    const a = at(floor);
    const b = at(Math.min(floor + 1, count - 1));
    return g >= 0.5 ? b - (b - a) * (1 - g) : a + (b - a) * g;
  });
}

/**
 * {@link quantileEdgesOf} the rows. O(N log N); their order leaves no trace.
 * @param weights finite, >= 0, length N; default all 1. Rows of weight 0 do not count.
 */
export function quantileEdges(labels: ArrayLike<number>, probabilities: ArrayLike<number>, weights: ArrayLike<number> | undefined, bins: number): Float64Array {
  return quantileEdgesOf(weights === undefined ? countPredictions(probabilities) : weighPredictions(labels, probabilities, weights), bins);
}

function countPredictions(probabilities: ArrayLike<number>): WeightedPredictions {
  const sorted = Float64Array.from(probabilities, (p) => p + 0).sort(); // -0 is 0
  const facts = { rows: sorted.length, integers: true, least: 1, most: 1 };
  const weights = new Float64Array(sorted.length);
  let distinct = 0;
  for (const p of sorted) {
    if (distinct === 0 || p !== sorted[distinct - 1]) sorted[distinct++] = p;
    weights[distinct - 1]!++;
  }
  return { values: sorted.subarray(0, distinct), weights, facts };
}

function weighPredictions(labels: ArrayLike<number>, probabilities: ArrayLike<number>, weights: ArrayLike<number>): WeightedPredictions {
  const { values, negatives, positives, facts } = poolRows(labels, probabilities, weights);
  return { values, weights: negatives.map((negative, t) => negative + positives[t]!), facts };
}

/** How many ends are <= position: the index of the value that stands at it. */
function valueAt(ends: Float64Array, position: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ends[middle]! <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}
