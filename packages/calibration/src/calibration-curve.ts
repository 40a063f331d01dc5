import { CrossbillError } from "@crossbill/messages";
import { ExactSum } from "@crossbill/numerics";
import { binOf, logitGrid, quantileEdges, uniformEdges } from "./bin-edges.js";
import { BinSums, type CalibrationBin } from "./bin-sums.js";
import { checkRows, type IntervalOptions, intervalOptions } from "./inputs.js";
import { mergeLogitCells } from "./logit-bins.js";

/** "uniform": equal bins of [0, 1]; "quantile": bins of equal weight; "logit": equal bins on the log-odds axis. */
export type BinStrategy = "uniform" | "quantile" | "logit";

export interface CurveOptions extends IntervalOptions {
  /** Number of bins (logit: at most so many non-empty ones), 1 to 10,000; default 10. */
  readonly bins?: number;
  /** Default "uniform". */
  readonly strategy?: BinStrategy;
}

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
 * The edges are those of {@link uniformEdges}, {@link quantileEdges} and {@link mergeLogitCells}.
 * @param labels 0 or 1, length N
 * @param probabilities of label 1, in [0, 1], length N
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_BIN_COUNT, E_BIN_STRATEGY, E_LEVEL_RANGE, E_WEIGHT_KIND
 */
export function calibrationCurve(labels: ArrayLike<number>, probabilities: ArrayLike<number>, options: RowCurveOptions = {}): CalibrationCurve {
  const { weights } = options;
  const { bins, strategy } = curveOptions(options);
  checkRows(labels, probabilities, weights);
  const interval = intervalOptions(options);
  if (strategy === "logit") {
    const edges = logitGrid();
    return {
      strategy,
      bins: mergeLogitCells(sumCells(labels, probabilities, weights, edges), bins).map(({ low, high, sums }) => sums.bin(low, high, interval)),
    };
  }
  const edges = strategy === "uniform" ? uniformEdges(bins) : quantileEdges(probabilities, weights, bins);
  const cells = edges.length === 0 ? new Map<number, BinSums>() : sumCells(labels, probabilities, weights, edges.subarray(1, bins));
  return { strategy, bins: risingCells(cells).map(([b, sums]) => sums.bin(edges[b]!, edges[b + 1]!, interval)) };
}

/**
 * Expected calibration error over a calibration curve's bins: sum_b W_b / W |mean label_b - mean prediction_b|.
 * @returns in [0, 1]; NaN when the weights sum to 0
 * @throws as {@link calibrationCurve}
 */
export function expectedCalibrationError(labels: ArrayLike<number>, probabilities: ArrayLike<number>, options: RowCurveOptions = {}): number {
  return calibrationErrorOf(calibrationCurve(labels, probabilities, options));
}

/** {@link expectedCalibrationError} of a curve. */
export function calibrationErrorOf(curve: CalibrationCurve): number {
  const gaps = new ExactSum();
  const weight = new ExactSum();
  for (const bin of curve.bins) {
    gaps.addProduct(bin.weight, Math.abs(bin.meanLabel - bin.meanPrediction));
    weight.add(bin.weight);
  }
  return gaps.value() / weight.value();
}

/** Bin count and strategy with their defaults. @throws E_BIN_COUNT, E_BIN_STRATEGY */
export function curveOptions(options: CurveOptions): { bins: number; strategy: BinStrategy } {
  const { bins = 10, strategy = "uniform" } = options;
  if (!(Number.isInteger(bins) && bins >= 1 && bins <= 10_000))
    throw new CrossbillError("E_BIN_COUNT", `bins is ${String(bins)}, allowed is an integer from 1 to 10000`, { exitCode: 2 });
  if (strategy !== "uniform" && strategy !== "quantile" && strategy !== "logit")
    throw new CrossbillError("E_BIN_STRATEGY", `strategy is ${String(strategy)}, allowed are uniform, quantile and logit`, { exitCode: 2 });
  return { bins, strategy };
}

/** The non-empty cells between inner edges, by cell index; rows of weight 0 leave no trace. */
function sumCells(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
  inner: Float64Array,
): Map<number, BinSums> {
  const cells = new Map<number, BinSums>();
  for (let i = 0; i < labels.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    if (w > 0) cellAt(cells, binOf(inner, probabilities[i]!)).add(w, probabilities[i]!, labels[i]!);
  }
  return cells;
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
