import type { ErrorCode, v1 } from "@crossbill/messages";
import type { Column } from "../column.js";
import { countOf, fieldOf } from "../field-of.js";
import { specError } from "../spec-error.js";

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
  return {
    name,
    kind: "identity",
    fields: [field],
    reads: "numbers",
    inputs: [],
    radix: 1 + size,
    ...(fallback === null ? { rejects } : {}),
    size: () => 1 + size,
    featureName: (id) => (id === 0 ? `${name} missing` : `${name}=${id - 1}`),
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
