import { log, log1p, softplus } from "@crossbill/numerics";

/** Probabilities are clipped to [2^-52, 1 - 2^-52], so that one row loses at most 36.04. */
const CLIP = 2.220446049250313e-16;

/** -y log p - (1 - y) log(1 - p), p clipped; natural logarithm. */
export function rowLogLoss(label: number, probability: number): number {
  const p = Math.min(Math.max(probability, CLIP), 1 - CLIP);
  return label === 1 ? -log(p) : -log1p(-p);
}

/** softplus(z) - y z, as softplus(-z) for y = 1; not clipped. */
export function rowLogLossFromLogit(label: number, logit: number): number {
  return label === 1 ? softplus(-logit) : softplus(logit);
}
