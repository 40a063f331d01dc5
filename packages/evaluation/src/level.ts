import type { WeightKind } from "@crossbill/calibration";
import { v1 } from "@crossbill/messages";

/** Of every interval. */
export const LEVEL = 0.95;

/** The name that metrics know a kind of weights by. */
export function weightKindName(kind: v1.WeightKind): WeightKind {
  return kind === v1.WeightKind.FREQUENCY ? "frequency" : "importance";
}
