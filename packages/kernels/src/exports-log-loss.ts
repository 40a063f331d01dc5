/** assembly/log-loss.ts */
export interface LogLossKernels {
  /**
   * Adds to sums f64[8] the losses of n rows, -log p for label 1 and -log1p(-p) for label 0, p clipped to [2^-52, 1 - 2^-52], without rounding: the sum of the eight numbers
   * is exact while they take at most 2^26 rows (losses are split at 2^-21, 2^-49 and 2^-77, on two lanes). Their order does not matter.
   * probabilities f64[n], labels u8[n], 0 or 1, scratch f64[2 * n + 4]. 0: a probability is outside [0, 1], and nothing was added; else 1.
   */
  log_loss_f64(sums: number, scratch: number, probabilities: number, labels: number, n: number): number;
}
