import { CrossbillError, type v1 } from "@crossbill/messages";
import { ExactSum, ScoreWeights } from "@crossbill/numerics";
import { readFloat64, readInt8, writeFloat64, writeInt8 } from "./byte-columns.js";
import { SliceSums } from "./slice-sums.js";

export function corrupt(why: string, cause?: unknown): CrossbillError {
  return new CrossbillError("E_MESSAGE_CORRUPT", `slice accumulator: ${why}; the message is damaged or was not written by Crossbill`, { cause });
}

/** What a slice's sums are in a message. */
export function sumsMessage(sums: SliceSums): Omit<v1.SliceSums.$Properties, "set" | "values"> {
  const [ones, weights, squares] = sums.blocks().map((block) => block.map((sum) => sum.toBytes()));
  const { scores, places, positives, negatives } = sums.scores.columns();
  return {
    rows: sums.rows,
    positives: sums.positives,
    negatives: sums.negatives,
    ones: ones!,
    weights: weights!,
    squares: squares!,
    scores: {
      roundedBits: sums.scores.roundedBits,
      scores: writeFloat64(scores),
      digits: places.every((place) => place === 0) ? new Uint8Array(0) : writeInt8(places),
      positives: writeFloat64(positives),
      negatives: writeFloat64(negatives),
    },
  };
}

/** The inverse of {@link sumsMessage}. @throws RangeError where it is none of its */
export function readSums(message: v1.SliceSums.$Properties, capacity: number): SliceSums {
  const sums = new SliceSums(capacity);
  sums.rows = message.rows ?? 0;
  sums.positives = message.positives ?? 0;
  sums.negatives = message.negatives ?? 0;
  if (sums.positives + sums.negatives > sums.rows) throw new RangeError("more rows have a weight than there are");
  const bytes = [message.ones ?? [], message.weights ?? [], message.squares ?? []];
  for (const [k, block] of sums.blocks().entries()) {
    if (bytes[k]!.length !== block.length) throw new RangeError(`${bytes[k]!.length} sums instead of ${block.length}`);
    for (const [i, sum] of block.entries()) sum.merge(ExactSum.fromBytes(bytes[k]![i]!));
  }
  const { scores, digits, positives, negatives, roundedBits } = message.scores ?? {};
  const columns = { scores: readFloat64(scores), positives: readFloat64(positives), negatives: readFloat64(negatives) };
  const places = digits?.length ? readInt8(digits) : new Int8Array(columns.scores.length);
  if (columns.scores.some((p) => !(p >= 0 && p <= 1))) throw new RangeError("a probability is outside [0, 1]");
  sums.scores = ScoreWeights.of({ ...columns, places }, roundedBits ?? 0, capacity, Math.max(1, places.length));
  return sums;
}
