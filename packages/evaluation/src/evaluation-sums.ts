import { RankingAccumulator } from "@crossbill/auc";
import { CalibrationAccumulator } from "@crossbill/calibration";
import { isOfClasses, isOfNumbers, v1 } from "@crossbill/messages";
import { SliceAccumulator } from "@crossbill/slicing";
import { ClassAccumulators } from "./class-accumulators.js";
import type { Folding } from "./folding.js";
import { GroupMeans } from "./group-means.js";
import { Histogram } from "./histogram.js";
import { evaluationNames, evaluationValues, type Kind } from "./measures.js";
import { MultiClassSums } from "./multi-class.js";
import type { ScoredRows } from "./scored-rows.js";
import type { SliceSets } from "./slice-sets.js";
import { UnitInterval } from "./unit-interval.js";

/**
 * Distinct scores that a ranking keeps apart, of all rows (about 25 bytes each): up to so many AUC, curves and thresholds are exact, beyond that scores are rounded
 * (see `@crossbill/auc`).
 */
export const RANKING_CAPACITY = 2 ** 20;

/** As {@link RANKING_CAPACITY}, of each slice. */
export const SLICE_CAPACITY = 2 ** 13;

/** What decides what is summed up. */
export interface SumsSpec extends Kind {
  /** Of the packs' labels; empty: numbers, or 0 and 1. */
  readonly classes: readonly string[];
  /** Sets of slice fields. */
  readonly sets: SliceSets;
}

/** Everything that one pass over a model's scored rows sums up. Merges in any order and grouping give the same bits. */
export class EvaluationSums {
  readonly means: GroupMeans;
  /** Logistic head: of the scores; two classes: of the second's probability. */
  readonly ranking: RankingAccumulator | null;
  /** Logistic head. */
  readonly calibration: CalibrationAccumulator | null;
  readonly slices: SliceAccumulator | null;
  readonly histogram: Histogram | null;
  /** multiLabel. */
  readonly classes: ClassAccumulators | null;
  /** Heads of several classes, of which a row has one. */
  readonly several: MultiClassSums | null;
  /** Squared head. */
  readonly unit: UnitInterval | null;
  /** Least and largest prediction of heads of numbers. */
  low = Number.POSITIVE_INFINITY;
  high = Number.NEGATIVE_INFINITY;
  readonly #spec: SumsSpec;

  constructor(spec: SumsSpec, message: v1.IPackAccumulators = {}) {
    const { head, vectors, classes, sets } = spec;
    const logistic = head === v1.Head.LOGISTIC;
    this.#spec = spec;
    const groups = [evaluationNames(spec), logistic ? [] : sets] as const;
    this.means = message.means === undefined ? new GroupMeans(...groups) : GroupMeans.fromMessages(message.means, ...groups);
    const ranked = logistic || (isOfClasses(head) && !vectors && classes.length === 2);
    this.ranking = ranked ? rankingOf(message.ranking) : null;
    this.calibration = logistic ? calibrationOf(message.calibration) : null;
    this.slices = logistic && sets.length > 0 ? slicesOf(sets, message.slices) : null;
    this.histogram = logistic ? (message.histogram == null ? new Histogram(0, 1) : Histogram.fromMessage(message.histogram, 0, 1)) : null;
    this.classes = head === v1.Head.MULTI_LABEL && vectors ? new ClassAccumulators(classes, message.classes ?? []) : null;
    this.several = isOfClasses(head) && !vectors && classes.length > 0 ? new MultiClassSums(classes, message.several) : null;
    this.unit = head === v1.Head.SQUARED ? (message.unit == null ? new UnitInterval() : UnitInterval.fromMessage(message.unit)) : null;
    if (message.means !== undefined && isOfNumbers(head)) {
      this.low = message.low!;
      this.high = message.high!;
    }
  }

  /** How tasks' sums become one. */
  static folding(spec: SumsSpec): Folding<EvaluationSums> {
    return {
      purpose: v1.ScoreParams.Purpose.EVALUATION,
      fromMessage: (message) => new EvaluationSums(spec, message),
      merge: (a, b) => a.merge(b),
    };
  }

  /** Class probabilities are given to {@link classes} and {@link several} by who has them. */
  update(rows: ScoredRows): void {
    const { label, weight, slices } = rows;
    const p = rows.predictions[0]!;
    this.means.update(evaluationValues(this.#spec, rows), weight, slices);
    this.ranking?.update(label, this.calibration === null ? p.map((own, i) => (label[i] === 1 ? own : 1 - own)) : p, weight);
    this.calibration?.update(label, p, weight);
    this.slices?.update(label, p, Object.fromEntries(slices), weight);
    this.histogram?.update(label, p, weight);
    this.unit?.update(label, p, weight);
    if (!isOfNumbers(this.#spec.head)) return;
    for (const x of p) {
      this.low = Math.min(this.low, x);
      this.high = Math.max(this.high, x);
    }
  }

  merge(other: EvaluationSums): this {
    this.means.merge(other.means);
    this.ranking?.merge(other.ranking!);
    this.calibration?.merge(other.calibration!);
    this.slices?.merge(other.slices!);
    this.histogram?.merge(other.histogram!);
    this.classes?.merge(other.classes!);
    this.several?.merge(other.several!);
    this.unit?.merge(other.unit!);
    this.low = Math.min(this.low, other.low);
    this.high = Math.max(this.high, other.high);
    return this;
  }

  toMessage(): v1.IPackAccumulators {
    return {
      means: this.means.toMessages(),
      ...(this.ranking === null ? {} : { ranking: this.ranking.toMessage() }),
      ...(this.calibration === null ? {} : { calibration: this.calibration.toMessage() }),
      ...(this.slices === null ? {} : { slices: this.slices.toMessage() }),
      ...(this.histogram === null ? {} : { histogram: this.histogram.toMessage() }),
      ...(this.classes === null ? {} : { classes: this.classes.toMessages() }),
      ...(this.several === null ? {} : { several: this.several.toMessage() }),
      ...(this.unit === null ? {} : { unit: this.unit.toMessage() }),
      low: this.low,
      high: this.high,
    };
  }
}

function rankingOf(message: v1.IRankingAccumulator | null | undefined): RankingAccumulator {
  return message == null ? new RankingAccumulator({ capacity: RANKING_CAPACITY }) : RankingAccumulator.fromMessage(message);
}

function calibrationOf(message: v1.ICalibrationAccumulator | null | undefined): CalibrationAccumulator {
  return message == null ? new CalibrationAccumulator() : CalibrationAccumulator.fromMessage(message);
}

function slicesOf(sets: SumsSpec["sets"], message: v1.ISliceAccumulator | null | undefined): SliceAccumulator {
  return message == null ? new SliceAccumulator(sets, { capacity: SLICE_CAPACITY }) : SliceAccumulator.fromMessage(message);
}
