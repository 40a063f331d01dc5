import { sigmoid, softplus } from "@crossbill/numerics";

/** Weighted rows of a small logistic regression: eta_t = sum_j theta_j x_j[t]. D columns, T rows. */
export interface LogisticRows {
  /** D columns of length T. */
  readonly columns: readonly ArrayLike<number>[];
  /** Weight of each row, and of its targets in [0, weight]; length T. */
  readonly weights: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
}

export interface LogisticFit {
  readonly theta: readonly number[];
  /** D x D, row by row: the second derivatives of the loss at theta. */
  readonly hessian: readonly number[];
  readonly iterations: number;
  readonly converged: boolean;
}

const MAX_ITERATIONS = 100;
/** Of the first derivatives, relative to the sum of their parts' sizes. */
const TOLERANCE = 1e-11;
/** Share of the loss below which what a step gains is noise. */
const RESOLUTION = 2 ** -46;

/**
 * Minimises sum_t w_t softplus(eta_t) - target_t eta_t over theta by Newton's method with a damped matrix (Levenberg 1944) that is only used where a full step
 * does not help. Rows are summed in their order.
 * @param start theta to begin with
 */
export function fitLogistic(rows: LogisticRows, start: readonly number[]): LogisticFit {
  let theta = [...start];
  let at = derivatives(rows, theta);
  let damping = 0;
  for (let iterations = 0; iterations < MAX_ITERATIONS; iterations++) {
    if (at.gradient.every((g, j) => Math.abs(g) <= TOLERANCE * at.scale[j]!)) return { theta, hessian: at.hessian, iterations, converged: true };
    const step = solve(at.hessian, at.gradient, damping);
    const next = step?.map((x, j) => theta[j]! - x) ?? [];
    const gain = step === null ? NaN : step.reduce((sum, x, j) => sum + x * at.gradient[j]!, 0) / 2;
    // The loss cannot tell the rest of the way from its own rounding; Newton's last step squares what is left.
    if (damping === 0 && gain <= RESOLUTION * at.loss) {
      at = derivatives(rows, next);
      return { theta: next, hessian: at.hessian, iterations: iterations + 1, converged: true };
    }
    const there = step !== null && next.every(Number.isFinite) ? derivatives(rows, next) : null;
    if (there !== null && there.loss <= at.loss) {
      theta = next;
      at = there;
      damping = damping <= 1e-4 ? 0 : damping / 100;
    } else {
      if (damping > 1e12) return { theta, hessian: at.hessian, iterations, converged: at.gradient.every((g, j) => Math.abs(g) <= 1e-7 * at.scale[j]!) };
      damping = Math.max(1e-6, damping * 10);
    }
  }
  return { theta, hessian: at.hessian, iterations: MAX_ITERATIONS, converged: false };
}

interface Derivatives {
  readonly loss: number;
  readonly gradient: number[];
  /** Sum of the sizes of what was added up to the gradient. */
  readonly scale: number[];
  readonly hessian: number[];
}

function derivatives({ columns, weights, targets }: LogisticRows, theta: readonly number[]): Derivatives {
  const D = theta.length;
  const gradient = new Array<number>(D).fill(0);
  const scale = new Array<number>(D).fill(0);
  const hessian = new Array<number>(D * D).fill(0);
  let loss = 0;
  for (let t = 0; t < weights.length; t++) {
    let eta = 0;
    for (let j = 0; j < D; j++) eta += theta[j]! * columns[j]![t]!;
    const w = weights[t]!;
    const target = targets[t]!;
    // As for the likelier label, so that large eta do not cancel.
    loss += eta > 0 ? w * softplus(-eta) + (w - target) * eta : w * softplus(eta) - target * eta;
    const p = sigmoid(eta);
    const residual = eta > 0 ? w - target - w * sigmoid(-eta) : w * p - target;
    const curvature = w * p * sigmoid(-eta);
    for (let j = 0; j < D; j++) {
      const x = columns[j]![t]!;
      gradient[j]! += residual * x;
      scale[j]! += w * Math.abs(x);
      for (let k = 0; k <= j; k++) hessian[j * D + k]! += curvature * x * columns[k]![t]!;
    }
  }
  for (let j = 0; j < D; j++) for (let k = j + 1; k < D; k++) hessian[j * D + k] = hessian[k * D + j]!;
  return { loss, gradient, scale, hessian };
}

/** (H + damping diag H)^-1 b by Cholesky's factors; null where H is not positive definite. */
export function solve(hessian: readonly number[], b: readonly number[], damping = 0): number[] | null {
  const D = b.length;
  const factor = [...hessian];
  for (let j = 0; j < D; j++) factor[j * D + j]! *= 1 + damping;
  for (let j = 0; j < D; j++) {
    const diagonal = factor[j * D + j]!;
    for (let k = 0; k < j; k++) factor[j * D + j]! -= factor[j * D + k]! ** 2;
    if (!(factor[j * D + j]! > 1e-14 * diagonal)) return null;
    factor[j * D + j] = Math.sqrt(factor[j * D + j]!);
    for (let i = j + 1; i < D; i++) {
      for (let k = 0; k < j; k++) factor[i * D + j]! -= factor[i * D + k]! * factor[j * D + k]!;
      factor[i * D + j]! /= factor[j * D + j]!;
    }
  }
  const x = [...b];
  for (let i = 0; i < D; i++) {
    for (let k = 0; k < i; k++) x[i]! -= factor[i * D + k]! * x[k]!;
    x[i]! /= factor[i * D + i]!;
  }
  for (let i = D - 1; i >= 0; i--) {
    for (let k = i + 1; k < D; k++) x[i]! -= factor[k * D + i]! * x[k]!;
    x[i]! /= factor[i * D + i]!;
  }
  return x;
}
