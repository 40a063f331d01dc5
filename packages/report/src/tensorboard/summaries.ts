import type { v1 } from "@crossbill/messages";
import { sizeBinEnd } from "@crossbill/numerics";
import { tensorboard } from "../../gen/tensorboard.js";
import type { JsonHistogram, JsonTest, Num } from "../json.js";

/** Thresholds of a precision-recall curve: multiples of 1/200 from 0 to 1. */
const THRESHOLDS = 201;
const FLOAT32 = 1;

/** Null, an undefined number, has no value in an event file: nothing is made of it. */
export function scalar(tag: string, value: Num): tensorboard.Summary.IValue[] {
  return value === null ? [] : [{ tag, simpleValue: value }];
}

/** `num`, `sum` and `sumSquares` are those of the middles of the bins, which is all that is known. */
export function histogram(tag: string, of: JsonHistogram | null): tensorboard.Summary.IValue[] {
  if (of === null || of.low === null || of.high === null || of.rows.length === 0) return [];
  const [low, width] = [of.low, (of.high - of.low) / of.rows.length];
  const sums = { num: 0, sum: 0, sumSquares: 0 };
  for (const [i, rows] of of.rows.entries()) {
    const middle = low + width * (i + 0.5);
    sums.num += rows;
    sums.sum += rows * middle;
    sums.sumSquares += rows * middle * middle;
  }
  const bucketLimit = of.rows.map((_, i) => (i + 1 === of.rows.length ? of.high! : low + width * (i + 1)));
  return [{ tag, histo: { min: low, max: of.high, ...sums, bucketLimit, bucket: of.rows } }];
}

/** `num`, `sum` and `sumSquares` are those of the middles of the bins; an outermost bin counts as one that ends at twice its beginning. */
export function sizeHistogram(tag: string, { first, counts }: v1.SizeCounts): tensorboard.Summary.IValue[] {
  if (counts.length === 0) return [];
  const ends = Array.from({ length: counts.length + 1 }, (_, i) => sizeBinEnd(first + i - 1));
  if (ends[0] === Number.NEGATIVE_INFINITY) ends[0] = 2 * ends[1]!;
  if (ends.at(-1) === Number.POSITIVE_INFINITY) ends[counts.length] = 2 * ends[counts.length - 1]!;
  const sums = { num: 0, sum: 0, sumSquares: 0 };
  for (const [i, n] of counts.entries()) {
    const middle = (ends[i]! + ends[i + 1]!) / 2;
    sums.num += n;
    sums.sum += n * middle;
    sums.sumSquares += n * middle * middle;
  }
  return [{ tag, histo: { min: ends[0]!, max: ends.at(-1)!, ...sums, bucketLimit: ends.slice(1), bucket: counts } }];
}

/**
 * The plugin "pr_curves": weights of the four outcomes, precision and recall at even thresholds, from the points of the ROC curve (thinned ones where there are
 * more than it keeps: the outcome at a threshold is then that at the next kept one above). Precision without predicted positives is 0, as TensorBoard's own.
 */
export function precisionRecallCurve(tag: string, { roc, positiveWeight, weight }: JsonTest): tensorboard.Summary.IValue[] {
  if (positiveWeight === null || weight === null || roc.thresholds.length === 0 || roc.truePositiveRate.includes(null) || roc.falsePositiveRate.includes(null))
    return [];
  const negativeWeight = weight - positiveWeight;
  const tensor = new Float32Array(6 * THRESHOLDS);
  for (let i = 0, point = roc.thresholds.length - 1; i < THRESHOLDS; i++) {
    const threshold = i / (THRESHOLDS - 1);
    // The thresholds fall; the first one is infinite, which JSON has as null.
    while (point > 0 && (roc.thresholds[point] ?? Number.POSITIVE_INFINITY) < threshold) point--;
    const truePositives = roc.truePositiveRate[point]! * positiveWeight;
    const falsePositives = roc.falsePositiveRate[point]! * negativeWeight;
    const predicted = truePositives + falsePositives;
    const rows = [
      truePositives,
      falsePositives,
      negativeWeight - falsePositives,
      positiveWeight - truePositives,
      predicted === 0 ? 0 : truePositives / predicted,
      roc.truePositiveRate[point]!,
    ];
    for (const [row, value] of rows.entries()) tensor[row * THRESHOLDS + i] = value;
  }
  return [
    {
      tag,
      metadata: {
        pluginData: {
          pluginName: "pr_curves",
          content: tensorboard.PrCurvePluginData.encode({ version: 0, numThresholds: THRESHOLDS }).finish(),
        },
      },
      tensor: { dtype: FLOAT32, tensorShape: { dim: [{ size: 6 }, { size: THRESHOLDS }] }, tensorContent: littleEndian(tensor) },
    },
  ];
}

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setFloat32(4 * i, value, true);
  return bytes;
}
