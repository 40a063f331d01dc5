import { PANEL_ROWS } from "../exports-dense.js";

const { fround } = Math;

/** Sum over rows in float64, by lanes r mod 2, then l0 + l1. */
function pairSum(rows: number, value: (row: number) => number): number {
  const lanes = [0, 0];
  for (let r = 0; r < rows; r++) lanes[r % 2] = lanes[r % 2]! + value(r);
  return lanes[0]! + lanes[1]!;
}

/** Slow twin of batch_sums: f64[2][units]. */
export function batchSumsTwin(shift: Float32Array, z: Float32Array, w: Float64Array, units: number, rows: number): Float64Array {
  const out = new Float64Array(2 * units);
  for (let u = 0; u < units; u++) {
    const away = (r: number): number => z[u * PANEL_ROWS + r]! - shift[u]!;
    out[u] = pairSum(rows, (r) => w[r]! * away(r));
    out[units + u] = pairSum(rows, (r) => w[r]! * away(r) * away(r));
  }
  return out;
}

/** Slow twin of fold_panels: panels of f64[n], summed in order. */
export function foldPanelsTwin(panels: readonly Float64Array[]): Float64Array {
  return Float64Array.from(panels[0]!, (_, k) => panels.reduce((sum, panel) => sum + panel[k]!, 0));
}

/** What a block's batch normalisation is done with. */
export interface BatchStatistics {
  readonly mean: Float32Array;
  /** 1 / sqrt(variance + epsilon). */
  readonly scale: Float32Array;
}

/** Slow twin of batch_statistics; `running` f32[2][units] is updated in place. */
export function batchStatisticsTwin(
  running: Float32Array,
  sums: Float64Array,
  shift: Float32Array,
  units: number,
  { weight, epsilon, momentum }: { readonly weight: number; readonly epsilon: number; readonly momentum: number },
): BatchStatistics {
  const mean = new Float32Array(units);
  const scale = new Float32Array(units);
  for (let u = 0; u < units; u++) {
    let mu = running[u]!;
    let v = running[units + u]!;
    if (weight > 0) {
      const moved = sums[u]! / weight;
      mu = shift[u]! + moved;
      v = Math.max(sums[units + u]! / weight - moved * moved, 0);
      running[u] = momentum * running[u]! + (1 - momentum) * mu;
      running[units + u] = momentum * running[units + u]! + (1 - momentum) * v;
    }
    mean[u] = mu;
    scale[u] = 1 / Math.sqrt(v + epsilon);
  }
  return { mean, scale };
}

function standardized(z: Float32Array, { mean, scale }: BatchStatistics, u: number, r: number): number {
  return fround(fround(z[u * PANEL_ROWS + r]! - mean[u]!) * scale[u]!);
}

/** Slow twin of normalize: the panel gamma h + beta. */
export function normalizeTwin(
  z: Float32Array,
  statistics: BatchStatistics,
  gamma: Float32Array,
  beta: Float32Array,
  units: number,
  rows: number,
): Float32Array {
  const out = new Float32Array(units * PANEL_ROWS);
  for (let u = 0; u < units; u++) {
    for (let r = 0; r < rows; r++) out[u * PANEL_ROWS + r] = fround(standardized(z, statistics, u, r) * gamma[u]!) + beta[u]!;
  }
  return out;
}

/** Slow twin of normalize_backward_sums: f64[2][units]. */
export function normalizeBackwardSumsTwin(dy: Float32Array, z: Float32Array, statistics: BatchStatistics, units: number, rows: number): Float64Array {
  const out = new Float64Array(2 * units);
  for (let u = 0; u < units; u++) {
    out[u] = pairSum(rows, (r) => dy[u * PANEL_ROWS + r]! * standardized(z, statistics, u, r));
    out[units + u] = pairSum(rows, (r) => dy[u * PANEL_ROWS + r]!);
  }
  return out;
}

/** Slow twin of normalize_backward, with the folded sums and the block's weight. */
export function normalizeBackwardTwin(
  dy: Float32Array,
  z: Float32Array,
  w: Float64Array,
  statistics: BatchStatistics,
  gamma: Float32Array,
  sums: Float64Array,
  weight: number,
  units: number,
  rows: number,
): Float32Array {
  const out = new Float32Array(units * PANEL_ROWS);
  for (let u = 0; u < units; u++) {
    const along = weight > 0 ? fround(sums[u]! / weight) : 0;
    const level = weight > 0 ? fround(sums[units + u]! / weight) : 0;
    for (let r = 0; r < rows; r++) {
      const given = fround(fround(w[r]!) * fround(level + fround(standardized(z, statistics, u, r) * along)));
      out[u * PANEL_ROWS + r] = fround(gamma[u]! * statistics.scale[u]!) * fround(dy[u * PANEL_ROWS + r]! - given);
    }
  }
  return out;
}
