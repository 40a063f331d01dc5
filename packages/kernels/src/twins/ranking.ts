import { orderedBits } from "./profile.js";

/** A row's record: its key and weight. */
export interface RankingRecord {
  readonly key: bigint;
  readonly weight: number;
}

/** The twin of `ranking_split_f64`: the records of one label, in the order of the rows. */
export function rankingRecords(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  label: number,
  weights: ArrayLike<number> = new Float64Array(scores.length).fill(1),
): RankingRecord[] {
  return Array.from(scores, (score, i) => ({ key: orderedBits(score), weight: weights[i]!, label: labels[i] }))
    .filter((record) => record.label === label && record.weight !== 0)
    .map(({ key, weight }) => ({ key, weight }));
}

/** The twin of `sort_u64` and of the steps it is made of. */
export function sortedRecords(records: readonly RankingRecord[]): RankingRecord[] {
  return [...records].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** The twin of `ranking_merge_u64`: distinct scores, falling, with their records of both labels. */
export function countedScores(scores: ArrayLike<number>, labels: ArrayLike<number>): { threshold: number; positives: number; negatives: number }[] {
  const counts = new Map<number, { threshold: number; positives: number; negatives: number }>();
  for (let i = 0; i < scores.length; i++) {
    const threshold = scores[i]! + 0;
    const at = counts.get(threshold) ?? { threshold, positives: 0, negatives: 0 };
    if (labels[i] === 1) at.positives++;
    else at.negatives++;
    counts.set(threshold, at);
  }
  return [...counts.values()].sort((a, b) => (a.threshold < b.threshold ? 1 : -1));
}
