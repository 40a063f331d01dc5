import { rowLogLoss } from "@crossbill/calibration";
import { isOfClasses, v1 } from "@crossbill/messages";
import type { Scores } from "./score-file.js";

/** N rows of one part, in the order of the packs. */
export interface MeasuredRows {
  readonly label: Float64Array;
  readonly weight: Float64Array;
  /** The head's own loss of each row. */
  readonly loss: Float64Array;
}

/**
 * The loss of each row by the first model: (p - y)^2 of the squared head, -log p of the row's own class, else -y log p - (1 - y) log(1 - p), p clipped to
 * [2^-52, 1 - 2^-52].
 */
export function rowLosses(head: v1.Head, { label, predictions }: Scores): Float64Array {
  const p = predictions[0]!;
  if (head === v1.Head.SQUARED) return p.map((x, i) => (x - label[i]!) * (x - label[i]!));
  if (isOfClasses(head)) return p.map((x) => rowLogLoss(1, x));
  return p.map((x, i) => rowLogLoss(label[i]!, x));
}
