/** Strictly increasing values, each with its weight > 0. */
export interface WeightedValues {
  readonly values: Float64Array;
  readonly weights: Float64Array;
}

/** Sorts values and adds up the weights of equal ones, in their order; without `weights` each is 1. The inputs may be changed. */
export function sortPending(values: Float64Array, weights: Float64Array | undefined): WeightedValues {
  const n = values.length;
  const out = { values: new Float64Array(n), weights: new Float64Array(n) };
  let m = 0;
  const take = (value: number, weight: number): void => {
    if (m > 0 && out.values[m - 1] === value) out.weights[m - 1]! += weight;
    else {
      out.values[m] = value;
      out.weights[m++] = weight;
    }
  };
  if (weights === undefined) for (const value of values.sort()) take(value, 1);
  else {
    const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b);
    for (const i of order) take(values[i]!, weights[i]!);
  }
  return { values: out.values.slice(0, m), weights: out.weights.slice(0, m) };
}

/** Both together; where both have a value, the weight is a's plus b's. */
export function mergeSorted(a: WeightedValues, b: WeightedValues): WeightedValues {
  const na = a.values.length;
  const nb = b.values.length;
  if (na === 0) return b;
  if (nb === 0) return a;
  const values = new Float64Array(na + nb);
  const weights = new Float64Array(na + nb);
  let i = 0;
  let j = 0;
  let m = 0;
  while (i < na || j < nb) {
    const x = i < na ? a.values[i]! : Infinity;
    const y = j < nb ? b.values[j]! : Infinity;
    values[m] = Math.min(x, y);
    weights[m++] = (x <= y ? a.weights[i++]! : 0) + (y <= x ? b.weights[j++]! : 0);
  }
  return { values: values.slice(0, m), weights: weights.slice(0, m) };
}

const F64 = new Float64Array(1);
const U32 = new Uint32Array(F64.buffer);

/** The exponent field: weights in one power of two share it. */
function levelOf(weight: number): number {
  F64[0] = weight;
  return (U32[1]! >>> 20) & 0x7ff;
}

/**
 * Joins neighbours of the fullest level (the lowest of equally full ones) two by two, keeping the lower or the upper value of every pair with both weights.
 *
 * @returns what is left, and the largest weight that changed its value: no rank is off by more
 */
export function compactSorted(all: WeightedValues, keepLower: boolean): { kept: WeightedValues; moved: number } {
  const n = all.values.length;
  const counts = new Uint32Array(2048);
  for (const weight of all.weights) counts[levelOf(weight)]!++;
  let level = 0;
  for (let l = 1; l < counts.length; l++) if (counts[l]! > counts[level]!) level = l;
  const weights = all.weights.slice();
  let moved = 0;
  let lower = -1;
  for (let i = 0; i < n; i++) {
    if (levelOf(all.weights[i]!) !== level) continue;
    if (lower < 0) {
      lower = i;
      continue;
    }
    const [stay, go] = keepLower ? [lower, i] : [i, lower];
    moved = Math.max(moved, weights[go]!);
    weights[stay]! += weights[go]!;
    weights[go] = 0;
    lower = -1;
  }
  const values = new Float64Array(n);
  let m = 0;
  for (let i = 0; i < n; i++) {
    if (weights[i] === 0) continue;
    values[m] = all.values[i]!;
    weights[m++] = weights[i]!;
  }
  return { kept: { values: values.slice(0, m), weights: weights.slice(0, m) }, moved };
}
