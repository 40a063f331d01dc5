import { logit } from "@crossbill/numerics";

const CLIP = 2 ** -52;

/** Log-odds of a probability clipped to [2^-52, 1 - 2^-52], the bounds of the log-loss: finite. */
export function clippedLogit(p: number): number {
  return logit(Math.min(Math.max(p, CLIP), 1 - CLIP));
}
