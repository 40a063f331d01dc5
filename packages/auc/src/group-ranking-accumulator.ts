import { CrossbillError, type v1 } from "@crossbill/messages";
import { readFloat64, writeFloat64 } from "./byte-columns.js";
import { averagePrecisionOfGroup, ndcgOf, precisionOfGroup, type RankingGain, recallOfGroup, reciprocalRankOfGroup } from "./group-measures.js";
import { checkVersion, corrupt } from "./messages.js";
import { type GroupKey, RankedGroups, rowOrder } from "./ranked-groups.js";

const FORMAT_VERSION = 1;
const STATE = "group ranking accumulator";
/** Powers of two up to this one minus 1 are exact. */
const MAX_EXPONENT = 52;

export interface GroupRankingOptions {
  /** Ranks that count, an integer from 1 on; default all. */
  readonly k?: number;
  /** Of NDCG: "exponential" (default), 2^relevance - 1, for integers up to 52; "linear", the relevance. */
  readonly gain?: RankingGain;
}

/** Means over the groups with a relevant row, by their weight; NaN without one. */
export interface GroupRankingValue {
  /** Of positive weight. */
  readonly groups: number;
  /** Of these, without a relevant row: left out of the means. */
  readonly groupsWithoutRelevant: number;
  /** Of the groups in the means. */
  readonly weight: number;
  readonly ndcg: number;
  readonly meanAveragePrecision: number;
  readonly recall: number;
  readonly precision: number;
  readonly meanReciprocalRank: number;
}

/**
 * The measures by group (`ndcg`, `meanAveragePrecision`, `recallAt`, `precisionAt`, `meanReciprocalRank`), mergeable: it holds all rows (16 bytes each), so a group may be spread over
 * parts. Updates and merges in any order and grouping give the same bits and message bytes.
 */
export class GroupRankingAccumulator {
  private readonly rows = new RankedGroups();

  /**
   * Adds rows.
   * @param relevances >= 0, length N
   * @param scores any number but NaN, length N
   * @param groups texts or finite numbers, length N
   * @param weights >= 0, the same for all rows of a group; rows of weight 0 are left out. Length N; default all 1
   * @throws E_LENGTH_MISMATCH, E_RELEVANCE_RANGE, E_SCORE_RANGE, E_GROUP_RANGE, E_WEIGHT_RANGE; nothing is added then
   */
  update(relevances: ArrayLike<number>, scores: ArrayLike<number>, groups: ArrayLike<GroupKey>, weights?: ArrayLike<number>): void {
    this.rows.add(relevances, scores, groups, weights);
  }

  /** Adds everything `other` holds; `other` keeps its value. @throws E_WEIGHT_RANGE when a group has another weight there; nothing is added then */
  merge(other: GroupRankingAccumulator): void {
    this.rows.merge(other.rows);
  }

  /** @throws E_OPTION_RANGE; E_RELEVANCE_RANGE for relevances that the exponential gain is not exact for */
  value(options: GroupRankingOptions = {}): GroupRankingValue {
    const { k = Infinity, gain = "exponential" } = options;
    if (!(k === Infinity || (Number.isInteger(k) && k >= 1)))
      throw new CrossbillError("E_OPTION_RANGE", `k of rankings is ${String(k)}, allowed is an integer from 1 on`, { exitCode: 2 });
    if (gain !== "exponential" && gain !== "linear")
      throw new CrossbillError("E_OPTION_RANGE", `gain of NDCG is ${String(gain)}, allowed are exponential and linear`, { exitCode: 2 });
    if (gain === "exponential" && (this.rows.largestRelevance > MAX_EXPONENT || this.rows.hasFractions))
      throw new CrossbillError(
        "E_RELEVANCE_RANGE",
        `relevances of an exponential gain must be integers up to ${MAX_EXPONENT}; use the linear gain for others`,
        {
          exitCode: 2,
        },
      );
    const measures = [ndcgOf(gain), averagePrecisionOfGroup, recallOfGroup, precisionOfGroup, reciprocalRankOfGroup];
    const { groups, withoutRelevant, weight, values } = this.rows.means(measures, k);
    const [ndcg, meanAveragePrecision, recall, precision, meanReciprocalRank] = values as [number, number, number, number, number];
    return { groups, groupsWithoutRelevant: withoutRelevant, weight, ndcg, meanAveragePrecision, recall, precision, meanReciprocalRank };
  }

  toMessage(): v1.GroupRankingAccumulator.$Properties {
    const groups = this.rows.sorted();
    const rows = groups.flatMap(([, group]) => rowOrder(group).map((i) => ({ score: group.scores[i]!, relevance: group.relevances[i]! })));
    return {
      formatVersion: FORMAT_VERSION,
      groups: groups.map(([key]) => (typeof key === "number" ? { number: key } : { text: key })),
      sizes: writeFloat64(Float64Array.from(groups, ([, group]) => group.scores.length)),
      weights: writeFloat64(Float64Array.from(groups, ([, group]) => group.weight)),
      scores: writeFloat64(Float64Array.from(rows, ({ score }) => score)),
      relevances: writeFloat64(Float64Array.from(rows, ({ relevance }) => relevance)),
    };
  }

  /** @throws E_MESSAGE_CORRUPT, E_MESSAGE_VERSION */
  static fromMessage(message: v1.GroupRankingAccumulator.$Properties): GroupRankingAccumulator {
    checkVersion(STATE, message.formatVersion, FORMAT_VERSION);
    const [sizes, weights, scores, relevances] = (["sizes", "weights", "scores", "relevances"] as const).map((name) =>
      readFloat64(message[name], STATE, name),
    ) as [Float64Array, Float64Array, Float64Array, Float64Array];
    const keys = (message.groups ?? []).map(({ number, text }) => number ?? text ?? null);
    const total = sizes.reduce((sum, n) => sum + n, 0);
    if (
      sizes.length !== keys.length ||
      weights.length !== keys.length ||
      scores.length !== total ||
      relevances.length !== total ||
      !sizes.every((n) => n >= 1 && Number.isInteger(n))
    )
      throw corrupt(STATE, "its columns differ in length");
    const made = new GroupRankingAccumulator();
    let at = 0;
    for (const [g, key] of keys.entries()) {
      const end = at + sizes[g]!;
      try {
        made.rows.add(
          relevances.subarray(at, end),
          scores.subarray(at, end),
          Array<GroupKey>(end - at).fill(key as GroupKey),
          new Float64Array(end - at).fill(weights[g]!),
        );
      } catch (cause) {
        throw corrupt(STATE, `a row of group ${g} is none`, cause);
      }
      at = end;
    }
    if (made.rows.sorted().length !== keys.length) throw corrupt(STATE, "a group is repeated");
    return made;
  }
}
