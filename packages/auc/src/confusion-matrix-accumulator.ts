import { CrossbillError, type v1 } from "@crossbill/messages";
import { ExactSum } from "@crossbill/numerics";
import { type ClassScores, classRows } from "./class-rows.js";
import { ConfusionCells, type ConfusionMatrix } from "./confusion-matrix.js";
import { checkVersion, corrupt, readSum } from "./messages.js";
import { checkTies, checkTop, highest, placeOf, type TopTies, topShare } from "./top-classes.js";

const FORMAT_VERSION = 1;
const STATE = "confusion matrix accumulator";

export interface ConfusionMatrixAccumulatorOptions {
  /** K */
  readonly classes: number;
  /** k of the top-k accuracies; default 1 and 5 where there are as many classes. */
  readonly top?: readonly number[];
  /** Default "lowestIndex". */
  readonly ties?: TopTies;
}

export interface ConfusionMatrixValue extends ConfusionMatrix {
  /** With positive weight. */
  readonly rows: number;
  /** By rising k; NaN without weight. */
  readonly top: readonly { readonly k: number; readonly accuracy: number }[];
}

/**
 * `confusionMatrix` of the predicted classes and `topKAccuracy`, mergeable: updates and merges in any order and grouping give the same bits and message bytes.
 * The predicted class is that of the highest score, of equal ones that of the lowest index.
 */
export class ConfusionMatrixAccumulator {
  private readonly cells: ConfusionCells;
  private readonly ties: TopTies;
  private readonly hits: readonly { readonly k: number; readonly weight: ExactSum }[];
  private rows = 0;

  /** @throws E_OPTION_RANGE */
  constructor(options: ConfusionMatrixAccumulatorOptions) {
    this.cells = new ConfusionCells(options.classes);
    this.ties = checkTies(options.ties ?? "lowestIndex");
    const top = options.top ?? [1, 5].filter((k) => k <= options.classes);
    for (const k of top) checkTop(k);
    this.hits = [...new Set(top)].sort((a, b) => a - b).map((k) => ({ k, weight: new ExactSum() }));
  }

  /**
   * Adds rows.
   * @param labels class indices, length N
   * @param scores f64[N][K], or N rows of K
   * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE; nothing is added then
   */
  update(labels: ArrayLike<number>, scores: ClassScores, weights?: ArrayLike<number>): void {
    const k = this.cells.classes;
    const rows = classRows(labels, scores, weights, k);
    for (let i = 0; i < rows.rows; i++) {
      const w = weights === undefined ? 1 : weights[i]!;
      if (w === 0) continue;
      this.rows++;
      this.cells.add(labels[i]!, highest(rows.scores, i * k, k), w);
      const place = placeOf(rows.scores, i * k, k, labels[i]!);
      for (const { k: top, weight } of this.hits) weight.addProduct(w, topShare(place, top, this.ties));
    }
  }

  /**
   * Adds everything `other` holds; `other` keeps its value.
   * @throws E_ACCUMULATOR_MISMATCH when it was made with other options
   */
  merge(other: ConfusionMatrixAccumulator): void {
    const options = (a: ConfusionMatrixAccumulator): string => `${a.cells.classes} classes, top ${a.hits.map(({ k }) => k).join(" ")}, ties ${a.ties}`;
    if (options(this) !== options(other))
      throw new CrossbillError("E_ACCUMULATOR_MISMATCH", `${STATE}s of ${options(this)} and of ${options(other)} cannot be merged; give both the same`, {
        exitCode: 2,
      });
    this.rows += other.rows;
    this.cells.merge(other.cells);
    for (const [at, { weight }] of this.hits.entries()) weight.merge(other.hits[at]!.weight);
  }

  value(): ConfusionMatrixValue {
    const matrix = this.cells.value();
    return { ...matrix, rows: this.rows, top: this.hits.map(({ k, weight }) => ({ k, accuracy: weight.value() / matrix.weight })) };
  }

  toMessage(): v1.ConfusionMatrixAccumulator.$Properties {
    const cells = [...this.cells.sums].sort(([a], [b]) => a - b);
    return {
      formatVersion: FORMAT_VERSION,
      classes: this.cells.classes,
      ties: this.ties,
      rows: this.rows,
      cells: cells.map(([index, weight]) => ({ index, weight: weight.toBytes() })),
      top: this.hits.map(({ k, weight }) => ({ k, weight: weight.toBytes() })),
    };
  }

  /** @throws E_MESSAGE_CORRUPT, E_MESSAGE_VERSION; E_OPTION_RANGE for options that are none */
  static fromMessage(message: v1.ConfusionMatrixAccumulator.$Properties): ConfusionMatrixAccumulator {
    checkVersion(STATE, message.formatVersion, FORMAT_VERSION);
    const [classes, top, ties] = [message.classes ?? 0, message.top ?? [], message.ties as TopTies];
    const made = new ConfusionMatrixAccumulator({ classes, top: top.map(({ k }) => k ?? 0), ties });
    made.rows = message.rows ?? 0;
    for (const { index = 0, weight } of message.cells ?? []) {
      if (!(index! < classes * classes) || made.cells.sums.has(index!))
        throw corrupt(STATE, `cell ${String(index)} is repeated or outside of ${classes} classes`);
      made.cells.at(index!).merge(readSum(weight, STATE, `cell ${String(index)}`));
    }
    if (made.hits.length !== top.length || made.hits.some(({ k }, at) => k !== top[at]!.k)) throw corrupt(STATE, "its k are not ascending");
    for (const [at, { weight }] of top.entries()) made.hits[at]!.weight.merge(readSum(weight, STATE, "hits"));
    return made;
  }
}
