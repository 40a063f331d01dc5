import fs from "node:fs";
import path from "node:path";

export interface CurveNumbers {
  edges: number[];
  prob_true: number[];
  prob_pred: number[];
  counts_nonempty?: number[];
  ece: number;
}

export interface MetricCase {
  name: string;
  y_true: number[];
  y_score: number[];
  logit?: number[];
  sample_weight: number[] | null;
  is_probability: boolean;
  expected: {
    log_loss: number | null;
    log_loss_from_logits?: number | null;
    brier: number | null;
    mean_pred: number;
    mean_label: number;
    bias: number;
    calibration_ratio: number | null;
    normalized_entropy: number | null;
    weight_sum: number;
    weight_pos: number;
    calibration_curve?: Record<string, CurveNumbers | null>;
  };
}

/** The reference cases of metrics.json, or why they are not there. */
export function metricCases(): MetricCase[] | string {
  let folder = process.env.CROSSBILL_VECTORS;
  for (let at = import.meta.dirname; folder === undefined && at !== path.dirname(at); at = path.dirname(at)) {
    if (fs.existsSync(path.join(at, "shared/vectors/metrics.json"))) folder = path.join(at, "shared/vectors");
  }
  const file = folder === undefined ? undefined : path.join(folder, "metrics.json");
  if (file === undefined || !fs.existsSync(file)) return "metrics.json is not there: set CROSSBILL_VECTORS to its folder";
  return (JSON.parse(fs.readFileSync(file, "utf8")) as { cases: MetricCase[] }).cases;
}

/** |got - want| <= tolerance max(1, |want|); null stands for NaN. */
export function close(got: number, want: number | null | undefined, tolerance: number): boolean {
  if (want === null || want === undefined || Number.isNaN(want)) return Number.isNaN(got);
  return got === want || Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want));
}
