import { CrossbillError, type v1 } from "@crossbill/messages";
import { ExactSum } from "@crossbill/numerics";
import { binOf, logitGrid, uniformEdges } from "./bin-edges.js";
import { BinSums, binsOf } from "./bin-sums.js";
import { BrierSums, type TestOfZero } from "./brier-sums.js";
import { betweenEdges, type CalibrationCurve, cellAt } from "./calibration-curve.js";
import { calibrationErrorOf } from "./calibration-error.js";
import { cellMessages, readCells } from "./cell-messages.js";
import { type CurveOptions, curveOptions } from "./curve-options.js";
import { checkVersion, readSum } from "./exact-bytes.js";
import { binOfCell, histogramGrid, UNIFORM_BIN_COUNTS } from "./histogram-grid.js";
import { checkRows, type IntervalOptions, intervalOptions } from "./inputs.js";
import { entropy } from "./log-loss.js";
import { mergeLogitCells } from "./logit-bins.js";
import { type MeanInterval, MeanSums } from "./mean-sums.js";
import { biasOf, type PredictionBias } from "./prediction-bias.js";
import { rowLogLoss } from "./row-loss.js";
import { WeightFacts } from "./weight-facts.js";

const FORMAT_VERSION = 2;

export interface CalibrationValue {
  /** Rows given, those of weight 0 too. */
  readonly rows: number;
  readonly weight: number;
  readonly positiveWeight: number;
  readonly logLoss: number;
  readonly brierScore: number;
  /** The Brier score with its interval, see {@link brierInterval}. */
  readonly brier: MeanInterval;
  /** See {@link spiegelhalterTest}. */
  readonly spiegelhalter: TestOfZero;
  readonly normalizedEntropy: number;
  /** With the interval of the difference. */
  readonly bias: PredictionBias & { readonly standardError: number; readonly low: number; readonly high: number };
}

/**
 * Log-loss, Brier score, bias and calibration curves of rows, mergeable: any order and grouping of updates and merges gives the same bits as the functions on the
 * whole arrays, and the same message bytes. Its size is bounded: about 1,000 cells of a fixed histogram ({@link histogramGrid}). Other curves: {@link BinAccumulator}.
 */
export class CalibrationAccumulator {
  private rows = 0;
  private logLoss = new ExactSum();
  private residual = new MeanSums();
  private brier = new BrierSums();
  private facts = new WeightFacts();
  private readonly cells = new Map<number, BinSums>();

  /** @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE; nothing is added then */
  update(labels: ArrayLike<number>, probabilities: ArrayLike<number>, weights?: ArrayLike<number>): void {
    checkRows(labels, probabilities, weights);
    const grid = histogramGrid();
    this.rows += labels.length;
    for (let i = 0; i < labels.length; i++) {
      const w = weights === undefined ? 1 : weights[i]!;
      if (w === 0) continue;
      const y = labels[i]!;
      const p = probabilities[i]!;
      this.logLoss.addProduct(w, rowLogLoss(y, p));
      this.residual.add(w, p, y);
      this.brier.add(w, p, y);
      this.facts.add(w);
      cellAt(this.cells, binOf(grid, p)).add(w, p, y);
    }
  }

  merge(other: CalibrationAccumulator): void {
    this.rows += other.rows;
    this.logLoss.merge(other.logLoss);
    this.residual.merge(other.residual);
    this.brier.merge(other.brier);
    this.facts.merge(other.facts);
    for (const [index, sums] of other.cells) cellAt(this.cells, index).merge(sums);
  }

  /** @throws E_LEVEL_RANGE, E_WEIGHT_KIND */
  value(options: IntervalOptions = {}): CalibrationValue {
    const all = new BinSums();
    for (const sums of this.cells.values()) all.merge(sums);
    const weight = all.weight.value();
    const positiveWeight = all.label.value();
    const logLoss = this.logLoss.value() / weight;
    const { standardError, low, high } = this.residual.interval(options);
    const brier = this.brier.interval(this.residual, options);
    return {
      rows: this.rows,
      weight,
      positiveWeight,
      logLoss,
      brierScore: brier.mean,
      brier,
      spiegelhalter: this.brier.test(options),
      normalizedEntropy: logLoss / entropy(positiveWeight / weight),
      bias: { ...biasOf(weight, all.prediction.value(), positiveWeight, this.residual.value.value()), standardError, low, high },
    };
  }

  /**
   * The calibration curve, equal to {@link calibrationCurve} of all rows. Uniform curves: {@link UNIFORM_BIN_COUNTS}; logit curves: any number of bins.
   * @throws E_BIN_STRATEGY for others, E_BIN_COUNT for other uniform counts, E_BIN_EDGES, E_LEVEL_RANGE, E_WEIGHT_KIND
   */
  curve(options: CurveOptions = {}): CalibrationCurve {
    const { bins, strategy } = curveOptions(options);
    const interval = intervalOptions(options);
    if (strategy === "logit") return { strategy, bins: binsOf(mergeLogitCells(this.coarse(logitGrid()), bins), interval) };
    if (strategy !== "uniform")
      throw new CrossbillError(
        "E_BIN_STRATEGY",
        `a curve of the strategy ${strategy} needs its edges and the rows: use calibrationCurve or BinAccumulator; this accumulator makes uniform and logit curves`,
        { exitCode: 2 },
      );
    if (!UNIFORM_BIN_COUNTS.includes(bins))
      throw new CrossbillError("E_BIN_COUNT", `an accumulated uniform curve of ${bins} bins; allowed are ${UNIFORM_BIN_COUNTS.join(", ")}`, { exitCode: 2 });
    const edges = uniformEdges(bins);
    return { strategy, bins: binsOf(betweenEdges(this.coarse(edges.subarray(1, bins)), edges), interval) };
  }

  /** What {@link quantileEdgesOf} needs to know of the weights. */
  weightFacts(): WeightFacts {
    const facts = new WeightFacts();
    facts.merge(this.facts);
    return facts;
  }

  /** Expected calibration error over {@link curve}. @throws as it */
  expectedCalibrationError(options: CurveOptions = {}): number {
    return calibrationErrorOf(this.curve(options));
  }

  toMessage(): v1.CalibrationAccumulator.$Properties {
    return {
      formatVersion: FORMAT_VERSION,
      rows: this.rows,
      logLoss: this.logLoss.toBytes(),
      residual: this.residual.toMessage(),
      cells: cellMessages(this.cells),
      brier: this.brier.toMessage(),
      weights: this.facts.toMessage(),
    };
  }

  /** @throws E_MESSAGE_CORRUPT, E_MESSAGE_VERSION */
  static fromMessage(message: v1.CalibrationAccumulator.$Properties): CalibrationAccumulator {
    checkVersion(message.formatVersion, FORMAT_VERSION, "calibration accumulator");
    const made = new CalibrationAccumulator();
    made.rows = message.rows ?? 0;
    made.logLoss = readSum(message.logLoss, "log-loss");
    made.residual = MeanSums.fromMessage(message.residual);
    made.brier = BrierSums.fromMessage(message.brier);
    made.facts = WeightFacts.fromMessage(message.weights);
    readCells(made.cells, message.cells, histogramGrid().length);
    return made;
  }

  /** The histogram in coarser bins. */
  private coarse(inner: Float64Array): Map<number, BinSums> {
    const bins = new Map<number, BinSums>();
    for (const [cell, sums] of this.cells) cellAt(bins, binOfCell(inner, cell)).merge(sums);
    return bins;
  }
}
