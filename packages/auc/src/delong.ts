import { DelongAccumulator } from "./delong-accumulator.js";
import type { AucComparison, AucInterval, IntervalOptions } from "./delong-intervals.js";
import { intervalOptions } from "./inputs.js";
import { rankRows } from "./ranking.js";

/**
 * AUC with DeLong's standard error (DeLong, DeLong and Clarke-Pearson 1988). With V_i the share of the other class that row i is ordered right against (ties half),
 *   var = S_1 + S_0,   S_c = n_c / (n_c - 1) sum_{i in c} w_i^2 (V_i - AUC)^2 / W_c^2         (importance)
 *                      S_c = sum_{i in c} w_i (V_i - AUC)^2 / (W_c (W_c - 1))                 (frequency)
 * The interval is symmetric on the log-odds of the AUC, so that it stays inside (0, 1); at an AUC of exactly 0 or 1 the standard error is 0 and the interval a point.
 * @returns NaN where a class has no weight, or (standard error, interval) fewer than two rows
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE, E_LEVEL_RANGE, E_WEIGHT_KIND
 */
export function aucInterval(labels: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>, options: IntervalOptions = {}): AucInterval {
  intervalOptions(options);
  const accumulator = new DelongAccumulator(rankRows(labels, scores, weights));
  accumulator.update(labels, scores, undefined, weights);
  return accumulator.value(options).a;
}

/**
 * The difference of two AUCs on the same rows, with DeLong's paired standard error: {@link aucInterval}'s formula on the differences of the V_i.
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE, E_LEVEL_RANGE, E_WEIGHT_KIND
 */
export function compareAuc(
  labels: ArrayLike<number>,
  scoresA: ArrayLike<number>,
  scoresB: ArrayLike<number>,
  weights?: ArrayLike<number>,
  options: IntervalOptions = {},
): AucComparison {
  intervalOptions(options);
  const accumulator = new DelongAccumulator(rankRows(labels, scoresA, weights), rankRows(labels, scoresB, weights));
  accumulator.update(labels, scoresA, scoresB, weights);
  return accumulator.value(options).comparison!;
}
