import fs from "node:fs";
import path from "node:path";

interface Expected {
  roc_auc: number | null;
  n: number;
  weight_sum: number;
  weight_pos: number;
  log_loss: number;
  brier: number;
  mean_pred: number;
  mean_label: number;
  bias: number;
  calibration_ratio: number | null;
  normalized_entropy: number | null;
}

export interface SliceVectors {
  y_true: number[];
  y_score: number[];
  segment: string[];
  sample_weight: number[];
  expected_unweighted: [string, Expected][];
  expected_weighted: [string, Expected][];
}

/** The sliced reference case of metrics.json, or why it is not there. */
export function sliceVectors(): SliceVectors | string {
  let folder = process.env.CROSSBILL_VECTORS;
  for (let at = import.meta.dirname; folder === undefined && at !== path.dirname(at); at = path.dirname(at)) {
    if (fs.existsSync(path.join(at, "shared/vectors/metrics.json"))) folder = path.join(at, "shared/vectors");
  }
  const file = folder === undefined ? undefined : path.join(folder, "metrics.json");
  if (file === undefined || !fs.existsSync(file)) return "metrics.json is not there: set CROSSBILL_VECTORS to its folder";
  return (JSON.parse(fs.readFileSync(file, "utf8")) as { slices: SliceVectors }).slices;
}

/** |got - want| <= tolerance max(1, |want|); null stands for NaN. */
export function close(got: number, want: number | null, tolerance = 1e-12): boolean {
  if (want === null || Number.isNaN(want)) return Number.isNaN(got);
  return Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want));
}
