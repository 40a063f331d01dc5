import type { FitLinearData } from "@crossbill/trainer";

/** What the objective and its gradient are, said as plainly as can be. */
export interface TwinValue {
  readonly objective: number;
  /** By class: F weights, then the intercept. */
  readonly gradient: number[][];
  readonly sumPredictions: number[];
}

type Head = "logistic" | "squared" | "poisson" | "softmax";

/** @param w by class: F weights, then the intercept */
export function twinObjective({ rows, features, labels, weights }: FitLinearData, head: Head, l2: number, w: readonly number[][]): TwinValue {
  const gradient = w.map(() => new Array<number>(features + 1).fill(0));
  const sumPredictions = w.map(() => 0);
  let loss = 0;
  let total = 0;
  for (let i = 0; i < labels.length; i++) {
    const weight = weights?.[i] ?? 1;
    const y = labels[i]!;
    const z = w.map((of) => {
      let sum = of[features]!;
      for (let k = rows.offsets[i]!; k < rows.offsets[i + 1]!; k++) sum += of[rows.indices[k]!]! * rows.values[k]!;
      return sum;
    });
    const [p, own] = predictions(head, z, y);
    loss += weight * own;
    total += weight;
    for (let k = 0; k < w.length; k++) {
      const slope = weight * (head === "squared" ? 2 * (p[k]! - y) : head === "logistic" || head === "poisson" ? p[k]! - y : p[k]! - (y === k ? 1 : 0));
      sumPredictions[k] = sumPredictions[k]! + weight * p[k]!;
      const g = gradient[k]!;
      g[features] = g[features]! + slope;
      for (let e = rows.offsets[i]!; e < rows.offsets[i + 1]!; e++) g[rows.indices[e]!] = g[rows.indices[e]!]! + slope * rows.values[e]!;
    }
  }
  let penalty = 0;
  for (const [k, of] of w.entries()) {
    for (let f = 0; f <= features; f++) {
      penalty += f < features ? l2 * of[f]! * of[f]! : 0;
      gradient[k]![f] = gradient[k]![f]! / total + (f < features ? 2 * l2 * of[f]! : 0);
    }
  }
  return { objective: loss / total + penalty, gradient, sumPredictions };
}

/** Predictions by class, and the row's loss. */
function predictions(head: Head, z: readonly number[], y: number): [number[], number] {
  if (head === "squared") return [[z[0]!], (z[0]! - y) ** 2];
  if (head === "poisson") return [[Math.exp(z[0]!)], Math.exp(z[0]!) - y * z[0]!];
  if (head === "logistic") {
    const p = 1 / (1 + Math.exp(-z[0]!));
    return [[p], -y * Math.log(p) - (1 - y) * Math.log(1 - p)];
  }
  const e = z.map(Math.exp);
  const sum = e.reduce((a, b) => a + b, 0);
  return [e.map((one) => one / sum), -Math.log(e[y]! / sum)];
}
