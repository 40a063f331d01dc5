import { rocAuc } from "@crossbill/auc";
import type { FieldProfile } from "./field-profile.js";

/** Above it a field alone tells the label almost surely, as a field does that is filled in because of it. */
const SUSPICIOUS = 0.95;

/**
 * Whether a field alone tells the label suspiciously well: by its number, its text (of at most 50 different ones), or whether it has a value.
 * @param texts of the sampled rows, null: no value
 * @param positive whether each of them has the positive label
 */
export function tellsLabel(profile: FieldProfile, texts: readonly (string | null)[], positive: readonly boolean[]): boolean {
  const labels = positive.map(Number);
  const suspicious = (scores: readonly number[], of: readonly number[]): boolean => {
    const auc = rocAuc(of, scores);
    return Math.max(auc, 1 - auc) > SUSPICIOUS;
  };
  if (
    profile.missing > 0 &&
    profile.values > 0 &&
    suspicious(
      texts.map((text) => (text === null ? 0 : 1)),
      labels,
    )
  )
    return true;
  if (profile.numbers !== null) {
    const rows = texts.flatMap((text, row) => (text === null ? [] : [row]));
    return suspicious(
      rows.map((row) => Number(texts[row])),
      rows.map((row) => labels[row]!),
    );
  }
  if (profile.counts.length === 0) return false;
  const sums = new Map<string | null, { rows: number; positive: number }>();
  for (const [row, text] of texts.entries()) {
    const sum = sums.get(text) ?? { rows: 0, positive: 0 };
    sums.set(text, { rows: sum.rows + 1, positive: sum.positive + labels[row]! });
  }
  return suspicious(
    texts.map((text) => sums.get(text)!.positive / sums.get(text)!.rows),
    labels,
  );
}
