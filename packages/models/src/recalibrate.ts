import { applyToLogit, type Recalibration, readRecalibration } from "@crossbill/calibration";
import { v1 } from "@crossbill/messages";

/** Whether a model of the head can have such a recalibration: any of the logistic head, a temperature of softmax, however it is trained. */
export function canRecalibrate(head: v1.Head, kind: Recalibration["kind"]): boolean {
  if (head === v1.Head.LOGISTIC) return true;
  return kind === "temperature" && (head === v1.Head.SOFTMAX || head === v1.Head.SAMPLED_SOFTMAX || head === v1.Head.NCE);
}

/** That of the message; null: none. @throws E_MESSAGE_CORRUPT */
export function recalibrationOf(message: v1.Model): Recalibration | null {
  const held: v1.Recalibration | null = message.recalibration;
  return held === null ? null : readRecalibration(held);
}

/** The recalibrated logits in the place of the head's own, in place. Of several classes each is divided by the temperature. */
export function recalibrateLogits(recalibration: Recalibration, logits: Float64Array): void {
  for (let i = 0; i < logits.length; i++) logits[i] = applyToLogit(recalibration, logits[i]!);
}
