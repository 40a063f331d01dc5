import { type DistinctScores, exp, log, normalQuantile } from "@crossbill/numerics";

export interface SliceRanking {
  /** NaN when a class has no weight. */
  readonly auc: number;
  readonly low: number;
  readonly high: number;
  /** The AUC of the unrounded scores is within this of `auc`. */
  readonly errorBound: number;
}

/** What the variance of a class's mean needs beside its scores. */
export interface ClassDraws {
  /** Rows (importance) or their weight (frequency). */
  readonly draws: number;
  /** sum w^2 / (sum w)^2 (importance) or 1 / sum w (frequency). */
  readonly share: number;
}

/**
 * ROC AUC of distinct scores, sum_t neg_t (P_{>t} + pos_t / 2) / (P N), with the interval of DeLong, DeLong and Clarke-Pearson (1988), symmetric on the log-odds. V_t being the share of the other class that a row at
 * score t is ordered right against,
 *   se^2 = S_1 + S_0,   S_c = n_c / (n_c - 1) share_c sum_t w_t (V_t - AUC)^2 / W_c.
 * Importance weights are taken to be independent of V; without weights and with frequency weights that is exact.
 */
export function rankingOf(
  { scores, positives, negatives }: DistinctScores,
  rounded: boolean,
  positive: ClassDraws,
  negative: ClassDraws,
  level: number,
): SliceRanking {
  const P = new TwoSum();
  const N = new TwoSum();
  const ordered = new TwoSum();
  const tied = new TwoSum();
  for (let t = 0; t < scores.length; t++) {
    if (positives[t]! > 0) ordered.add(positives[t]! * (N.value() + negatives[t]! / 2));
    if (rounded) tied.add(positives[t]! * negatives[t]!);
    P.add(positives[t]!);
    N.add(negatives[t]!);
  }
  const [p, n] = [P.value(), N.value()];
  if (!(p > 0 && n > 0)) return { auc: Number.NaN, low: Number.NaN, high: Number.NaN, errorBound: Number.NaN };
  const auc = ordered.value() / p / n;
  const spread = [new TwoSum(), new TwoSum()] as const;
  const below = [new TwoSum(), new TwoSum()] as const;
  for (let t = 0; t < scores.length; t++) {
    const ofPositive = (below[0].value() + negatives[t]! / 2) / n - auc;
    const ofNegative = 1 - (below[1].value() + positives[t]! / 2) / p - auc;
    spread[1].add(positives[t]! * ofPositive * ofPositive);
    spread[0].add(negatives[t]! * ofNegative * ofNegative);
    below[0].add(negatives[t]!);
    below[1].add(positives[t]!);
  }
  const varianceOf = ({ draws, share }: ClassDraws, sum: TwoSum, weight: number): number =>
    draws > 1 ? ((draws / (draws - 1)) * share * sum.value()) / weight : Number.NaN;
  const error = Math.sqrt(varianceOf(positive, spread[1], p) + varianceOf(negative, spread[0], n));
  return { auc, ...intervalOf(auc, error, level), errorBound: rounded ? tied.value() / 2 / p / n : 0 };
}

function intervalOf(auc: number, error: number, level: number): { low: number; high: number } {
  if (error === 0) return { low: auc, high: auc };
  const logit = log(auc / (1 - auc));
  const reach = (normalQuantile((1 + level) / 2) * error) / (auc * (1 - auc));
  return { low: 1 / (1 + exp(reach - logit)), high: 1 / (1 + exp(-reach - logit)) };
}

const BINS = 10;

/** Expected calibration error: sum over at most 10 bins of about equal weight, cut between distinct scores, of |sum w p - sum w y| / W. NaN without weight. */
export function calibrationErrorOf({ scores, positives, negatives }: DistinctScores, weight: number): number {
  const error = new TwoSum();
  const seen = new TwoSum();
  let difference = new TwoSum();
  let cut = 1;
  for (let t = 0; t < scores.length; t++) {
    const w = positives[t]! + negatives[t]!;
    seen.add(w);
    difference.add(w * scores[t]!);
    difference.add(-positives[t]!);
    if (seen.value() * BINS < cut * weight && t + 1 < scores.length) continue;
    error.add(Math.abs(difference.value()));
    difference = new TwoSum();
    cut = Math.floor((seen.value() * BINS) / weight) + 1;
  }
  return error.value() / weight;
}

/** A running sum with its rounding error beside it (Neumaier 1974). */
class TwoSum {
  private high = 0;
  private low = 0;

  add(x: number): void {
    const sum = this.high + x;
    this.low += Math.abs(this.high) >= Math.abs(x) ? this.high - sum + x : x - sum + this.high;
    this.high = sum;
  }

  value(): number {
    return this.high + this.low;
  }
}
