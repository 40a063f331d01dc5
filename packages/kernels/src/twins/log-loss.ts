import { log, log1p } from "./math.js";

/** The twin of `log_loss_f64`, of one row. */
export function rowLogLossTwin(label: number, probability: number): number {
  const p = Math.min(Math.max(probability, 2 ** -52), 1 - 2 ** -52);
  return label === 1 ? -log(p) : -log1p(-p);
}
