import { RankingAccumulator } from "@crossbill/auc";
import { v1 } from "@crossbill/messages";
import { ChangedRows } from "./changed-rows.js";
import { RANKING_CAPACITY, type SumsSpec } from "./evaluation-sums.js";
import { GroupMeans } from "./group-means.js";
import { comparisonNames, comparisonValues } from "./measures.js";
import type { ScoredRows } from "./scored-rows.js";

/** Everything that one pass over two models' scores of the same rows sums up. Parts are merged in the order of their rows. */
export class ComparisonSums {
  means: GroupMeans;
  changed: ChangedRows;
  /** Of both models, of the logistic head. */
  rankings: readonly [RankingAccumulator, RankingAccumulator] | null;
  readonly #spec: SumsSpec;

  constructor(spec: SumsSpec) {
    this.#spec = spec;
    this.means = new GroupMeans(comparisonNames(spec), spec.sets);
    this.changed = new ChangedRows(spec);
    const ranking = (): RankingAccumulator => new RankingAccumulator({ capacity: RANKING_CAPACITY });
    this.rankings = spec.head === v1.Head.LOGISTIC ? [ranking(), ranking()] : null;
  }

  update(rows: ScoredRows): void {
    const { label, weight, slices, predictions } = rows;
    this.means.update(comparisonValues(this.#spec, rows), weight, slices);
    this.changed.update(rows);
    for (const [m, ranking] of (this.rankings ?? []).entries()) ranking.update(label, predictions[m]!, weight);
  }

  merge(other: ComparisonSums): this {
    this.means.merge(other.means);
    this.changed.merge(other.changed);
    for (const [m, ranking] of (this.rankings ?? []).entries()) ranking.merge(other.rankings![m]!);
    return this;
  }

  toMessage(): v1.IPackAccumulators {
    return {
      means: this.means.toMessages(),
      ...this.changed.toMessage(),
      classes: (this.rankings ?? []).map((ranking) => ({ ranking: ranking.toMessage() })),
    };
  }

  /** @param pack its number, for the places of rows without a key */
  static fromMessage(spec: SumsSpec, message: v1.IPackAccumulators, pack: number): ComparisonSums {
    const made = new ComparisonSums(spec);
    made.means = GroupMeans.fromMessages(message.means ?? [], comparisonNames(spec), spec.sets);
    made.changed = ChangedRows.fromMessage(message, spec, pack, made.means.all.rows);
    const [a, b] = message.classes ?? [];
    if (a !== undefined && b !== undefined) made.rankings = [RankingAccumulator.fromMessage(a.ranking!), RankingAccumulator.fromMessage(b.ranking!)];
    return made;
  }
}
