import { parseDecimal } from "@crossbill/kernels";
import type { ErrorCode, v1 } from "@crossbill/messages";
import type { Column } from "../column.js";
import { countOf, fieldOf } from "../field-of.js";
import { itemsOf } from "../items.js";
import { rowError } from "../row-fields.js";
import { specError } from "../spec-error.js";
import { itemPairs, readsItems, rowItemPairs } from "./item-pairs.js";

/** id 0 missing; else 1 + value, for whole numbers in [0, size). */
export function identity(name: string, spec: v1.IdentitySpec.$Properties): Column {
  const field = fieldOf(name, spec.field);
  const size = countOf(name, "size", spec.size, 1);
  const fallback = spec.defaultValue ?? null;
  if (fallback !== null && !(Number.isInteger(fallback) && fallback >= 0 && fallback < size))
    throw specError(name, `default value ${fallback}; a whole number in [0, ${size}) is needed`);
  const inside = (x: number): boolean => Number.isInteger(x) && x >= 0 && x < size;
  const idOf = (x: number): number => {
    if (Number.isNaN(x)) return 0;
    return inside(x) ? 1 + x : 1 + (fallback ?? 0);
  };
  const rejects = (x: number): ErrorCode | null => (Number.isNaN(x) || inside(x) ? null : "E_IDENTITY_RANGE");
  const items = itemsOf(name, field, spec.items);
  const shared = {
    name,
    kind: "identity" as const,
    fields: [field],
    inputs: [],
    radix: 1 + size,
    ...(fallback === null ? { rejects } : {}),
    size: () => 1 + size,
    featureName: (id: number) => (id === 0 ? `${name} missing` : `${name}=${id - 1}`),
  };
  if (items !== null) {
    return {
      ...shared,
      ...readsItems(items),
      pairsEncoder: ({ runtime }) =>
        itemPairs(items, runtime, (found, out) => {
          const { arena } = runtime;
          const numbers = found.numbers();
          const [x, ids] = [arena.f64(numbers, found.count), arena.u32(out, found.count)];
          for (let i = 0; i < ids.length; i++) ids[i] = idOf(x[i]!);
        }),
      rowPairsEncoder: () =>
        rowItemPairs(items, (text) => {
          const x = parseDecimal(text);
          if (Number.isNaN(x)) throw rowError("E_NUMBER", field, `the item ${JSON.stringify(text)} is no finite decimal number`);
          if (fallback === null && !inside(x))
            throw rowError("E_IDENTITY_RANGE", field, `the item ${JSON.stringify(text)}; whole numbers in [0, ${size}) are allowed`);
          return idOf(x);
        }),
    };
  }
  return {
    ...shared,
    reads: "numbers",
    batchEncoder:
      ({ runtime }) =>
      (batch, out) => {
        const x = batch.numbers(field);
        const ids = runtime.arena.u32(out, batch.rows);
        for (let row = 0; row < ids.length; row++) ids[row] = idOf(x[row]!);
      },
    rowEncoder: () => (row) => idOf(row.number(field)),
  };
}
