import { CrossbillError, type v1 } from "@crossbill/messages";
import { type BinSums, binsOf } from "./bin-sums.js";
import { addRows, betweenEdges, type CalibrationCurve, cellAt, innerEdges } from "./calibration-curve.js";
import { cellMessages, readCells } from "./cell-messages.js";
import { type BinStrategy, checkEdges } from "./curve-options.js";
import { checkVersion, corrupt } from "./exact-bytes.js";
import { checkRows, type IntervalOptions, intervalOptions } from "./inputs.js";

const FORMAT_VERSION = 1;

/**
 * Rows summed in bins of given edges, mergeable: any order and grouping of updates and merges gives the same bits and message bytes, and its curve is that of
 * {@link calibrationCurve} with these edges. With the edges of {@link quantileEdgesOf} it makes the quantile curve in a second pass over the rows.
 */
export class BinAccumulator {
  readonly edges: Float64Array;
  private readonly cells = new Map<number, BinSums>();

  /**
   * @param edges rising, in [0, 1], two or more; none at all is what quantiles of no rows give, and takes no rows
   * @param strategy of the curve, the name of these edges
   * @throws E_BIN_EDGES
   */
  constructor(
    edges: ArrayLike<number>,
    readonly strategy: BinStrategy = "edges",
  ) {
    if (edges.length > 0) checkEdges(edges);
    this.edges = Float64Array.from(edges);
  }

  /** @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_BIN_EDGES without edges; nothing is added then */
  update(labels: ArrayLike<number>, probabilities: ArrayLike<number>, weights?: ArrayLike<number>): void {
    checkRows(labels, probabilities, weights);
    if (this.edges.length === 0 && Array.from(labels, (_, i) => weights?.[i] ?? 1).some((w) => w > 0))
      throw new CrossbillError("E_BIN_EDGES", "rows are given to bins without edges; give the edges of these rows", { exitCode: 2 });
    addRows(this.cells, innerEdges(this.edges), labels, probabilities, weights);
  }

  /** @throws E_ACCUMULATOR_MISMATCH when the edges differ */
  merge(other: BinAccumulator): void {
    if (other.edges.length !== this.edges.length || !this.edges.every((edge, i) => edge === other.edges[i]))
      throw new CrossbillError("E_ACCUMULATOR_MISMATCH", "bins of different edges cannot be merged; give both the same", { exitCode: 2 });
    for (const [index, sums] of other.cells) cellAt(this.cells, index).merge(sums);
  }

  /** @throws E_LEVEL_RANGE, E_WEIGHT_KIND */
  curve(options: IntervalOptions = {}): CalibrationCurve {
    return { strategy: this.strategy, bins: binsOf(betweenEdges(this.cells, this.edges), intervalOptions(options)) };
  }

  toMessage(): v1.BinAccumulator.$Properties {
    return { formatVersion: FORMAT_VERSION, strategy: this.strategy, edges: [...this.edges], cells: cellMessages(this.cells) };
  }

  /** @throws E_MESSAGE_CORRUPT, E_MESSAGE_VERSION */
  static fromMessage(message: v1.BinAccumulator.$Properties): BinAccumulator {
    checkVersion(message.formatVersion, FORMAT_VERSION, "bin accumulator");
    let made: BinAccumulator;
    try {
      made = new BinAccumulator(message.edges ?? [], message.strategy as BinStrategy);
    } catch (cause) {
      throw corrupt("its edges are none", cause);
    }
    readCells(made.cells, message.cells, made.edges.length - 2);
    return made;
  }
}
