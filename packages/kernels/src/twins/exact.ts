import { LOSS_CHUNK_ROWS, type OneHead } from "./linear.js";
import { exp, log, log1p, sigmoid, softplus } from "./math.js";

/** Compressed sparse rows (or columns): entries [offsets[i], offsets[i + 1]) of row i; without values every entry is 1. */
export interface TwinMatrix {
  readonly offsets: ArrayLike<number>;
  readonly ids: ArrayLike<number>;
  readonly values: ArrayLike<number> | null;
}

/** Sum over entries [from, to) of of(entry), entry number j in lane j mod 2, lanes as 0 + 1. */
function laneSum(from: number, to: number, of: (entry: number) => number): number {
  const lanes = [0, 0];
  for (let i = from; i < to; i++) lanes[(i - from) % 2] = lanes[(i - from) % 2]! + of(i);
  return lanes[0]! + lanes[1]!;
}

/** Slow twin of rows_dot_f64: adds X w to out, row by row. */
export function rowsDotTwin(out: Float64Array, { offsets, ids, values }: TwinMatrix, w: Float64Array): void {
  for (let r = 0; r < out.length; r++) out[r] = out[r]! + laneSum(offsets[r]!, offsets[r + 1]!, (i) => w[ids[i]!]! * (values?.[i] ?? 1));
}

/** Slow twin of columns_add_f64: adds the columns' sums of x times value to out[features[u]]. */
export function columnsAddTwin(out: Float64Array, features: ArrayLike<number>, { offsets, ids, values }: TwinMatrix, square: boolean, x: Float64Array): void {
  for (let u = 0; u < features.length; u++) {
    const factor = (i: number): number => (values === null ? 1 : square ? values[i]! * values[i]! : values[i]!);
    out[features[u]!] = out[features[u]!]! + laneSum(offsets[u]!, offsets[u + 1]!, (i) => x[ids[i]!]! * factor(i));
  }
}

/** Slow twin of columns_pick_f64: adds the sums of columns picks[k] to out[targets[k]]. */
export function columnsPickTwin(
  out: Float64Array,
  picks: ArrayLike<number>,
  targets: ArrayLike<number>,
  { offsets, ids, values }: TwinMatrix,
  square: boolean,
  x: Float64Array,
): void {
  for (let k = 0; k < picks.length; k++) {
    const [from, to] = [offsets[picks[k]!]!, offsets[picks[k]! + 1]!];
    columnsAddTwin(out, [targets[k]!], { offsets: [from, to], ids, values }, square, x);
  }
}

/** Slow twin of rows_pairs_f64 for all ids: adds curvature[r] times the values of two entries of row r to out[id of the later one][id of the earlier one]. */
export function rowsPairsTwin(out: readonly Float64Array[], ones: TwinMatrix, valued: TwinMatrix, curvature: Float64Array): void {
  for (const [r, c] of curvature.entries()) {
    const entries = [ones, valued].flatMap(({ offsets, ids, values }) =>
      Array.from({ length: offsets[r + 1]! - offsets[r]! }, (_, k) => [ids[offsets[r]! + k]!, values?.[offsets[r]! + k] ?? 1] as const),
    );
    for (const [i, [id, value]] of entries.entries()) for (const [other, x] of entries.slice(0, i)) out[id]![other] = out[id]![other]! + c * (value * x);
  }
}

/** Slow twin of coordinate_sweep_f64. @param h symmetric, by rows */
export function coordinateSweepTwin(v: Float64Array, r: Float64Array, h: readonly Float64Array[], l1: Float64Array): void {
  for (const [j, row] of h.entries()) {
    const curvature = row[j]!;
    if (!(curvature > 0)) continue;
    const z = curvature * v[j]! - r[j]!;
    const next = Math.abs(z) > l1[j]! ? (z - Math.sign(z) * l1[j]!) / curvature : 0;
    const moved = next - v[j]!;
    v[j] = next;
    for (const [i, one] of row.entries()) r[i] = r[i]! + moved * one;
  }
}

/** Slow twin of matrix_product_f64. @param h by rows */
export function matrixProductTwin(x: Float64Array, h: readonly Float64Array[]): Float64Array {
  const whole = x.length - (x.length % 4);
  return Float64Array.from(h, (row) => {
    const lanes = [0, 0, 0, 0];
    for (const [j, one] of row.entries()) lanes[j < whole ? j % 4 : 0] = lanes[j < whole ? j % 4 : 0]! + one * x[j]!;
    return lanes[0]! + lanes[2]! + (lanes[1]! + lanes[3]!);
  });
}

export interface Terms {
  /** By class; one class of the heads of one prediction. */
  readonly residual: Float64Array[];
  readonly curvature: Float64Array[];
  /** Probabilities (softmax) or nothing. */
  readonly p: Float64Array[];
  /** By quantity, a number for every chunk of 64 rows, in the kernels' order: loss, residuals, predictions, curvatures. */
  readonly sums: Float64Array[];
}

