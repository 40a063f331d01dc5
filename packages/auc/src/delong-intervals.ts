import { exp, log, normalCdf, normalQuantile } from "@crossbill/numerics";

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

/** The interval of an AUC with this variance, symmetric on its log-odds; a point where the variance is 0. */
export function intervalOf(auc: number, variance: number, level: number): AucInterval {
  const standardError = Math.sqrt(variance);
  if (standardError === 0) return { auc, standardError, low: auc, high: auc };
  const logit = log(auc / (1 - auc));
  const reach = (normalQuantile((1 + level) / 2) * standardError) / (auc * (1 - auc));
  return { auc, standardError, low: 1 / (1 + exp(reach - logit)), high: 1 / (1 + exp(-reach - logit)) };
}

/** The normal interval and test of the difference of two AUCs with this variance. */
export function comparisonOf(aucA: number, aucB: number, variance: number, level: number): AucComparison {
  const difference = aucA - aucB;
  const standardError = Math.sqrt(variance);
  const reach = normalQuantile((1 + level) / 2) * standardError;
  const z = standardError > 0 ? difference / standardError : NaN;
  const pValue = standardError === 0 ? 1 : 2 * normalCdf(-Math.abs(z));
  return { aucA, aucB, difference, standardError, low: difference - reach, high: difference + reach, z, pValue };
}
