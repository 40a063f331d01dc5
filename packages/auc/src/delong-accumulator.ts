import { CrossbillError, type v1 } from "@crossbill/messages";
import { type AucComparison, type AucInterval, comparisonOf, type IntervalOptions, intervalOf } from "./delong-intervals.js";
import { checkRows, intervalOptions } from "./inputs.js";
import { checkVersion, corrupt } from "./messages.js";
import { PlacementSums } from "./placement-sums.js";
import { Placements } from "./placements.js";
import type { Ranking } from "./ranking.js";

const FORMAT_VERSION = 1;
const STATE = "DeLong accumulator";

export interface DelongValue {
  /** With positive weight. */
  readonly rows: number;
  readonly a: AucInterval;
  /** Null with one model. */
  readonly b: AucInterval | null;
  /** A - B on the same rows; null with one model. */
  readonly comparison: AucComparison | null;
}

/**
 * DeLong's intervals in two passes and flat memory: the first pass makes the ranking of each model (merged over all rows, `RankingAccumulator.ranking()`),
 * the second looks up each row's placement in it and adds its deviation to exact sums. Updates and merges in any order and grouping give the same
 * bits and message bytes. Once every row of the rankings was added, the intervals are those of `aucInterval` and `compareAuc` on the whole arrays, bit for
 * bit where the rankings are exact; where they dropped low bits, those of the scores rounded down.
 */
export class DelongAccumulator {
  private placed: readonly Placements[];
  /** Of A, and of B where paired; NaN with one class. */
  private aucs: readonly number[];
  private sums: { readonly positives: PlacementSums; readonly negatives: PlacementSums };

  /** @param rankingA, rankingB of all rows by the scores of each model */
  constructor(rankingA: Ranking, rankingB?: Ranking) {
    this.placed = (rankingB === undefined ? [rankingA] : [rankingA, rankingB]).map((ranking) => new Placements(ranking));
    this.aucs = this.placed.map(({ auc }) => auc);
    this.sums = { positives: new PlacementSums(this.series), negatives: new PlacementSums(this.series) };
  }

  /**
   * Adds rows, each of which must be among those of the rankings.
   * @param scoresB given exactly when there is a second ranking
   * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE, E_SCORE_UNRANKED; E_ACCUMULATOR_MISMATCH without scores B for ranking B or
   * the other way round, and after {@link fromMessage}, which has no rankings; nothing is added then
   */
  update(labels: ArrayLike<number>, scoresA: ArrayLike<number>, scoresB?: ArrayLike<number>, weights?: ArrayLike<number>): void {
    const scores = scoresB === undefined ? [scoresA] : [scoresA, scoresB];
    if (scores.length !== this.placed.length)
      throw new CrossbillError(
        "E_ACCUMULATOR_MISMATCH",
        `${STATE} with ${this.placed.length} rankings cannot add rows with ${scores.length} scores; make one of as many rankings`,
        { exitCode: 2 },
      );
    for (const column of scores) checkRows(labels, column, weights);
    const deviations = scores.map((column, m) => this.deviations(this.placed[m]!, labels, column, weights));
    const [a, b] = deviations as [Float64Array, Float64Array | undefined];
    for (let i = 0; i < labels.length; i++) {
      const w = weights === undefined ? 1 : weights[i]!;
      if (w === 0) continue;
      const sums = labels[i] === 1 ? this.sums.positives : this.sums.negatives;
      sums.addRow(w);
      sums.add(0, w, a[i]!);
      if (b === undefined) continue;
      sums.add(1, w, b[i]!);
      sums.add(2, w, a[i]! - b[i]!);
    }
  }

  /**
   * Adds everything `other` holds; `other` keeps its value.
   * @throws E_ACCUMULATOR_MISMATCH when its rows were placed in other rankings (told by their AUCs)
   */
  merge(other: DelongAccumulator): void {
    if (other.aucs.length !== this.aucs.length || other.aucs.some((auc, m) => !Object.is(auc, this.aucs[m])))
      throw new CrossbillError(
        "E_ACCUMULATOR_MISMATCH",
        `${STATE}s of rankings with the AUCs ${this.aucs.join(", ")} and ${other.aucs.join(", ")} cannot be merged; place all rows in the same rankings`,
        { exitCode: 2 },
      );
    this.sums.positives.merge(other.sums.positives);
    this.sums.negatives.merge(other.sums.negatives);
  }

  /** Of all rows of the rankings. @throws E_LEVEL_RANGE, E_WEIGHT_KIND */
  value(options: IntervalOptions = {}): DelongValue {
    const { weightKind, level } = intervalOptions(options);
    const { positives, negatives } = this.sums;
    const variance = (series: number): number => positives.variance(series, weightKind) + negatives.variance(series, weightKind);
    const [aucA, aucB] = this.aucs as [number, number | undefined];
    return {
      rows: positives.rows + negatives.rows,
      a: intervalOf(aucA, variance(0), level),
      b: aucB === undefined ? null : intervalOf(aucB, variance(1), level),
      comparison: aucB === undefined ? null : comparisonOf(aucA, aucB, variance(2), level),
    };
  }

  toMessage(): v1.DelongAccumulator.$Properties {
    const [aucA, aucB] = this.aucs;
    return {
      formatVersion: FORMAT_VERSION,
      paired: aucB !== undefined,
      aucA: aucA!,
      aucB: aucB ?? 0,
      positives: this.sums.positives.toMessage(),
      negatives: this.sums.negatives.toMessage(),
    };
  }

  /** One that can be merged and valued; it has no rankings, so it takes no rows. @throws E_MESSAGE_CORRUPT, E_MESSAGE_VERSION */
  static fromMessage(message: v1.DelongAccumulator.$Properties): DelongAccumulator {
    checkVersion(STATE, message.formatVersion, FORMAT_VERSION);
    const aucs = message.paired ? [message.aucA, message.aucB] : [message.aucA];
    if (aucs.some((auc) => typeof auc !== "number" || auc < 0 || auc > 1)) throw corrupt(STATE, `an AUC of ${aucs.join(", ")} is outside [0, 1]`);
    const made = Object.create(DelongAccumulator.prototype) as DelongAccumulator;
    made.placed = [];
    made.aucs = aucs as number[];
    made.sums = {
      positives: PlacementSums.fromMessage(message.positives, made.series, STATE),
      negatives: PlacementSums.fromMessage(message.negatives, made.series, STATE),
    };
    return made;
  }

  private get series(): number {
    return this.aucs.length === 1 ? 1 : 3;
  }

  private deviations(placed: Placements, labels: ArrayLike<number>, scores: ArrayLike<number>, weights: ArrayLike<number> | undefined): Float64Array {
    const indices = placed.indicesOf(scores, weights);
    const deviations = new Float64Array(labels.length);
    for (let i = 0; i < labels.length; i++) if (weights === undefined || weights[i] !== 0) deviations[i] = placed.deviation(labels[i]!, indices[i]!);
    return deviations;
  }
}
