import { ExactSum } from "@crossbill/numerics";
import { countByOrder } from "./count-by-order.js";
import { checkRows } from "./inputs.js";
import { type CountedBatch, SortedRows } from "./sorted-rows.js";

/** From this many rows on a kernel is faster. */
const MANY = 4096;

/** Distinct scores, falling, in [0, size) with the weights of both labels at them: correctly rounded sums. */
export interface CountedScores {
  readonly size: number;
  readonly thresholds: Float64Array;
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/**
 * Counts rows by distinct score, falling, and calls `visit` with parts of the list in their order; the arrays are good until it returns. O(N).
 * The order of the rows leaves no trace in the bits; rows of weight 0 leave none.
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE
 */
export function countRows(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
  visit: (part: CountedScores) => void,
): void {
  const long = labels.length >= MANY && scores.length === labels.length && (weights === undefined || weights.length === labels.length);
  const sorted = long ? SortedRows.of(labels, scores, weights) : null;
  if (sorted === null) {
    checkRows(labels, scores, weights);
    visit(countByOrder(labels, scores, weights, weights === undefined || addExactly(weights)));
    return;
  }
  const [positives, negatives] = [new Float64Array(SortedRows.BATCH), new Float64Array(SortedRows.BATCH)];
  const counted = (batch: CountedBatch): void => visit({ size: batch.size, thresholds: batch.thresholds, positives, negatives });
  if (weights === undefined) {
    sorted.eachBatch((batch) => {
      positives.set(batch.positives);
      negatives.set(batch.negatives);
      counted(batch);
    });
    return;
  }
  const exact = addExactly(weights);
  const weigh = [tiedWeights(sorted.records(1), exact), tiedWeights(sorted.records(0), exact)] as const;
  sorted.eachBatch((batch) => {
    weigh[0](positives, batch.positives, batch.size);
    weigh[1](negatives, batch.negatives, batch.size);
    counted(batch);
  });
}

/** Writes the weights of the next `counts` records from the top; (key, weight) records by rising key. */
function tiedWeights(records: Float64Array, exact: boolean): (out: Float64Array, counts: Uint32Array, size: number) => void {
  let end = records.length;
  return (out, counts, size) => {
    for (let k = 0; k < size; k++) {
      const start = end - 2 * counts[k]!;
      if (!exact && end - start > 4) {
        const sum = new ExactSum();
        for (let i = start; i < end; i += 2) sum.add(records[i + 1]!);
        out[k] = sum.value();
      } else {
        let sum = 0;
        for (let i = start; i < end; i += 2) sum += records[i + 1]!;
        out[k] = sum;
      }
      end = start;
    }
  };
}

/** Whether plain additions of these weights are exact in any order: integers whose sum is at most 2^53. */
function addExactly(weights: ArrayLike<number>): boolean {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    if (!Number.isInteger(weights[i]!)) return false;
    sum += weights[i]!;
  }
  return sum <= Number.MAX_SAFE_INTEGER;
}
