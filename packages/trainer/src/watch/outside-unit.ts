import { type LabelScale, scaledLabel } from "../rows/label-scale.js";

/** Rows whose prediction is below 0 or above 1, from residuals of the squared loss, 2 w (prediction - label). Rows of weight 0 are not known. All f64[rows]. @param scale of labels and predictions */
export function outsideUnit(residuals: Float64Array, labels: Float64Array, weights: Float64Array, scale: LabelScale | null = null): number {
  const [zero, one] = [scaledLabel(0, scale), scaledLabel(1, scale)];
  let outside = 0;
  for (let r = 0; r < residuals.length; r++) {
    const twice = 2 * weights[r]!;
    const [least, most] = [twice * (zero - labels[r]!), twice * (one - labels[r]!)];
    if (residuals[r]! < least || residuals[r]! > most) outside++;
  }
  return outside;
}

/** Whether all labels are 0 or 1. @param scale of the labels */
export function isBinary(labels: Float64Array, scale: LabelScale | null = null): boolean {
  const [zero, one] = [scaledLabel(0, scale), scaledLabel(1, scale)];
  for (const y of labels) if (y !== zero && y !== one) return false;
  return true;
}
