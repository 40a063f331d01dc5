import type { v1 } from "@crossbill/messages";
import { distinctTexts, valuesOf } from "./distribution.js";

/** How many values a column has a weight for, and in how many rows (or items) they come. */
export interface DistinctValues {
  readonly column: string;
  readonly distinct: number;
  readonly values: number;
  /** Whether `distinct` is no estimate. */
  readonly exact: boolean;
}

/**
 * The columns that give each value they meet a weight of its own, or share one among values that came once: hashed ones, hashed crosses, and vocabularies that learn values seen once.
 * In their order.
 */
export function distinctValues(columns: readonly v1.ColumnSpec[], profile: v1.DataProfile): DistinctValues[] {
  const texts = new Map(profile.profiles.map(({ field, texts: of }) => [field, of]));
  const crosses = new Map(profile.keys.map(({ column, keys }) => [column, keys]));
  return columns.flatMap(({ name, hashed, vocabulary, crossed }) => {
    const learned = vocabulary != null && vocabulary.values.length === 0 && vocabulary.minCount <= 1;
    const of = hashed != null ? texts.get(hashed.field) : learned ? texts.get(vocabulary.field) : crossed != null ? crosses.get(name) : null;
    return of == null ? [] : [{ column: name, distinct: distinctTexts(of), values: valuesOf(of), exact: of.level === 0 }];
  });
}
