/**
 * ROC AUC of rows in rising order of probability: sum_t pos_t (N_{<t} + neg_t / 2) / (P N), ties counted half.
 * Package auc has the full set of ranking metrics; slices need this one number many times, over rows that are sorted once for all slices, and a package of this layer
 * imports none of its siblings.
 * @param order rows by rising probability
 * @param weights >= 0, by row; undefined: all 1
 * @returns in [0, 1]; NaN when a class has no weight
 */
export function aucOfOrdered(order: Uint32Array, labels: Uint8Array, probabilities: Float64Array, weights: Float64Array | undefined): number {
  const positive = new TwoSum();
  const negative = new TwoSum();
  const ordered = new TwoSum();
  for (let start = 0, end = 0; start < order.length; start = end) {
    const below = negative.value();
    let positives = 0;
    let negatives = 0;
    for (; end < order.length && probabilities[order[end]!] === probabilities[order[start]!]; end++) {
      const w = weights === undefined ? 1 : weights[order[end]!]!;
      if (labels[order[end]!] === 1) positives += w;
      else negatives += w;
    }
    if (positives > 0) ordered.add(positives * (below + negatives / 2));
    positive.add(positives);
    negative.add(negatives);
  }
  return positive.value() > 0 && negative.value() > 0 ? ordered.value() / positive.value() / negative.value() : NaN;
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
