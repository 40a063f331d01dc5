import { CrossbillError } from "@crossbill/messages";
import { normalQuantile } from "@crossbill/numerics";
import { type Ranking, rankRows } from "./ranking.js";

export interface DetCurve {
  /** Share of label 0 that is predicted positive, length T + 1, from 0 to 1; on probit axes its normal quantile, -Infinity to Infinity. NaN without negatives. */
  readonly falsePositiveRate: Float64Array;
  /** Share of label 1 that is predicted negative, length T + 1, from 1 to 0; likewise. NaN without positives. */
  readonly falseNegativeRate: Float64Array;
  /** Infinity (nothing predicted positive), then the distinct scores, falling, length T + 1. */
  readonly thresholds: Float64Array;
}

export interface DetOptions {
  /** "probit": rates as normal quantiles, on which normally distributed scores make straight lines; default "linear". */
  readonly axes?: "linear" | "probit";
}

/**
 * Detection error tradeoff: both error rates at every distinct score (Martin, Doddington, Kamm, Ordowski and Przybocki 1997).
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE; E_OPTION_RANGE for unknown axes
 */
export function detCurve(labels: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>, options: DetOptions = {}): DetCurve {
  return detCurveOf(rankRows(labels, scores, weights), options);
}

/** {@link detCurve} of a ranking. */
export function detCurveOf(ranking: Ranking, options: DetOptions = {}): DetCurve {
  const { axes = "linear" } = options;
  if (axes !== "linear" && axes !== "probit")
    throw new CrossbillError("E_OPTION_RANGE", `axes of a DET curve are ${String(axes)}, allowed are linear and probit`, { exitCode: 2 });
  const on = axes === "linear" ? (rate: number): number => rate : normalQuantile;
  const size = ranking.thresholds.length + 1;
  const curve = { falsePositiveRate: new Float64Array(size), falseNegativeRate: new Float64Array(size), thresholds: new Float64Array(size) };
  curve.thresholds[0] = Infinity;
  curve.thresholds.set(ranking.thresholds, 1);
  for (let k = 0; k < size; k++) {
    const [tp, fp] = k === 0 ? [0, 0] : [ranking.truePositives[k - 1]!, ranking.falsePositives[k - 1]!];
    curve.falsePositiveRate[k] = on(fp / ranking.negativeWeight);
    curve.falseNegativeRate[k] = on(Math.max(0, ranking.positiveWeight - tp) / ranking.positiveWeight);
  }
  return curve;
}
