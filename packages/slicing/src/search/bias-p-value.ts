import { checkRows, type SliceOptions, sliceOptions } from "../inputs.js";
import { BiasTest } from "./bias-test.js";
import { sumsOf } from "./count-slices.js";

/**
 * Two-sided p value of "the predictions are the true probabilities" from the sum of labels of some independent rows: also where few positives are expected, where the normal p value of z
 * claims too much. Lugannani and Rice's formula (1980) with a continuity correction; within a few percent of the exact one.
 * @param labels 0 or 1, length N
 * @param probabilities of label 1, in [0, 1], length N
 * @param weights >= 0, length N; default all 1
 * @returns NaN without weight
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_WEIGHT_KIND
 */
export function biasPValue(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  weights?: ArrayLike<number>,
  options: Pick<SliceOptions, "weightKind"> = {},
): number {
  checkRows(labels, probabilities, weights);
  const { weightKind } = sliceOptions(options);
  const places = Array.from(labels, (_, row) => row).filter((row) => weights === undefined || weights[row]! > 0);
  if (places.length === 0) return Number.NaN;
  const test = new BiasTest(
    {
      labels: Uint8Array.from(places, (row) => labels[row]!),
      probabilities: Float64Array.from(places, (row) => probabilities[row]!),
      weights: weights === undefined ? undefined : Float64Array.from(places, (row) => weights[row]!),
    },
    weightKind,
  );
  const rows = Uint32Array.from(places, (_, k) => k);
  return test.pValue(sumsOf(test.triples, rows), rows);
}
