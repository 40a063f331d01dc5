import { log, logit, sigmoid, softplus } from "@crossbill/numerics";

/** A monotone, piecewise linear map of the probability; constant before the first knot and behind the last. */
export interface IsotonicRecalibration {
  readonly kind: "isotonic";
  /** Probabilities before, rising. */
  readonly knots: readonly number[];
  /** Probabilities after at each knot, not falling. */
  readonly values: readonly number[];
}

/** sigmoid(slope z + intercept) */
export interface PlattRecalibration {
  readonly kind: "platt";
  readonly slope: number;
  readonly intercept: number;
}

/** sigmoid(a log p - b log(1 - p) + c) */
export interface BetaRecalibration {
  readonly kind: "beta";
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** sigmoid(z / temperature); of several classes softmax(z / temperature) */
export interface TemperatureRecalibration {
  readonly kind: "temperature";
  readonly temperature: number;
}

/** sigmoid(z + log(negativeRate / positiveRate)) */
export interface SamplingRecalibration {
  readonly kind: "sampling";
  /** Share of the rows of label 0, of label 1 that the training kept, in (0, 1]. */
  readonly negativeRate: number;
  readonly positiveRate: number;
}

/** A map from a model's probabilities p (log-odds z) to calibrated ones. Plain data: it can be written as JSON. */
export type Recalibration = IsotonicRecalibration | PlattRecalibration | BetaRecalibration | TemperatureRecalibration | SamplingRecalibration;

/** The recalibrated probability. @param p in [0, 1] */
export function applyRecalibration(recalibration: Recalibration, p: number): number {
  return recalibration.kind === "isotonic" ? interpolate(recalibration, p) : sigmoid(applyToLogit(recalibration, logit(p)));
}

/** The log-odds of the recalibrated probability; infinite where that is 0 or 1 (isotonic). @param z log-odds, infinite ones too */
export function applyToLogit(recalibration: Recalibration, z: number): number {
  switch (recalibration.kind) {
    case "isotonic":
      return logit(interpolate(recalibration, sigmoid(z)));
    case "platt":
      return times(recalibration.slope, z) + recalibration.intercept;
    case "beta":
      return times(recalibration.a, -softplus(-z)) + times(recalibration.b, softplus(z)) + recalibration.c;
    case "temperature":
      return z / recalibration.temperature;
    case "sampling":
      return z + (log(recalibration.negativeRate) - log(recalibration.positiveRate));
  }
}

/** The recalibrated probability of log-odds z. */
export function recalibratedProbability(recalibration: Recalibration, z: number): number {
  return recalibration.kind === "isotonic" ? interpolate(recalibration, sigmoid(z)) : sigmoid(applyToLogit(recalibration, z));
}

/** 0 of nothing, also of an infinite x. */
function times(factor: number, x: number): number {
  return factor === 0 ? 0 : factor * x;
}

function interpolate({ knots, values }: IsotonicRecalibration, p: number): number {
  let low = 0;
  let high = knots.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (knots[middle]! <= p) low = middle + 1;
    else high = middle;
  }
  // knots[low - 1] <= p < knots[low]
  if (low === 0) return values[0]!;
  if (low === knots.length) return values[low - 1]!;
  const [from, to] = [values[low - 1]!, values[low]!];
  return Math.min(to, from + (to - from) * ((p - knots[low - 1]!) / (knots[low]! - knots[low - 1]!)));
}
