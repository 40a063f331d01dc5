import { exp, log } from "@crossbill/numerics";

/** How a learning rate falls with the steps (blocks) t done, from 0 on; see {@link rateAt}. */
export type Schedule =
  | { readonly kind: "constant" }
  | { readonly kind: "inverseTime" /** Default 1. */; readonly decay?: number | undefined; readonly steps: number }
  | { readonly kind: "inverseSquareRoot"; readonly steps: number }
  | { readonly kind: "exponential"; readonly decay: number; readonly steps: number }
  | { readonly kind: "step"; readonly decay: number; readonly steps: number }
  | {
      readonly kind: "polynomial";
      readonly steps: number;
      /** Default 0. */
      readonly end?: number | undefined;
      /** Default 1: a line. */
      readonly power?: number | undefined;
    };

export interface Rate {
  readonly learningRate: number;
  /** Default constant. */
  readonly schedule?: Schedule | undefined;
  /** Steps in which the rate rises to `learningRate`; default 0. */
  readonly warmUp?: number | undefined;
}

/**
 * The learning rate of a step, counted from 0. While step < warmUp it is learningRate (step + 1) / warmUp (Goyal et al. 2017); from then on, with t = step - warmUp:
 * constant learningRate; inverseTime learningRate / (1 + decay t / steps); inverseSquareRoot learningRate / sqrt(1 + t / steps); exponential learningRate decay^(t / steps);
 * step learningRate decay^floor(t / steps); polynomial end + (learningRate - end) (1 - min(t, steps) / steps)^power.
 */
export function rateAt({ learningRate, schedule, warmUp = 0 }: Rate, step: number): number {
  if (step < warmUp) return (learningRate * (step + 1)) / warmUp;
  const t = step - warmUp;
  switch (schedule?.kind) {
    case undefined:
    case "constant":
      return learningRate;
    case "inverseTime":
      return learningRate / (1 + ((schedule.decay ?? 1) * t) / schedule.steps);
    case "inverseSquareRoot":
      return learningRate / Math.sqrt(1 + t / schedule.steps);
    case "exponential":
      return learningRate * power(schedule.decay, t / schedule.steps);
    case "step":
      return learningRate * power(schedule.decay, Math.floor(t / schedule.steps));
    case "polynomial": {
      const { end = 0, steps } = schedule;
      const left = power(1 - Math.min(t, steps) / steps, schedule.power ?? 1);
      // The sum of the parts may be a digit more than the whole.
      return left === 1 ? learningRate : end + (learningRate - end) * left;
    }
  }
}

/** x^y for x in [0, 1] and y >= 0, the same bits on every machine. */
function power(x: number, y: number): number {
  if (y === 0 || x === 1) return 1;
  if (y === 1 || x === 0) return x;
  return exp(y * log(x));
}
