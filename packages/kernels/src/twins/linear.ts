import type { TwinBlock } from "./block.js";
import { exp, log, sigmoid, softplus } from "./math.js";

/** Rows of a chunk: losses are summed within chunks in row order, and over chunks in chunk order. */
export const LOSS_CHUNK_ROWS = 64;

/** Slow twin of one_hot_dot_f32 and csr_dot_f32: logits of all rows, in the order of sums documented there. */
export function blockDotTwin(block: TwinBlock, w: Float32Array): Float64Array {
  const out = new Float64Array(block.rows);
  for (let r = 0; r < block.rows; r++) {
    const start = block.rowOffsets[r]!;
    const n = block.rowOffsets[r + 1]! - start;
    const lanes = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const term = w[block.local[start + i]!]! * (block.values?.[start + i] ?? 1);
      const lane = block.values !== null || i >= n - (n % 4) ? 0 : i % 4;
      lanes[lane] = lanes[lane]! + term;
    }
    out[r] = lanes[0]! + lanes[1]! + (lanes[2]! + lanes[3]!);
  }
  return out;
}

/** Slow twin of dense_add_f32: adds w[d] * x[d][r] to out[r], one d after the other. */
export function denseAddTwin(out: Float64Array, x: readonly Float32Array[], w: Float32Array): void {
  for (let r = 0; r < out.length; r++) for (const [d, column] of x.entries()) out[r] = out[r]! + w[d]! * column[r]!;
}

export interface Residuals {
  readonly residual: Float64Array;
  /** Per chunk of 64 rows. */
  readonly losses: Float64Array;
  readonly weightSums: Float64Array;
}

/** Heads of one prediction. */
export type OneHead = "logistic" | "squared" | "poisson";

/** Slow twin of logistic_residuals (head "logistic"), squared_residuals and poisson_residuals. */
export function residualsTwin(head: OneHead, logits: Float64Array, labels: Float64Array, weights: Float64Array): Residuals {
  const chunks = Math.ceil(logits.length / LOSS_CHUNK_ROWS);
  const out = { residual: new Float64Array(logits.length), losses: new Float64Array(chunks), weightSums: new Float64Array(chunks) };
  for (let r = 0; r < logits.length; r++) {
    const z = logits[r]!;
    const y = labels[r]!;
    const weight = weights[r]!;
    const chunk = Math.floor(r / LOSS_CHUNK_ROWS);
    const rate = Math.min(exp(z), Number.MAX_VALUE);
    const loss = head === "logistic" ? softplus(z) - y * z : head === "squared" ? (z - y) * (z - y) : rate - y * z;
    out.residual[r] = weight * (head === "logistic" ? sigmoid(z) - y : head === "squared" ? 2 * (z - y) : rate - y);
    out.losses[chunk] = out.losses[chunk]! + weight * loss;
    out.weightSums[chunk] = out.weightSums[chunk]! + weight;
  }
  return out;
}

/** Of several classes: residuals by class. */
export interface ClassResiduals extends Omit<Residuals, "residual"> {
  readonly residuals: readonly Float64Array[];
}

/** Slow twin of softmax_residuals and one_vs_rest_residuals; logits by class. */
export function classResidualsTwin(
  head: "softmax" | "oneVsRest",
  logits: readonly Float64Array[],
  labels: Float64Array,
  weights: Float64Array,
): ClassResiduals {
  const rows = labels.length;
  const chunks = Math.ceil(rows / LOSS_CHUNK_ROWS);
  const out = { residuals: logits.map(() => new Float64Array(rows)), losses: new Float64Array(chunks), weightSums: new Float64Array(chunks) };
  for (let r = 0; r < rows; r++) {
    const [y, weight, chunk] = [labels[r]!, weights[r]!, Math.floor(r / LOSS_CHUNK_ROWS)];
    const z = logits.map((of) => of[r]!);
    let loss = 0;
    if (head === "softmax") {
      const most = Math.max(...z);
      const powers = z.map((one) => exp(one - most));
      let sum = 0;
      for (const power of powers) sum += power;
      loss = most + log(sum) - z[y]!;
      for (const [k, power] of powers.entries()) out.residuals[k]![r] = weight * (power / sum - (k === y ? 1 : 0));
    } else {
      for (const [k, one] of z.entries()) {
        loss += softplus(one) - (k === y ? 1 : 0) * one;
        out.residuals[k]![r] = weight * (sigmoid(one) - (k === y ? 1 : 0));
      }
    }
    out.losses[chunk] = out.losses[chunk]! + weight * loss;
    out.weightSums[chunk] = out.weightSums[chunk]! + weight;
  }
  return out;
}

