// Slow second implementations, straight from the definitions.

type Numbers = readonly number[];

/** Every pair of a positive and a negative: 1, 1/2 or 0, by the product of the weights. O(N^2). */
export function rocAucTwin(labels: Numbers, scores: Numbers, weights: Numbers = labels.map(() => 1)): number {
  let won = 0;
  let pairs = 0;
  for (const [i, yi] of labels.entries()) {
    for (const [j, yj] of labels.entries()) {
      if (yi !== 1 || yj !== 0) continue;
      const w = weights[i]! * weights[j]!;
      pairs += w;
      won += w * (scores[i]! > scores[j]! ? 1 : scores[i] === scores[j] ? 0.5 : 0);
    }
  }
  return won / pairs;
}

/** Precision and recall counted anew at every threshold. O(N^2). */
export function averagePrecisionTwin(labels: Numbers, scores: Numbers, weights: Numbers = labels.map(() => 1)): number {
  const positive = labels.reduce((sum, y, i) => sum + y * weights[i]!, 0);
  if (positive === 0) return Number.NaN;
  let area = 0;
  let before = 0;
  for (const threshold of [...new Set(scores.map((s) => s + 0))].sort((a, b) => (a < b ? 1 : -1))) {
    const [tp, fp] = confusionTwin(labels, scores, threshold, weights) as [number, number];
    if (tp + fp === 0) continue;
    area += ((tp - before) / positive) * (tp / (tp + fp));
    before = tp;
  }
  return area;
}

/** TP, FP, TN, FN at scores >= threshold. */
export function confusionTwin(labels: Numbers, scores: Numbers, threshold: number, weights: Numbers = labels.map(() => 1)): number[] {
  const sum = (label: number, above: boolean): number =>
    labels.reduce((all, y, i) => all + (y === label && scores[i]! >= threshold === above ? weights[i]! : 0), 0);
  return [sum(1, true), sum(0, true), sum(0, false), sum(1, false)];
}
