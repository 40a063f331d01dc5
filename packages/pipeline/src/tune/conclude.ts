import { meanInterval, weightKindName } from "@crossbill/evaluation";
import type { v1 } from "@crossbill/messages";
import type { TuneMetric } from "../config/tune-schema.js";
import { ranked, sparsestWithinOne } from "./choose.js";
import { metricOf } from "./metric-of.js";
import type { FoundTrial } from "./search.js";
import type { TrialStore } from "./trial-store.js";

/** What trials are found to be, one against the other. */
export interface Conclusion {
  /** Indices into the trials. */
  readonly best: number;
  /** The one-standard-error rule's, and its limit; null: the best has no standard error. */
  readonly sparsest: { readonly index: number; readonly limit: number } | null;
  /** By trial: mean loss - the best's, paired by row, and its standard error; NaN where it was measured on other rows, or failed. */
  readonly differences: readonly { readonly difference: number; readonly standardError: number }[];
}

/** The best trial of the last rung. null: every trial failed, or the metric is undefined for all of them. */
export async function conclude(trials: readonly FoundTrial[], metric: TuneMetric, weightKind: v1.WeightKind, store: TrialStore): Promise<Conclusion | null> {
  const last = Math.max(...trials.map(({ rung }) => rung));
  // Those of earlier rungs had fewer epochs: they do not compete.
  const finalists = trials.map(({ result, rung }) => (rung === last ? metricOf(result, metric) : Number.NaN));
  const best = ranked(finalists, metric)[0];
  if (best === undefined || Number.isNaN(finalists[best]!)) return null;
  const measured = trials.map(({ result: { loss, lossStandardError, nonZero } }, i) => ({
    value: finalists[i]!,
    loss: Number.isNaN(finalists[i]!) ? Number.NaN : loss,
    lossStandardError,
    nonZero,
  }));
  const own = trials[best]!.result;
  const of = await store.losses(own.key);
  const kind = weightKindName(weightKind);
  const differences: { difference: number; standardError: number }[] = [];
  for (const { result } of trials) {
    if (result.errorCode !== "" || result.rowsSha256 !== own.rowsSha256) differences.push({ difference: Number.NaN, standardError: Number.NaN });
    else {
      const { losses, weights } = await store.losses(result.key);
      const { mean, standardError } = meanInterval(losses.keys(), weights, (i) => losses[i]! - of.losses[i]!, kind, 0.95);
      differences.push({ difference: mean, standardError });
    }
  }
  return { best, sparsest: sparsestWithinOne(measured, best), differences };
}
