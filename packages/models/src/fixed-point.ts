import type { Weights } from "./weight-table.js";

/** Weights of the format q2.13 are n / 2^13, n an int16: the numbers from -4 to 4 - 2^-13 in steps of 2^-13 (McMahan et al. 2013, section 4.2). float32 holds each of them exactly. */
const UNIT = 2 ** 13;
const [LEAST, MOST] = [-(2 ** 15), 2 ** 15 - 1];

export interface RoundedWeights {
  readonly weights: Float32Array;
  /** How many were outside [-4, 4 - 2^-13], and are the nearer end of it. */
  readonly outside: number;
  /** How many were not 0 and are. */
  readonly lost: number;
}

/**
 * Each weight w becomes the nearest of the format, of two equally near ones that of even n. McMahan et al. round at random, floor(2^13 w + U[0, 1)) / 2^13, since they round in every step and errors of one
 * sign would add up; here it is done once, when the model is written, and the nearest is off by at most 2^-14 (at random up to 2^-13). What is not finite stays.
 */
export function roundWeights(weights: Weights): RoundedWeights {
  const rounded = new Float32Array(weights.length);
  let [outside, lost] = [0, 0];
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i]!;
    if (!Number.isFinite(w)) {
      rounded[i] = w;
      continue;
    }
    const n = nearestEven(w * UNIT);
    const held = Math.min(MOST, Math.max(LEAST, n));
    if (held !== n) outside++;
    if (held === 0 && w !== 0) lost++;
    rounded[i] = held === 0 ? 0 : held / UNIT;
  }
  return { weights: rounded, outside, lost };
}

function nearestEven(x: number): number {
  const below = Math.floor(x);
  const over = x - below;
  return over < 0.5 || (over === 0.5 && below % 2 === 0) ? below : below + 1;
}

/** int16 of weights of the format. */
export function toFixed(weights: Weights): Int16Array {
  return Int16Array.from(weights, (w) => w * UNIT);
}

/** The inverse. */
export function fromFixed(fixed: Int16Array): Float32Array {
  return Float32Array.from(fixed, (n) => n / UNIT);
}
