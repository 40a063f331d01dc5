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
 * The bins + 1 edges of bins of one width on the log-odds axis: sigmoid(low + i (high - low) / bins).
 * @param low, high log-odds, low <= high; beyond -32 and 32 they are taken as those, so that infinite ones have bins too
 */
export function logitUniformEdges(low: number, high: number, bins: number): Float64Array {
  const reach = LOGIT_REACH / LOGIT_STEPS_PER_UNIT;
  const from = Math.max(-reach, Math.min(reach, low));
  const to = Math.max(-reach, Math.min(reach, high));
  return Float64Array.from({ length: bins + 1 }, (_, i) => sigmoid(i === bins ? to : from + (i * (to - from)) / bins));
}