/** Slow twin of soft_softmax_residuals and multi_label_residuals; logits by class, labels f64[B][K]. */
export function vectorResidualsTwin(
  head: "softSoftmax" | "multiLabel",
  logits: readonly Float64Array[],
  labels: Float64Array,
  weights: Float64Array,
): ClassResiduals {
  const rows = weights.length;
  const K = logits.length;
  const chunks = Math.ceil(rows / LOSS_CHUNK_ROWS);
  const out = { residuals: logits.map(() => new Float64Array(rows)), losses: new Float64Array(chunks), weightSums: new Float64Array(chunks) };
  for (let r = 0; r < rows; r++) {
    const [weight, chunk] = [weights[r]!, Math.floor(r / LOSS_CHUNK_ROWS)];
    const y = labels.subarray(r * K, (r + 1) * K);
    const z = logits.map((of) => of[r]!);
    let loss = 0;
    if (head === "softSoftmax") {
      const most = Math.max(...z);
      const powers = z.map((one) => exp(one - most));
      const sum = powers.reduce((all, power) => all + power, 0);
      const own = z.reduce((all, one, k) => all + y[k]! * one, 0);
      loss = y.reduce((all, one) => all + one, 0) * (most + log(sum)) - own;
      for (const [k, power] of powers.entries()) out.residuals[k]![r] = weight * (power / sum - y[k]!);
    } else {
      for (const [k, one] of z.entries()) {
        loss += softplus(one) - y[k]! * one;
        out.residuals[k]![r] = weight * (sigmoid(one) - y[k]!);
      }
    }
    out.losses[chunk] = out.losses[chunk]! + weight * loss;
    out.weightSums[chunk] = out.weightSums[chunk]! + weight;
  }
  return out;
}

/** Slow twin of sampled_residuals; logits and residuals by active class. */
export function sampledResidualsTwin(
  nce: boolean,
  active: { readonly classes: ArrayLike<number>; readonly sampled: ArrayLike<boolean | number>; readonly corrections: ArrayLike<number> },
  logits: readonly Float64Array[],
  labels: Float64Array,
  weights: Float64Array,
): ClassResiduals {
  const rows = labels.length;
  const chunks = Math.ceil(rows / LOSS_CHUNK_ROWS);
  const out = { residuals: logits.map(() => new Float64Array(rows)), losses: new Float64Array(chunks), weightSums: new Float64Array(chunks) };
  for (let r = 0; r < rows; r++) {
    const [y, weight, chunk] = [labels[r]!, weights[r]!, Math.floor(r / LOSS_CHUNK_ROWS)];
    const candidates = logits.flatMap((of, i) => {
      const own = active.classes[i] === y;
      return own || active.sampled[i] ? [{ i, own, c: of[r]! - active.corrections[i]! }] : [];
    });
    let loss = 0;
    if (nce) {
      for (const { i, own, c } of candidates) {
        loss += softplus(own ? -c : c);
        out.residuals[i]![r] = weight * (sigmoid(c) - (own ? 1 : 0));
      }
    } else {
      const most = Math.max(...candidates.map(({ c }) => c));
      let sum = 0;
      for (const { c } of candidates) sum += exp(c - most);
      loss = most + log(sum) - candidates.find(({ own }) => own)!.c;
      for (const { i, own, c } of candidates) out.residuals[i]![r] = weight * (exp(c - most) / sum - (own ? 1 : 0));
    }
    out.losses[chunk] = out.losses[chunk]! + weight * loss;
    out.weightSums[chunk] = out.weightSums[chunk]! + weight;
  }
  return out;
}

/** Slow twin of dense_gradients_f32 for one dense input. */
export function denseGradientTwin(x: Float32Array, residual: Float64Array): number {
  const lanes = [0, 0, 0, 0];
  const four = residual.length - (residual.length % 4);
  for (let r = 0; r < residual.length; r++) {
    const lane = r < four ? r % 4 : 0;
    lanes[lane] = lanes[lane]! + residual[r]! * x[r]!;
  }
  return lanes[0]! + lanes[2]! + (lanes[1]! + lanes[3]!);
}

/** Gradients of the block's distinct features: residuals (times values) of their rows, in row order. */
export function featureGradientsTwin(block: TwinBlock, residual: Float64Array): Float64Array {
  return Float64Array.from(block.uniq, (_, u) => {
    let g = 0;
    for (let k = block.offsets[u]!; k < block.offsets[u + 1]!; k++) g += residual[block.rowsOf[k]!]! * (block.valuesOf?.[k] ?? 1);
    return g;
  });
}
