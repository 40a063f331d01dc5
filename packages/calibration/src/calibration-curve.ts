import { logit } from "@crossbill/numerics";
import { binOf, logitGrid, logitUniformEdges, uniformEdges } from "./bin-edges.js";
import { BinSums, binsOf, type CalibrationBin, type SummedBin } from "./bin-sums.js";
import { type BinStrategy, type CurveOptions, curveOptions } from "./curve-options.js";
import { checkRows, intervalOptions } from "./inputs.js";
import { mergeLogitCells } from "./logit-bins.js";
import { quantileEdges } from "./quantile-edges.js";

export interface RowCurveOptions extends CurveOptions {
  /** >= 0, length N; default all 1. */
  readonly weights?: ArrayLike<number> | undefined;
}

export interface CalibrationCurve {
  readonly strategy: BinStrategy;
  /** The non-empty bins, by rising prediction. */
  readonly bins: readonly CalibrationBin[];
}

/**
 * Mean prediction against mean label in bins of the prediction. Bins are closed on the right, as in scikit-learn; empty ones are left out.
 * The edges are those of {@link uniformEdges}, {@link quantileEdges}, {@link mergeLogitCells} and {@link logitUniformEdges}, or given.
 * @param labels 0 or 1, length N
 * @param probabilities of label 1, in [0, 1], length N
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_BIN_COUNT, E_BIN_STRATEGY, E_BIN_EDGES, E_LEVEL_RANGE, E_WEIGHT_KIND
 */
export function calibrationCurve(labels: ArrayLike<number>, probabilities: ArrayLike<number>, options: RowCurveOptions = {}): CalibrationCurve {
  const { weights } = options;
  const { bins, strategy } = curveOptions(options);
  checkRows(labels, probabilities, weights);
  const interval = intervalOptions(options);
  if (strategy === "logit") {
    const cells = sumCells(labels, probabilities, weights, logitGrid());
    return { strategy, bins: binsOf(mergeLogitCells(cells, bins), interval) };
  }
  const edges =
    strategy === "quantile"
      ? quantileEdges(labels, probabilities, weights, bins)
      : strategy === "uniform"
        ? uniformEdges(bins)
        : strategy === "edges"
          ? Float64Array.from(options.edges!)
          : logitUniformEdges(...(options.logitBounds ?? observedLogits(probabilities, weights)), bins);
  const cells = edges.length === 0 ? new Map<number, BinSums>() : sumCells(labels, probabilities, weights, innerEdges(edges));
  return { strategy, bins: binsOf(betweenEdges(cells, edges), interval) };
}

/** All edges but the first and the last. */
export function innerEdges(edges: Float64Array): Float64Array {
  return edges.subarray(1, Math.max(1, edges.length - 1));
}

/** The cells with their edges, rising. */
export function betweenEdges(cells: ReadonlyMap<number, BinSums>, edges: Float64Array): SummedBin[] {
  return risingCells(cells).map(([b, sums]) => ({ low: edges[b]!, high: edges[b + 1]!, sums }));
}

/** Log-odds of the least and the greatest prediction of positive weight. */
function observedLogits(probabilities: ArrayLike<number>, weights: ArrayLike<number> | undefined): [number, number] {
  let least = 1;
  let greatest = 0;
  for (let i = 0; i < probabilities.length; i++) {
    if (weights?.[i] === 0) continue;
    least = Math.min(least, probabilities[i]!);
    greatest = Math.max(greatest, probabilities[i]!);
  }
  return [logit(least), logit(greatest)];
}

/** The non-empty cells between inner edges, by cell index; rows of weight 0 leave no trace. */
function sumCells(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
  inner: Float64Array,
): Map<number, BinSums> {
  const cells = new Map<number, BinSums>();
  addRows(cells, inner, labels, probabilities, weights);
  return cells;
}

/** Adds rows to the cells between inner edges; rows of weight 0 leave no trace. */
export function addRows(
  cells: Map<number, BinSums>,
  inner: Float64Array,
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
): void {
  for (let i = 0; i < labels.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    if (w > 0) cellAt(cells, binOf(inner, probabilities[i]!)).add(w, probabilities[i]!, labels[i]!);
  }
}

export function cellAt(cells: Map<number, BinSums>, index: number): BinSums {
  let cell = cells.get(index);
  if (cell === undefined) {
    cell = new BinSums();
    cells.set(index, cell);
  }
  return cell;
}

export function risingCells(cells: ReadonlyMap<number, BinSums>): [number, BinSums][] {
  return [...cells].sort(([a], [b]) => a - b);
}
