import type { FitLinearData } from "@crossbill/trainer";
import { twinObjective } from "./exact-twin.js";

type Head = "logistic" | "squared" | "poisson" | "softmax";

/** Objective - dual objective at the residuals, or at a share of them, whichever is nearer: from the rows, as plainly as can be. @param w by class: F weights, then the intercept */
export function gapTwin(data: FitLinearData, head: Head, { l1 = 0, l2 = 0 }: { readonly l1?: number; readonly l2?: number }, w: readonly number[][]): number {
  const { objective, gradient } = twinObjective(data, head, 0, w);
  const features = data.features;
  const each = w.flatMap((of, k) => of.slice(0, features).map((x, f) => [x, gradient[k]![f]!] as const));
  const penalty = each.reduce((sum, [x]) => sum + l1 * Math.abs(x) + l2 * x * x, 0);
  const most = Math.max(...each.map(([, u]) => Math.abs(u)));
  const dual = (s: number): number => {
    const off = each.reduce((sum, [, u]) => {
      const over = Math.max(0, s * Math.abs(u) - l1);
      return sum + (over === 0 ? 0 : over < 1e-12 * l1 && l2 === 0 ? 0 : over ** 2 / (4 * l2));
    }, 0);
    return -conjugate(data, head, w, s) - off;
  };
  return objective + penalty - Math.max(dual(1), l1 === 0 ? -Infinity : dual(Math.min(1, l1 / most)));
}

/** Mean of the losses' convex conjugates at s times the derivative of each by its logits. */
function conjugate({ rows, labels, weights, features }: FitLinearData, head: Head, w: readonly (readonly number[])[], s: number): number {
  const entropy = (q: number): number => (q <= 0 ? 0 : q * Math.log(q));
  let [sum, total] = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    const weight = weights?.[i] ?? 1;
    const y = labels[i]!;
    const z = w.map((of) => {
      let logit = of[features]!;
      for (let k = rows.offsets[i]!; k < rows.offsets[i + 1]!; k++) logit += of[rows.indices[k]!]! * rows.values[k]!;
      return logit;
    });
    total += weight;
    if (head === "squared") {
      const t = s * 2 * (z[0]! - y);
      sum += weight * (t * t * 0.25 + t * y);
    } else if (head === "poisson") {
      const q = y + s * (Math.exp(z[0]!) - y);
      sum += weight * (entropy(q) - q);
    } else if (head === "logistic") {
      const q = y + s * (1 / (1 + Math.exp(-z[0]!)) - y);
      sum += weight * (entropy(q) + entropy(1 - q));
    } else {
      const e = z.map((one) => Math.exp(one - Math.max(...z)));
      const all = e.reduce((a, b) => a + b, 0);
      sum += weight * e.reduce((own, one, k) => own + entropy((k === y ? 1 - s : 0) + (s * one) / all), 0);
    }
  }
  return sum / total;
}
