import { isOfClasses, isOfNumbers, v1 } from "@crossbill/messages";
import { normalQuantile } from "@crossbill/numerics";
import type { Config } from "./config/schema.js";

/** Nights in a year: what `falseBlocksPerYear` is spread over. */
const NIGHTS = 365;

export interface GateDecision {
  accepted: boolean;
  /** Why it was rejected; of an accepted model, what is worth knowing (slices too small to test, no current model). */
  reasons: string[];
  limits: v1.ReportLimit[];
}

/**
 * Decides whether a model may replace the current one, by one-sided tests on the same test rows. A model is rejected only when a limit is
 * passed beyond what chance explains: the lower confidence bound of the excess lies above the limit.
 *
 *   log-loss: (d - z se_d) > maxLogLossIncrease * currentLoss        d = mean paired difference, new - current
 *   bias:     max(0, |b| - z se_b) / s - |b_current| / s > maxBias   b = mean prediction - mean label, s = mean label
 *
 * overall and for every slice with at least `minSliceRows` rows. z is the normal quantile of 1 - falseBlocksPerYear / (365 m), m the number of tests
 * (Bonferroni): equal models are blocked by chance at most `falseBlocksPerYear` times in a year of nightly runs. Without a current model only
 * the overall bias is tested, as if the current model had none. A squared head uses its mean squared error as loss and s = its root, a poisson head its mean deviance and s = the mean label.
 * A head of several classes has no bias: its log-loss alone is tested, and nothing without a current model.
 * What cannot be measured (no test rows, one class only, NaN) is rejected.
 */
export function decideGate(evaluation: v1.Evaluation, comparison: v1.Comparison | null, limits: Config["gate"]): GateDecision {
  const unmeasured = unmeasurable(evaluation);
  if (unmeasured !== null) return { accepted: false, reasons: [unmeasured], limits: [] };
  const overall = comparison?.overall ?? null;
  const slices = (comparison?.slices ?? []).filter((s) => (s.difference?.rows ?? 0) >= limits.minSliceRows);
  const several = isOfClasses(evaluation.head);
  const tests = several ? Math.max(1, overall === null ? 0 : 1 + slices.length) : (overall === null ? 1 : 2) + 2 * slices.length;
  const z = normalQuantile(1 - Math.min(0.5, limits.falseBlocksPerYear / NIGHTS / tests));
  const squared = evaluation.head === v1.Head.SQUARED;
  const loss = lossName(evaluation.head);
  const checked: Check[] = [];
  if (overall !== null) checked.push(lossCheck(loss, overall, limits.maxLogLossIncrease, z));
  if (!several) checked.push(biasCheck("bias", evaluation.bias ?? null, overall?.biasCurrent ?? null, limits.maxBias, z, squared ? evaluation.rmse : null));
  for (const slice of slices) {
    const name = sliceName(slice.slice);
    checked.push(lossCheck(`${loss} of ${name}`, slice.difference, limits.maxLogLossIncrease, z));
    if (several) continue;
    checked.push(
      biasCheck(
        `bias of ${name}`,
        slice.difference.biasNew ?? null,
        slice.difference.biasCurrent ?? null,
        limits.maxBias,
        z,
        squared ? Math.sqrt(slice.difference.lossNew) : null,
      ),
    );
  }
  const failed = checked.filter((c) => !c.limit.passed);
  const notes: string[] = [];
  if (overall === null) notes.push(`there is no current model: ${several ? "nothing" : "only the bias"} was tested`);
  if (comparison !== null && comparison.smallSlices > 0)
    notes.push(`${comparison.smallSlices} slices have fewer than ${limits.minSliceRows} test rows and were not tested`);
  return { accepted: failed.length === 0, reasons: failed.length > 0 ? failed.map((c) => c.reason) : notes, limits: checked.map((c) => c.limit) };
}

function lossName(head: v1.Head): string {
  return head === v1.Head.SQUARED ? "squared error" : head === v1.Head.POISSON ? "deviance" : "log-loss";
}

interface Check {
  limit: v1.ReportLimit;
  reason: string;
}

function unmeasurable(e: v1.Evaluation): string | null {
  if (e.rows === 0) return "there are no test rows to measure the model on (E_GATE_NO_ROWS)";
  if (isOfNumbers(e.head)) {
    const measured = e.head === v1.Head.POISSON ? e.deviance : e.rmse;
    return Number.isFinite(measured) ? null : `the ${lossName(e.head)} of the model is not a number (E_GATE_UNDEFINED)`;
  }
  if (!Number.isFinite(e.logLoss)) return "the log-loss of the model is not a number (E_GATE_UNDEFINED)";
  if (isOfClasses(e.head)) return null;
  return Number.isFinite(e.auc) ? null : "the test rows hold one class only: AUC is undefined (E_GATE_ONE_CLASS)";
}

function lossCheck(name: string, d: v1.PairedDifference, most: number, z: number): Check {
  const scale = d.lossCurrent;
  const value = d.difference / scale;
  const low = (d.difference - z * d.standardError) / scale;
  const high = (d.difference + z * d.standardError) / scale;
  const passed = !(low > most) && !Number.isNaN(value);
  const limit = v1.ReportLimit.create({ name: `${name}, relative increase`, limit: most, value, low, high, passed });
  return { limit, reason: `${name} rose by ${percent(value)} (interval ${percent(low)} to ${percent(high)}); at most ${percent(most)} is allowed` };
}

function biasCheck(name: string, now: v1.Bias | null, before: v1.Bias | null, most: number, z: number, scaleOf: number | null): Check {
  const scale = scaleOf ?? now?.meanLabel ?? Number.NaN;
  const size = Math.abs(now?.difference ?? Number.NaN);
  const error = z * (now?.standardError ?? Number.NaN);
  const known = Math.abs(before?.difference ?? 0);
  const value = (size - known) / scale;
  const low = (Math.max(0, size - error) - known) / scale;
  const high = (size + error - known) / scale;
  // a slice without a single positive has no relative bias: nothing to hold against the model
  const passed = scale === 0 || !(low > most);
  const limit = v1.ReportLimit.create({ name: `${name}, relative, beyond the current model's`, limit: most, value, low, high, passed });
  return {
    limit,
    reason: `${name}: mean prediction ${short(now?.meanPrediction)} against mean label ${short(now?.meanLabel)}, ${percent(value)} beyond the current model's; at most ${percent(most)} is allowed`,
  };
}

function sliceName(keys: readonly v1.SliceKey.$Properties[]): string {
  return keys.map((k) => `${k.field}=${k.missing === true ? "(missing)" : k.value}`).join(", ");
}

const percent = (x: number): string => `${(100 * x).toFixed(2)}%`;
const short = (x: number | undefined): string => (x === undefined ? "undefined" : x.toPrecision(4));
