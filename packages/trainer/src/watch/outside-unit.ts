/** Rows whose prediction is below 0 or above 1, from residuals of the squared loss, 2 w (prediction - label). Rows of weight 0 are not known. All f64[rows]. */
export function outsideUnit(residuals: Float64Array, labels: Float64Array, weights: Float64Array): number {
  let outside = 0;
  for (let r = 0; r < residuals.length; r++) {
    const twice = 2 * weights[r]!;
    const [least, most] = [twice * (0 - labels[r]!), twice * (1 - labels[r]!)];
    if (residuals[r]! < least || residuals[r]! > most) outside++;
  }
  return outside;
}

/** Whether all labels are 0 or 1. */
export function isBinary(labels: Float64Array): boolean {
  for (const y of labels) if (y !== 0 && y !== 1) return false;
  return true;
}
