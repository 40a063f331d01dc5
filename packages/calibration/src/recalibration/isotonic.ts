import { checkRows } from "../inputs.js";
import { type PooledRows, poolRows } from "../pool-rows.js";
import { checkSome } from "./no-rows.js";
import type { IsotonicRecalibration } from "./recalibration.js";

export interface IsotonicOptions {
  /**
   * Half a row of either label is added at the least and at the greatest prediction, so that no probability becomes 0 or 1, which a later row of the other label
   * would make an unbounded loss. Default false.
   */
  readonly smooth?: boolean;
}

/**
 * Isotonic regression of the labels on the predictions: the not falling map m of the least sum w (m(p) - y)^2, by pooling adjacent violators (Ayer et al. 1955;
 * Zadrozny and Elkan 2002). Rows of equal prediction are pooled first. Between the rows it is linear, as in scikit-learn: a block of rows has a knot at its
 * least and one at its greatest prediction. On the rows it was fitted on, the sum of predictions is the sum of labels (of every block, without `smooth`).
 * O(N log N).
 * @param labels 0 or 1, length N
 * @param probabilities of label 1, in [0, 1], length N
 * @param weights >= 0, length N; default all 1
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_RECALIBRATION_ROWS
 */
export function fitIsotonic(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  weights?: ArrayLike<number>,
  options: IsotonicOptions = {},
): IsotonicRecalibration {
  checkRows(labels, probabilities, weights);
  const pooled = poolRows(labels, probabilities, weights);
  checkSome(pooled);
  const knots: number[] = [];
  const values: number[] = [];
  for (const { from, to, weight, positive } of poolViolators(pooled, options.smooth === true ? 0.5 : 0)) {
    const mean = positive / weight;
    knots.push(pooled.values[from]!);
    values.push(mean);
    if (to === from) continue;
    knots.push(pooled.values[to]!);
    values.push(mean);
  }
  return { kind: "isotonic", knots, values };
}

/** Distinct predictions [from, to] with one value. */
interface Block {
  from: number;
  readonly to: number;
  weight: number;
  positive: number;
}

/** @param added weight of either label at both ends */
function poolViolators({ values, negatives, positives }: PooledRows, added: number): Block[] {
  const blocks: Block[] = [];
  const last = values.length - 1;
  for (let t = 0; t <= last; t++) {
    const extra = (t === 0 ? added : 0) + (t === last ? added : 0);
    const block = { from: t, to: t, weight: negatives[t]! + positives[t]! + 2 * extra, positive: positives[t]! + extra };
    for (let before = blocks.at(-1); before !== undefined && before.positive / before.weight >= block.positive / block.weight; before = blocks.at(-1)) {
      blocks.pop();
      block.weight += before.weight;
      block.positive += before.positive;
      block.from = before.from;
    }
    blocks.push(block);
  }
  return blocks;
}
