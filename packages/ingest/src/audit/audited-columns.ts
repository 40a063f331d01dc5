import { type ColumnPlan, planColumns } from "@crossbill/columns";
import type { v1 } from "@crossbill/messages";

type Column = ColumnPlan["columns"][number];

/** A column that hashes. */
export interface AuditedColumn {
  readonly name: string;
  readonly buckets: number;
  readonly salt: number;
  readonly crossed: boolean;
  /** Of a cross: its inputs, entries of columns or (null) raw fields. Of a hashed column: its field. */
  readonly inputs: readonly { readonly name: string; readonly column: Column | null }[];
  /** Of a hashed column of several values. */
  readonly items: NonNullable<Column["items"]> | null;
}

/** The columns that hash, in their order; crosses of several values are left out. */
export function auditedColumns(specs: readonly v1.ColumnSpec[]): AuditedColumn[] {
  const plan = planColumns(specs);
  return specs.flatMap(({ name, hashed, crossed }): AuditedColumn[] => {
    const column = plan.byName.get(name)!;
    if (hashed != null)
      return [
        { name, buckets: hashed.buckets, salt: hashed.salt, crossed: false, inputs: [{ name: hashed.field, column: null }], items: column.items ?? null },
      ];
    if (crossed == null || crossed.buckets === 0 || column.multi !== undefined) return [];
    const inputs = crossed.inputs.map((input) => ({ name: input, column: plan.byName.get(input) ?? null }));
    return [{ name, buckets: crossed.buckets, salt: crossed.salt, crossed: true, inputs, items: null }];
  });
}
