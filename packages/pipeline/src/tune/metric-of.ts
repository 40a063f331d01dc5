import type { v1 } from "@crossbill/messages";
import type { TuneMetric } from "../config/tune-schema.js";

/** What a trial came to by a metric; NaN: undefined. */
export function metricOf(result: v1.TrialResult, metric: TuneMetric): number {
  return result.errorCode === "" ? result[metric] : Number.NaN;
}