/** Slow twin of logistic_terms_f64, squared_terms_f64 and poisson_terms_f64. */
export function termsTwin(head: OneHead, z: Float64Array, labels: Float64Array, weights: Float64Array): Terms {
  const sums = chunkSums(4, z.length);
  const residual = new Float64Array(z.length);
  const curvature = new Float64Array(z.length);
  for (let r = 0; r < z.length; r++) {
    const [value, y, weight] = [z[r]!, labels[r]!, weights[r]!];
    const p = head === "logistic" ? sigmoid(value) : head === "squared" ? value : Math.min(exp(value), Number.MAX_VALUE);
    residual[r] = head === "squared" ? 2 * weight * (value - y) : weight * (p - y);
    curvature[r] = head === "logistic" ? weight * (p * sigmoid(-value)) : head === "squared" ? 2 * weight : weight * p;
    add(sums, r, 0, weight * (head === "logistic" ? softplus(value) - y * value : head === "squared" ? (value - y) * (value - y) : p - y * value));
    add(sums, r, 1, residual[r]!);
    add(sums, r, 2, weight * p);
    add(sums, r, 3, curvature[r]!);
  }
  return { residual: [residual], curvature: [curvature], p: [], sums };
}

/**
 * Slow twin of softmax_terms_f64, and (labels f64[rows][K]) of soft_softmax_terms_f64.
 * @param z by class
 */
export function softmaxTermsTwin(z: readonly Float64Array[], labels: Float64Array, weights: Float64Array): Terms {
  const K = z.length;
  const rows = weights.length;
  const soft = labels.length > rows;
  const make = (): Float64Array[] => z.map(() => new Float64Array(rows));
  const [residual, curvature, p, sums] = [make(), make(), make(), chunkSums(1 + 3 * K, rows)];
  for (let r = 0; r < rows; r++) {
    const weight = weights[r]!;
    const y = soft ? labels.subarray(r * K, (r + 1) * K) : Float64Array.from(z, (_, k) => (labels[r] === k ? 1 : 0));
    const logits = z.map((one) => one[r]!);
    const most = Math.max(...logits);
    const best = logits.indexOf(most);
    const terms = logits.map((logit) => exp(logit - most));
    const others = terms.reduce((sum, e, k) => (k === best ? sum : sum + e), 0);
    const chunk = Math.floor(r / LOSS_CHUNK_ROWS);
    const below = logits.reduce((all, logit, k) => all + y[k]! * (most - logit), 0);
    const whole = y.reduce((all, one) => all + one, 0);
    const loss = sums[0]![chunk]! + weight * below;
    sums[0]![chunk] = loss + weight * (whole * log1p(others));
    for (let k = 0; k < K; k++) {
      const one = terms[k]! / (1 + others);
      const rest = k === best ? others / (1 + others) : 1 - one;
      p[k]![r] = one;
      residual[k]![r] = weight * (y[k] === 1 ? -rest : one - y[k]!);
      curvature[k]![r] = weight * (one * rest);
      add(sums, r, 1 + k, residual[k]![r]!);
      add(sums, r, 1 + K + k, weight * one);
      add(sums, r, 1 + 2 * K + k, curvature[k]![r]!);
    }
  }
  return { residual, curvature, p, sums };
}

/** Slow twin of softmax_scale_f64: x in place; returns its sums by class and chunk. */
export function softmaxScaleTwin(x: readonly Float64Array[], p: readonly Float64Array[], weights: Float64Array): Float64Array[] {
  const sums = chunkSums(x.length, weights.length);
  for (let r = 0; r < weights.length; r++) {
    let mean = 0;
    for (let k = 0; k < x.length; k++) mean += p[k]![r]! * x[k]![r]!;
    for (let k = 0; k < x.length; k++) {
      x[k]![r] = weights[r]! * (p[k]![r]! * (x[k]![r]! - mean));
      add(sums, r, k, x[k]![r]!);
    }
  }
  return sums;
}

/**
 * Slow twin of logistic_conjugate_f64, squared_conjugate_f64, poisson_conjugate_f64, softmax_conjugate_f64 and (labels f64[rows][K]) soft_softmax_conjugate_f64: by chunk.
 * @param residual by class, as the terms have it
 */
export function conjugateTwin(
  head: OneHead | "softmax",
  residual: readonly Float64Array[],
  labels: Float64Array,
  weights: Float64Array,
  scale: number,
): Float64Array {
  const sums = chunkSums(1, weights.length);
  const entropy = (q: number): number => (q > 0 ? q * log(q) : 0);
  const soft = labels.length > weights.length;
  for (let r = 0; r < weights.length; r++) {
    const [y, weight] = [labels[r]!, weights[r]!];
    if (weight === 0) continue;
    const t = residual.map((of) => (scale * of[r]!) / weight);
    if (head === "squared") add(sums, r, 0, weight * (t[0]! * (0.25 * t[0]! + y)));
    else if (head === "poisson") add(sums, r, 0, weight * (entropy(y + t[0]!) - (y + t[0]!)));
    else if (head === "logistic") add(sums, r, 0, weight * (entropy(y + t[0]!) + entropy(1 - y - t[0]!)));
    else if (soft) add(sums, r, 0, weight * t.reduce((sum, one, k) => sum + entropy(labels[r * t.length + k]! + one), 0));
    else add(sums, r, 0, weight * t.reduce((sum, one, k) => sum + entropy(k === y ? 1 + one : one), 0));
  }
  return sums[0]!;
}

function chunkSums(quantities: number, rows: number): Float64Array[] {
  return Array.from({ length: quantities }, () => new Float64Array(Math.ceil(rows / LOSS_CHUNK_ROWS)));
}

function add(sums: readonly Float64Array[], row: number, quantity: number, value: number): void {
  const chunk = Math.floor(row / LOSS_CHUNK_ROWS);
  sums[quantity]![chunk] = sums[quantity]![chunk]! + value;
}
