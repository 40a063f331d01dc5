import { sigmoid } from "@crossbill/numerics";

/** Log-odds grid: edges at multiples of 1/8 from -32 to 32. */
export const LOGIT_STEPS_PER_UNIT = 8;
export const LOGIT_REACH = 32 * LOGIT_STEPS_PER_UNIT;

/** The bin of p: how many inner edges are < p. So bins are closed on the right, and p on an edge belongs to the bin below it (as in scikit-learn). */
export function binOf(inner: Float64Array, p: number): number {
  let low = 0;
  let high = inner.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (inner[middle]! < p) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The bins + 1 edges of equal bins of [0, 1], with the bits of numpy.linspace(0, 1, bins + 1). */
export function uniformEdges(bins: number): Float64Array {
  const step = 1 / bins;
  return Float64Array.from({ length: bins + 1 }, (_, i) => (i === bins ? 1 : i * step));
}

/** The probabilities at log-odds j / 8, j from -256 to 256: the inner edges of the log-odds grid. */
export function logitGrid(): Float64Array {
  return Float64Array.from({ length: 2 * LOGIT_REACH + 1 }, (_, i) => sigmoid((i - LOGIT_REACH) / LOGIT_STEPS_PER_UNIT));
}

/**
 * The bins + 1 edges that cut the rows into bins of equal weight: quantiles with linear interpolation, with the bits of numpy.percentile on the expanded rows.
 *
 * Let V(t) be the t-th smallest prediction (from 0) when row i stands w_i / u times, M = W / u the number of rows then, and h = (M - 1) q;
 * the edge is (1 - g) V(floor h) + g V(floor h + 1), g = h - floor h. The unit u is 1 when every weight is an integer: weight k is k copies. Else it is the mean
 * weight: the edges then do not depend on the scale of the weights, and equal weights give the edges of unweighted rows.
 * @param probabilities length N
 * @param weights finite, >= 0, length N; default all 1. Rows of weight 0 do not count.
 * @returns length bins + 1, rising; empty when there is no weight
 */
export function quantileEdges(probabilities: ArrayLike<number>, weights: ArrayLike<number> | undefined, bins: number): Float64Array {
  const { values, ends, unit, count } = expand(probabilities, weights);
  if (count === 0) return new Float64Array(0);
  const at = (position: number): number => values[Math.min(rowAt(ends, position * unit), values.length - 1)]!;
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

/** Sorted predictions of positive weight, the weight up to and with each, the unit of weight and how many units there are. */
function expand(
  probabilities: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
): { values: Float64Array; ends: Float64Array; unit: number; count: number } {
  const rows = countedRows(probabilities.length, weights);
  const count = rows.length;
  const integers = weights === undefined || rows.every((i) => Number.isInteger(weights[i]!));
  if (weights === undefined || rows.every((i) => weights[i] === weights[rows[0]!])) {
    const copies = integers && count > 0 ? (weights?.[rows[0]!] ?? 1) : 1;
    const values = new Float64Array(count);
    for (let k = 0; k < count; k++) values[k] = probabilities[rows[k]!]! + 0;
    return { values: values.sort(), ends: Float64Array.from(rows, (_, k) => copies * (k + 1)), unit: 1, count: copies * count };
  }
  // Ties by weight: the partial sums, and so the edges, do not depend on the order of the rows.
  rows.sort((i, j) => probabilities[i]! - probabilities[j]! || weights[i]! - weights[j]!);
  let sum = 0;
  const ends = Float64Array.from(rows, (i) => (sum += weights[i]!));
  const values = Float64Array.from(rows, (i) => probabilities[i]! + 0); // -0 is 0
  return integers ? { values, ends, unit: 1, count: sum } : { values, ends, unit: sum / count, count };
}

/** Rows of positive weight, in their order. */
function countedRows(n: number, weights: ArrayLike<number> | undefined): Uint32Array {
  const rows = new Uint32Array(n);
  let count = 0;
  for (let i = 0; i < n; i++) if (weights === undefined || weights[i]! > 0) rows[count++] = i;
  return rows.subarray(0, count);
}

/** How many ends are <= position: the index of the row that stands at it. */
function rowAt(ends: Float64Array, position: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ends[middle]! <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}
