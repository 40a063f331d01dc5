import { v1 } from "@crossbill/messages";
import type { ColumnConfig } from "./schema.js";

const { LIST, SEPARATED, WORDS } = v1.ItemsSpec.Kind;

/** How a column's text holds several values, as a part of its specification; empty: it is one value. A `split` that is neither "words" nor "list" is the separator. */
export function itemsSpec(column: Extract<ColumnConfig, { kind: "vocabulary" | "hashed" | "identity" }>): { items?: v1.ItemsSpec } {
  const { split, ngrams } = column;
  if (split === undefined) return {};
  const separator = typeof split === "object" ? split.separator : split === "words" || split === "list" ? "" : split;
  const [least, most] = typeof ngrams === "object" ? ngrams : [1, ngrams ?? 1];
  // Absent where there are none, so that equal columns are equal specifications.
  const runs = most > 1 ? { least, most } : {};
  const kind = separator !== "" ? SEPARATED : split === "words" ? WORDS : LIST;
  return { items: v1.ItemsSpec.create({ kind, separator, weighted: column.weighted, ...runs, once: column.occurrences === "once" }) };
}
