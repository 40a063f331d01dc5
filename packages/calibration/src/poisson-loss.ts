import { log } from "@crossbill/numerics";

/** The smallest normal float64: predictions below it (exp of a logit under -708) are taken as this. */
const LEAST = 2 ** -1022;

/** Poisson loss of a row: p - y log p. @param prediction p >= 0, the predicted mean */
export function poissonLoss(label: number, prediction: number): number {
  return prediction - label * log(Math.max(prediction, LEAST));
}

/** Poisson deviance of a row, twice its loss beyond that of a perfect prediction: 2 (y log(y / p) - y + p), y log y = 0 at 0. Never below 0. */
export function poissonDeviance(label: number, prediction: number): number {
  const p = Math.max(prediction, LEAST);
  return label === 0 ? 2 * prediction : Math.max(0, 2 * (label * (log(label) - log(p)) - label + prediction));
}
