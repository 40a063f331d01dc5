import { ConfusionMatrixAccumulator, RankingAccumulator, rocAucOf } from "@crossbill/auc";
import { CalibrationAccumulator, calibrationErrorOf, type IntervalOptions } from "@crossbill/calibration";
import type { v1 } from "@crossbill/messages";
import type { Model } from "@crossbill/models";
import { ExactSum } from "@crossbill/numerics";
import { ClassAccumulators } from "./class-accumulators.js";
import { classMessages } from "./class-evaluation.js";
import { curveMessage } from "./logistic-evaluation.js";
import { columnsOf } from "./score-vectors.js";

/** Classes up to which each is measured against the rest, and the confusion matrix is told. */
const MOST_CLASSES = 50;
/** Classes up to which every pair is: K^2 rankings. */
const MOST_PAIRED = 10;
/** Distinct scores of one pair's ranking. */
const PAIR_CAPACITY = 2 ** 13;
const TOP = [1, 3, 5];
const TOP_LABEL_BINS = 20;

/** Measures of rows that have one of several classes, by the probabilities of all of them. Merges in any order and grouping give the same bits. */
export class MultiClassSums {
  readonly #classes: readonly string[];
  readonly #weight = new ExactSum();
  /** Of {@link TOP}: weight of rows whose class is among the k most probable; of equal ones the first comes first. */
  readonly #top = TOP.map(() => new ExactSum());
  /** Of the predicted class's probability, and whether it is right. */
  readonly #topLabel: CalibrationAccumulator;
  /** null: too many classes. */
  readonly #confusion: ConfusionMatrixAccumulator | null;
  /** One against the rest; null: too many classes. */
  readonly #each: ClassAccumulators | null;
  /** [i][y]: probabilities of class i of the rows of class y; empty: too many classes. */
  readonly #pairs: readonly (readonly RankingAccumulator[])[];

