import type { RankingGain } from "./group-measures.js";
import { GroupRankingAccumulator, type GroupRankingOptions, type GroupRankingValue } from "./group-ranking-accumulator.js";
import type { GroupKey } from "./ranked-groups.js";

export interface GroupedRowsOptions extends GroupRankingOptions {
  /** Of each row, length N: the query, user or list that it was ranked in. The text "1" and the number 1 are two groups. */
  readonly groups: ArrayLike<GroupKey>;
  /** > 0, the same for all rows of a group; rows of weight 0 are left out. Length N; default all 1. */
  readonly weights?: ArrayLike<number>;
}

/**
 * Normalised discounted cumulative gain: DCG / ideal DCG of each group, DCG = sum over ranks r <= k of gain / log2(r + 1) (Järvelin and Kekäläinen 2002), gain 2^relevance - 1 or linear.
 * As all measures by group: the weighted mean over the groups with a relevant row (relevance above 0); equal scores count as the mean over all their orders (McSherry and Najork 2008).
 * @param relevances >= 0, length N
 * @param scores any number but NaN, length N; only their order within a group counts
 * @returns in [0, 1]; NaN without a group that has a relevant row
 * @throws E_LENGTH_MISMATCH, E_RELEVANCE_RANGE, E_SCORE_RANGE, E_GROUP_RANGE, E_WEIGHT_RANGE, E_OPTION_RANGE
 */
export function ndcg(relevances: ArrayLike<number>, scores: ArrayLike<number>, options: GroupedRowsOptions): number {
  return measured(relevances, scores, options, options.gain).ndcg;
}

/**
 * Mean over the groups of AP = sum over ranks r <= k of (1 if relevant) precision at r, over min(R, k), R the relevant rows of the group. Groups and ties as in {@link ndcg}.
 * @throws as {@link ndcg}
 */
export function meanAveragePrecision(relevances: ArrayLike<number>, scores: ArrayLike<number>, options: GroupedRowsOptions): number {
  return measured(relevances, scores, options, "linear").meanAveragePrecision;
}

/** Mean over the groups of the relevant rows among the k highest over all relevant rows. Groups and ties as in {@link ndcg}. @throws as {@link ndcg} */
export function recallAt(relevances: ArrayLike<number>, scores: ArrayLike<number>, options: GroupedRowsOptions): number {
  return measured(relevances, scores, options, "linear").recall;
}

/**
 * Mean over the groups of the relevant rows among the k highest over k, also where a group has fewer rows; without k over its rows. Groups and ties as in {@link ndcg}.
 * @throws as {@link ndcg}
 */
export function precisionAt(relevances: ArrayLike<number>, scores: ArrayLike<number>, options: GroupedRowsOptions): number {
  return measured(relevances, scores, options, "linear").precision;
}

/** Mean over the groups of 1 / rank of the first relevant row, 0 where that is past k (Voorhees 1999). Groups and ties as in {@link ndcg}. @throws as {@link ndcg} */
export function meanReciprocalRank(relevances: ArrayLike<number>, scores: ArrayLike<number>, options: GroupedRowsOptions): number {
  return measured(relevances, scores, options, "linear").meanReciprocalRank;
}

function measured(relevances: ArrayLike<number>, scores: ArrayLike<number>, options: GroupedRowsOptions, gain: RankingGain | undefined): GroupRankingValue {
  const accumulator = new GroupRankingAccumulator();
  accumulator.update(relevances, scores, options.groups, options.weights);
  return accumulator.value({ ...options, gain: gain ?? "exponential" });
}
