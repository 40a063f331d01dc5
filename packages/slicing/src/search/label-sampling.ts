import type { SliceRows } from "../measure-slice.js";

/**
 * Rows whose importance weights are one number for label 1 and another for label 0 have been sampled by their label, as where negatives were left out: the
 * probability of label 1 among those that are left is not p. With the weights a of label 1 and b of label 0 (each 1 / the rate its rows were kept with), it is
 *   p' = p b / (p b + (1 - p) a),   and with   w' = p b + (1 - p) a   every row has   w' (p' - y) = w (p - y)
 * (Elkan 2001): the same residuals, of labels that are Bernoulli(p') when the predictions are true. Other rows are given back as they are.
 */
export function asSampled(rows: SliceRows): SliceRows {
  const { labels, probabilities, weights } = rows;
  const a = weightOf(rows, 1);
  const b = weightOf(rows, 0);
  if (weights === undefined || a === null || b === null || a === b) return rows;
  const sampled = weights.map((_, row) => probabilities[row]! * b + (1 - probabilities[row]!) * a);
  return { labels, probabilities: probabilities.map((p, row) => (p * b) / sampled[row]!), weights: sampled };
}

/** The weight that all rows of a label have; null: there is none, or they differ. */
function weightOf({ labels, weights }: SliceRows, label: number): number | null {
  let found: number | null = null;
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] !== label) continue;
    const w = weights?.[row] ?? 1;
    if (found !== null && found !== w) return null;
    found = w;
  }
  return found;
}
