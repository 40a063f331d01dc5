import { poissonLoss, rowLogLoss } from "@crossbill/calibration";
import { v1 } from "@crossbill/messages";
import type { Scores } from "./score-file.js";

/** N rows of one part, in the order of the packs. */
export interface MeasuredRows {
  readonly label: Float64Array;
  readonly weight: Float64Array;
  /** The head's own loss of each row. */
  readonly loss: Float64Array;
}

/** Of a row with this label, where the model predicts p (of several classes: of the row's own class). */
type RowLoss = (label: number, p: number) => number;

const ofClass: RowLoss = (_, p) => rowLogLoss(1, p);

/** Of label vectors the prediction is the loss (see scoreVectors). */
const itself: RowLoss = (_, loss) => loss;

const LOSSES: Readonly<Record<v1.Head, RowLoss>> = {
  [v1.Head.LOGISTIC]: rowLogLoss,
  [v1.Head.SQUARED]: (label, p) => (p - label) * (p - label),
  [v1.Head.SOFTMAX]: ofClass,
  [v1.Head.ONE_VS_REST]: ofClass,
  [v1.Head.ONE_VS_ONE]: ofClass,
  [v1.Head.SAMPLED_SOFTMAX]: ofClass,
  [v1.Head.NCE]: ofClass,
  [v1.Head.POISSON]: poissonLoss,
  [v1.Head.MULTI_LABEL]: itself,
};

/**
 * The loss of each row by the first model: (p - y)^2 of the squared head, p - y log p of the Poisson head, -log p of the row's own class, else -y log p - (1 - y) log(1 - p), p clipped to
 * [2^-52, 1 - 2^-52].
 */
export function rowLosses(head: v1.Head, { label, predictions }: Scores, vectors: boolean): Float64Array {
  const loss = vectors ? itself : LOSSES[head];
  return (predictions[0] ?? new Float64Array(0)).map((p, i) => loss(label[i]!, p));
}
