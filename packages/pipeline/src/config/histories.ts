import { v1 } from "@crossbill/messages";
import type { ColumnConfig } from "./schema.js";

/** What a column says of a history: its own kind, or a vocabulary or hash over one; null: none. */
function historyOf(column: ColumnConfig): { by: string; of: string; order: string; last: number } | null {
  if (column.kind === "history") return column;
  if ((column.kind === "vocabulary" || column.kind === "hashed") && column.history !== undefined)
    return { ...column.history, of: column.history.of ?? column.column };
  return null;
}

/** The histories that the columns read, each a field named as its entry. */
export function historySpecs(columns: Readonly<Record<string, ColumnConfig>>): v1.HistorySpec[] {
  return Object.entries(columns).flatMap(([name, column]) => {
    const history = historyOf(column);
    return history === null ? [] : [v1.HistorySpec.create({ name, by: history.by, of: history.of, order: history.order, last: history.last })];
  });
}

/** The field that the entry `name` reads, and how it holds several values where it is a history: a list. */
export function historyField(name: string, column: ColumnConfig): { field: string; items: v1.ItemsSpec } | null {
  if (historyOf(column) === null) return null;
  const once = "occurrences" in column && column.occurrences === "once";
  return { field: name, items: v1.ItemsSpec.create({ kind: v1.ItemsSpec.Kind.LIST, once }) };
}
