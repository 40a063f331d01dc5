import { log } from "@crossbill/numerics";

/** The rows of one group: by falling score, of equal scores by falling relevance. */
export interface RankedGroup {
  /** >= 0; relevant is above 0. Length n. */
  readonly relevances: Float64Array;
  /** Where each run of equal scores ends, rising, the last is n. */
  readonly ends: readonly number[];
}

/** "exponential": 2^relevance - 1, relevances integers up to 52; "linear": the relevance. */
export type RankingGain = "exponential" | "linear";

/** A measure of one group at a cutoff k (Infinity: none), the mean over all orders of equal scores. The group has a relevant row. */
export type GroupMeasure = (group: RankedGroup, k: number) => number;

/** A run of equal scores: rows [start, end), of which the first `relevant` are relevant. */
interface Run {
  readonly start: number;
  readonly end: number;
  readonly relevant: number;
}

/** DCG / ideal DCG, DCG = sum over ranks r <= k of gain / log2(r + 1); a row among equals has the mean of the discounts of their ranks (McSherry and Najork 2008). */
export function ndcgOf(gain: RankingGain): GroupMeasure {
  return (group, k) => {
    const gains = group.relevances.map(gain === "linear" ? (x) => x : powerGain);
    let dcg = 0;
    for (const { start, end } of runs(group)) {
      let discounts = 0;
      let sum = 0;
      for (let i = start; i < end; i++) {
        sum += gains[i]!;
        if (i < k) discounts += discount(i);
      }
      if (discounts === 0) break;
      dcg += (sum / (end - start)) * discounts;
    }
    let ideal = 0;
    for (const [i, x] of gains.toSorted().reverse().entries()) {
      if (i >= k) break;
      ideal += x * discount(i);
    }
    return Math.min(1, dcg / ideal);
  };
}

/** AP at k = sum over ranks r <= k of (1 if relevant) precision at r, over min(R, k), R relevant rows. */
export const averagePrecisionOfGroup: GroupMeasure = (group, k) => {
  let [sum, above] = [0, 0];
  for (const { start, end, relevant } of runs(group)) {
    const n = end - start;
    for (let i = start; i < Math.min(end, k) && relevant > 0; i++) {
      // With a relevant row at rank i + 1, each of the other n - 1 is relevant with probability (relevant - 1) / (n - 1).
      const others = n === 1 ? 0 : ((i - start) * (relevant - 1)) / (n - 1);
      sum += ((relevant / n) * (above + others + 1)) / (i + 1);
    }
    above += relevant;
  }
  return sum / Math.min(above, k);
};

/** Relevant rows among the k highest, over all relevant rows. */
export const recallOfGroup: GroupMeasure = (group, k) => relevantAmong(group, k) / relevantAmong(group, Infinity);

/** Relevant rows among the k highest, over k, also where there are fewer rows; without a cutoff over the rows. */
export const precisionOfGroup: GroupMeasure = (group, k) => relevantAmong(group, k) / (k === Infinity ? group.relevances.length : k);

/** 1 / rank of the first relevant row; 0 where that is past k. */
export const reciprocalRankOfGroup: GroupMeasure = (group, k) => {
  const first = runs(group).find(({ relevant }) => relevant > 0)!;
  let sum = 0;
  let none = 1; // probability that no row of the run before rank i + 1 is relevant
  for (let i = first.start; i < Math.min(first.end, k) && none > 0; i++) {
    const left = first.end - i;
    sum += (none * (first.relevant / left)) / (i + 1);
    none *= (left - first.relevant) / left;
  }
  return sum;
};

/** Expected relevant rows among the k highest. */
function relevantAmong(group: RankedGroup, k: number): number {
  let sum = 0;
  for (const { start, end, relevant } of runs(group)) {
    if (start >= k) break;
    sum += end <= k ? relevant : (relevant * (k - start)) / (end - start);
  }
  return sum;
}

function runs({ relevances, ends }: RankedGroup): Run[] {
  return ends.map((end, at) => {
    const start = at === 0 ? 0 : ends[at - 1]!;
    let relevant = 0;
    while (start + relevant < end && relevances[start + relevant]! > 0) relevant++;
    return { start, end, relevant };
  });
}

/** 1 / log2(r + 1) of rank r = index + 1. */
function discount(index: number): number {
  return Math.LN2 / log(index + 2);
}

/** 2^x - 1 of an integer in [0, 52], exact. */
function powerGain(x: number): number {
  let power = 1;
  for (let i = 0; i < x; i++) power *= 2;
  return power - 1;
}
