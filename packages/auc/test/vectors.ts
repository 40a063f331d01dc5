import fs from "node:fs";
import path from "node:path";

export interface MetricCase {
  name: string;
  y_true: number[];
  y_score: number[];
  sample_weight: number[] | null;
  is_probability: boolean;
  expected: {
    roc_auc: number | null;
    average_precision: number | null;
    weight_sum: number;
    weight_pos: number;
    roc_curve?: { fpr: number[]; tpr: number[]; thresholds: (number | null)[] };
    pr_curve?: { precision: number[]; recall: number[]; thresholds: number[] };
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
  if (want === null || want === undefined) return Number.isNaN(got);
  return got === want || Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want));
}