  constructor(classes: readonly string[], message?: v1.IMultiClassSums | null) {
    this.#classes = classes;
    const K = classes.length;
    const pair = (i: number, y: number): RankingAccumulator => {
      const known = message?.pairs?.[i * K + y];
      return known === undefined ? new RankingAccumulator({ capacity: PAIR_CAPACITY }) : RankingAccumulator.fromMessage(known);
    };
    const confusion = message?.confusion;
    this.#confusion =
      K > MOST_CLASSES ? null : confusion == null ? new ConfusionMatrixAccumulator({ classes: K, top: [] }) : ConfusionMatrixAccumulator.fromMessage(confusion);
    this.#each = K > MOST_CLASSES ? null : new ClassAccumulators(classes, message?.each ?? []);
    this.#pairs = K > MOST_PAIRED ? [] : classes.map((_, i) => classes.map((__, y) => pair(i, y)));
    this.#topLabel = message?.topLabel == null ? new CalibrationAccumulator() : CalibrationAccumulator.fromMessage(message.topLabel);
    if (message == null) return;
    this.#weight.merge(ExactSum.fromBytes(message.weight!));
    for (const [t, sum] of this.#top.entries()) sum.merge(ExactSum.fromBytes(message.top![t]!));
  }

  /**
   * @param label of a row: number of its class
   * @param probabilities f64[rows][model's classes]; classes that the model does not know have 0
   */
  update(model: Pick<Model, "classes">, label: Float64Array, probabilities: Float64Array, weight: Float64Array): void {
    const [K, of, rows] = [this.#classes.length, model.classes.length, label.length];
    const columns = columnsOf(model, this.#classes);
    const p = new Float64Array(rows * K);
    const [most, right] = [new Float64Array(rows), new Float64Array(rows)];
    for (let r = 0; r < rows; r++) {
      const own = p.subarray(r * K, (r + 1) * K);
      for (const [k, column] of columns.entries()) own[k] = column < 0 ? 0 : probabilities[r * of + column]!;
      const y = label[r]!;
      const before = own.reduce((n, x, k) => (x > own[y]! || (x === own[y]! && k < y) ? n + 1 : n), 0);
      most[r] = own.reduce((a, b) => Math.max(a, b), 0);
      right[r] = before === 0 ? 1 : 0;
      this.#weight.add(weight[r]!);
      for (const [t, k] of TOP.entries()) if (before < k) this.#top[t]!.add(weight[r]!);
    }
    this.#topLabel.update(right, most, weight);
    this.#confusion?.update(label, p, weight);
    this.#each?.update({ classes: this.#classes }, oneHot(label, K), p, weight);
    if (this.#pairs.length > 0) this.#updatePairs(label, p, weight);
  }

  #updatePairs(label: Float64Array, p: Float64Array, weight: Float64Array): void {
    const K = this.#classes.length;
    for (let y = 0; y < K; y++) {
      const rows = [...label.keys()].filter((r) => label[r] === y);
      const w = rows.map((r) => weight[r]!);
      for (let i = 0; i < K; i++) {
        const isOwn = new Uint8Array(rows.length).fill(i === y ? 1 : 0);
        const scores = rows.map((r) => p[r * K + i]!);
        this.#pairs[i]![y]!.update(isOwn, scores, w);
      }
    }
  }

  merge(other: MultiClassSums): void {
    this.#weight.merge(other.#weight);
    for (const [t, sum] of this.#top.entries()) sum.merge(other.#top[t]!);
    this.#topLabel.merge(other.#topLabel);
    this.#confusion?.merge(other.#confusion!);
    this.#each?.merge(other.#each!);
    for (const [i, of] of this.#pairs.entries()) for (const [y, ranking] of of.entries()) ranking.merge(other.#pairs[i]![y]!);
  }

  /** One against the rest and pairs without an AUC are left out of the means; NaN where there is none, or too many classes. */
  value(interval: IntervalOptions): v1.IMultiClass {
    const K = this.#classes.length;
    const weight = this.#weight.value();
    const each = this.#each === null ? [] : classMessages(this.#each, this.#classes, interval);
    const aucs = each.map(({ auc, positiveWeight }) => ({ value: auc!, weight: positiveWeight! }));
    const topLabel = this.#topLabel.curve({ ...interval, bins: TOP_LABEL_BINS, strategy: "uniform" });
    return {
      classes: [...this.#classes],
      confusion: this.#confusion === null ? [] : [...this.#confusion.value().matrix],
      top: TOP.flatMap((k, t) => (k <= K ? [{ k, accuracy: this.#top[t]!.value() / weight }] : [])),
      macroAuc: meanOf(aucs.map(({ value }) => ({ value, weight: 1 }))),
      weightedAuc: meanOf(aucs),
      handTill: this.#handTill(),
      topLabel: curveMessage(topLabel),
      topLabelError: calibrationErrorOf(topLabel),
      each,
    };
  }

  /** Hand and Till 2001: the mean over pairs of (A(i|j) + A(j|i)) / 2, A(i|j) the AUC of class i against class j by the probability of i. */
  #handTill(): number {
    const K = this.#pairs.length;
    const against = (i: number, j: number): number => {
      const both = RankingAccumulator.fromMessage(this.#pairs[i]![i]!.toMessage());
      both.merge(this.#pairs[i]![j]!);
      return rocAucOf(both.ranking());
    };
    const pairs = this.#pairs.flatMap((_, i) => Array.from({ length: K - i - 1 }, (__, n) => (against(i, i + n + 1) + against(i + n + 1, i)) / 2));
    return meanOf(pairs.map((value) => ({ value, weight: 1 })));
  }

  toMessage(): v1.IMultiClassSums {
    return {
      weight: this.#weight.toBytes(),
      top: this.#top.map((sum) => sum.toBytes()),
      topLabel: this.#topLabel.toMessage(),
      ...(this.#confusion === null ? {} : { confusion: this.#confusion.toMessage() }),
      each: this.#each?.toMessages() ?? [],
      pairs: this.#pairs.flatMap((of) => of.map((ranking) => ranking.toMessage())),
    };
  }
}

function oneHot(label: Float64Array, classes: number): Float64Array {
  const hot = new Float64Array(label.length * classes);
  for (const [r, y] of label.entries()) hot[r * classes + y] = 1;
  return hot;
}

function meanOf(values: readonly { readonly value: number; readonly weight: number }[]): number {
  const [sum, total] = [new ExactSum(), new ExactSum()];
  for (const { value, weight } of values) {
    if (Number.isNaN(value)) continue;
    sum.addProduct(value, weight);
    total.add(weight);
  }
  return sum.value() / total.value();
}
