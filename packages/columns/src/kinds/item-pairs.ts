import { combinePairs, parseDecimal } from "@crossbill/kernels";
import type { PairsEncoder, RowPairsOf } from "../column.js";
import type { ItemBatch } from "../item-batch.js";
import type { ColumnItems } from "../items.js";
import { type RowFields, rowError } from "../row-fields.js";
import type { Runtime } from "../text-batch.js";

/** What a column that reads items says of itself. */
export function readsItems(items: ColumnItems): { readonly reads: "items"; readonly items: ColumnItems; readonly multi: { readonly valued: boolean } } {
  return { reads: "items", items, multi: { valued: items.valued } };
}

/** The pairs of a column whose items have an id each: `idsOf` writes u32[count] to out. */
export function itemPairs(items: ColumnItems, { arena, kernels }: Runtime, idsOf: (found: ItemBatch, out: number) => void): PairsEncoder {
  return (batch, out) => {
    const found = batch.items(items);
    const draft = out.draft(found.count);
    idsOf(found, draft.ids);
    if (found.weights === 0) arena.f64(draft.values, found.count).fill(1);
    else kernels.copy_bytes(draft.values, found.weights, 8 * found.count);
    out.combine(found.offsets, found.rowLengths, batch.rows, found.count, items.once);
  };
}

/** The same of one row. */
export function rowItemPairs(items: ColumnItems, idOf: (text: string) => number): RowPairsOf {
  return (row) => {
    const found = rowItems(items, row);
    if (found === null) return { ids: [0], values: [1] };
    return combinePairs({ ids: found.map(({ text }) => idOf(text)), values: found.map(({ value }) => value) }, items.once);
  };
}

/** The items of one row with their values; null: missing. @throws E_LIST for a weight that is no number, and what reading them throws */
export function rowItems(items: ColumnItems, row: RowFields): { readonly text: string; readonly value: number }[] | null {
  const found = row.items(items);
  if (found === null) return null;
  return found.map(({ text, weight }) => {
    const value = weight === null ? 1 : parseDecimal(weight);
    if (Number.isNaN(value))
      throw rowError("E_LIST", items.field, `the weight of ${JSON.stringify(text)} is ${JSON.stringify(weight)}; a finite number is needed`);
    return { text, value };
  });
}
