import { ExactSum, scoreKeys, scoreOfKey, sortKeys } from "@crossbill/numerics";
import type { CountedScores } from "./count-rows.js";

/** Rows that were checked, counted by distinct score in plain TypeScript: for few rows, and for more than a kernel memory holds. */
export function countByOrder(labels: ArrayLike<number>, scores: ArrayLike<number>, weights: ArrayLike<number> | undefined, exact: boolean): CountedScores {
  const n = labels.length;
  const hi = new Uint32Array(n);
  const lo = new Uint32Array(n);
  scoreKeys(hi, lo, 0, scores);
  const order = sortKeys(hi, lo);
  const thresholds = new Float64Array(n);
  const positives = new Float64Array(n);
  const negatives = new Float64Array(n);
  let size = 0;
  for (let end = n; end > 0; ) {
    const first = order[end - 1]!;
    let start = end - 1;
    while (start > 0 && hi[order[start - 1]!] === hi[first] && lo[order[start - 1]!] === lo[first]) start--;
    let weight = 0;
    for (let k = start; k < end; k++) {
      const row = order[k]!;
      const w = weights === undefined ? 1 : weights[row]!;
      if (labels[row] === 1) positives[size]! += w;
      else negatives[size]! += w;
      weight += w;
    }
    if (weight > 0) {
      if (!exact && end - start > 2) {
        positives[size] = tiedWeight(order, start, end, labels, weights!, 1);
        negatives[size] = tiedWeight(order, start, end, labels, weights!, 0);
      }
      thresholds[size++] = scoreOfKey(hi[first]!, lo[first]!);
    }
    end = start;
  }
  return { size, thresholds, positives, negatives };
}

/** Correctly rounded weight of one label over tied rows. */
function tiedWeight(order: Uint32Array, start: number, end: number, labels: ArrayLike<number>, weights: ArrayLike<number>, label: number): number {
  const sum = new ExactSum();
  for (let k = start; k < end; k++) if (labels[order[k]!] === label) sum.add(weights[order[k]!]!);
  return sum.value();
}
