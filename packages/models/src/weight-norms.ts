import { CrossbillError } from "@crossbill/messages";
import { exp, log } from "@crossbill/numerics";
import type { Model } from "./model.js";
import { readWeights } from "./read-weights.js";

/** Norms of a vector w: how large it is, and in which sense. Of no weights all are 0. */
export interface WeightNorms {
  /** How many are not 0. */
  readonly l0: number;
  /** sum |w| */
  readonly l1: number;
  /** sqrt(sum w^2) */
  readonly l2: number;
  /** max |w| */
  readonly lInfinity: number;
  /** (sum |w|^p)^(1/p) for the p that was asked for; null: none was. */
  readonly lp: number | null;
}

/** The norms of `weights`. Neither squares nor powers overflow: they are taken of |w| / max |w|. @param p above 0 @throws E_NORM (exit code 2) for another p */
export function normsOf(weights: ArrayLike<number>, p?: number): WeightNorms {
  if (p !== undefined && !(p > 0 && p < Number.POSITIVE_INFINITY))
    throw new CrossbillError("E_NORM", `p is ${p}; a norm Lp needs a number above 0`, { exitCode: 2 });
  let [l0, l1, most] = [0, 0, 0];
  for (let i = 0; i < weights.length; i++) {
    const size = Math.abs(weights[i]!);
    if (size === 0) continue;
    l0++;
    l1 += size;
    if (size > most) most = size;
  }
  let [squares, powers] = [0, 0];
  for (let i = 0; i < weights.length; i++) {
    const share = Math.abs(weights[i]!) / most;
    if (!(share > 0)) continue;
    squares += share * share;
    if (p !== undefined) powers += exp(p * log(share));
  }
  const lp = p === undefined ? null : most === 0 ? 0 : most * exp(log(powers) / p);
  return { l0, l1, l2: most * Math.sqrt(squares), lInfinity: most, lp };
}

/** The norms of all weights of a model without its intercepts, and by column, in the model's order (those with a weight other than 0). @throws E_NORM (exit code 2); what readWeights throws */
export async function weightNorms(model: Model, p?: number): Promise<{ readonly all: WeightNorms; readonly columns: ReadonlyMap<string, WeightNorms> }> {
  const columns = await readWeights(model);
  const all = new Float64Array(columns.reduce((sum, { weights }) => sum + weights.length, 0));
  let at = 0;
  for (const { weights } of columns) {
    all.set(weights, at);
    at += weights.length;
  }
  return { all: normsOf(all, p), columns: new Map(columns.map(({ name, weights }) => [name, normsOf(weights, p)])) };
}
