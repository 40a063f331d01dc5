import { ExactSum, exp, log, normalCdf, normalQuantile } from "@crossbill/numerics";
import { checkLevel } from "./inputs.js";
import { rankRowsWithPositions } from "./ranking.js";
import { rocAucOf } from "./roc.js";

export interface IntervalOptions {
  /** "importance" (default): a row is one draw whatever its weight; "frequency": a row of weight k is k rows. */
  readonly weightKind?: "importance" | "frequency";
  /** In (0, 1); default 0.95. */
  readonly level?: number;
}

export interface AucInterval {
  readonly auc: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
}

export interface AucComparison {
  readonly aucA: number;
  readonly aucB: number;
  /** A - B */
  readonly difference: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
  /** difference / standardError; NaN when that is 0. */
  readonly z: number;
  /** Two-sided, of no difference. */
  readonly pValue: number;
}

/**
 * AUC with DeLong's standard error (DeLong, DeLong and Clarke-Pearson 1988). With V_i the share of the other class that row i is ordered right against (ties half),
 *   var = S_1 + S_0,   S_c = n_c / (n_c - 1) sum_{i in c} w_i^2 (V_i - AUC)^2 / W_c^2         (importance)
 *                      S_c = sum_{i in c} w_i (V_i - AUC)^2 / (W_c (W_c - 1))                 (frequency)
 * The interval is symmetric on the log-odds of the AUC, so that it stays inside (0, 1); at an AUC of exactly 0 or 1 the standard error is 0 and the interval a point.
 * @returns NaN where a class has no weight, or (standard error, interval) fewer than two rows
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE, E_LEVEL_RANGE
 */
export function aucInterval(labels: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>, options: IntervalOptions = {}): AucInterval {
  const z = normalQuantile((1 + checkLevel(options.level ?? 0.95)) / 2);
  const placed = placements(labels, scores, weights);
  const standardError = Math.sqrt(variance(labels, placed.deviations, weights, options.weightKind ?? "importance"));
  const { auc } = placed;
  if (standardError === 0) return { auc, standardError, low: auc, high: auc };
  const logit = log(auc / (1 - auc));
  const reach = (z * standardError) / (auc * (1 - auc));
  return { auc, standardError, low: 1 / (1 + exp(reach - logit)), high: 1 / (1 + exp(-reach - logit)) };
}

/**
 * The difference of two AUCs on the same rows, with DeLong's paired standard error: {@link aucInterval}'s formula on the differences of the V_i.
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE, E_LEVEL_RANGE
 */
export function compareAuc(
  labels: ArrayLike<number>,
  scoresA: ArrayLike<number>,
  scoresB: ArrayLike<number>,
  weights?: ArrayLike<number>,
  options: IntervalOptions = {},
): AucComparison {
  const quantile = normalQuantile((1 + checkLevel(options.level ?? 0.95)) / 2);
  const a = placements(labels, scoresA, weights);
  const b = placements(labels, scoresB, weights);
  const difference = a.auc - b.auc;
  const deviations = a.deviations.map((v, i) => v - b.deviations[i]!);
  const standardError = Math.sqrt(variance(labels, deviations, weights, options.weightKind ?? "importance"));
  const z = standardError > 0 ? difference / standardError : NaN;
  const pValue = standardError === 0 ? 1 : 2 * normalCdf(-Math.abs(z));
  return {
    aucA: a.auc,
    aucB: b.auc,
    difference,
    standardError,
    low: difference - quantile * standardError,
    high: difference + quantile * standardError,
    z,
    pValue,
  };
}

/** The AUC and, of each row, V_i - AUC. */
function placements(labels: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>): { auc: number; deviations: Float64Array } {
  const { ranking, position } = rankRowsWithPositions(labels, scores, weights);
  const { positives, negatives, truePositives, falsePositives, positiveWeight, negativeWeight } = ranking;
  const auc = rocAucOf(ranking);
  const deviations = new Float64Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    if (weights !== undefined && weights[i] === 0) continue;
    const t = position[i]!;
    const share = labels[i] === 1 ? 1 - (falsePositives[t]! - negatives[t]! / 2) / negativeWeight : (truePositives[t]! - positives[t]! / 2) / positiveWeight;
    deviations[i] = share - auc;
  }
  return { auc, deviations };
}

function variance(labels: ArrayLike<number>, deviations: Float64Array, weights: ArrayLike<number> | undefined, kind: "importance" | "frequency"): number {
  const ofClass = (label: number): number => {
    const weight = new ExactSum();
    const squares = new ExactSum();
    let rows = 0;
    for (let i = 0; i < labels.length; i++) {
      const w = weights === undefined ? 1 : weights[i]!;
      if (labels[i] !== label || w === 0) continue;
      rows++;
      weight.add(w);
      squares.addProduct(kind === "importance" ? w * w : w, deviations[i]! * deviations[i]!);
    }
    const total = weight.value();
    const draws = kind === "importance" ? rows : total;
    if (!(draws > 1)) return NaN;
    return kind === "importance" ? ((rows / (rows - 1)) * squares.value()) / total / total : squares.value() / total / (total - 1);
  };
  return ofClass(1) + ofClass(0);
}
