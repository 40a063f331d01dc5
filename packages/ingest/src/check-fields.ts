import { fieldsOf, isMulti } from "@crossbill/columns";
import { CrossbillError, v1 } from "@crossbill/messages";
import { dialectHint } from "./dialect-hint.js";
import type { SourceName } from "./partitions.js";
import type { Head } from "./read-head.js";
import { ruleFields } from "./row-rules.js";

const OPEN_HINT = " (in the first rows; a name that stands anywhere in the files would do, with null for a value)";

/**
 * Checks that the files of each role have the same fields, in the same order, and that every field the configuration names is there.
 * @throws E_HEADER_MISMATCH; E_COLUMN_MISSING, listing the fields there are
 */
export function checkFields(sources: readonly SourceName[], heads: readonly Head[], data: v1.DataSpec, columns: readonly v1.ColumnSpec[]): void {
  for (const role of [v1.Part.TRAIN, v1.Part.VALIDATION, v1.Part.TEST]) {
    const of = heads.filter((_, i) => sources[i]!.role === role);
    const first = of[0];
    if (first === undefined) continue;
    for (const head of of) {
      const at = differs(first.fields, head.fields);
      if (at === null) continue;
      throw new CrossbillError(
        "E_HEADER_MISMATCH",
        `${head.path}: its fields are not those of ${first.path}: field ${at + 1} is ${show(head.fields[at])}, there it is ${show(first.fields[at])}; files of one data set must have the same header`,
        {
          details: { path: head.path, other: first.path },
        },
      );
    }
    checkNamed(first, role, data, columns);
  }
}

/** Every field that a specification names. */
export function namedFields(data: v1.DataSpec, columns: readonly v1.ColumnSpec[]): string[] {
  const slices = data.slices.filter((slice) => !columns.some((column) => column.name === slice));
  return [...ruleFields(data, v1.Part.TRAIN), ...columns.flatMap((column) => fieldsOf(column, columns)), ...slices];
}

function checkNamed(head: Head, role: v1.Part, data: v1.DataSpec, columns: readonly v1.ColumnSpec[]): void {
  const there = new Set([...head.fields, ...data.histories.map(({ name }) => name)]);
  for (const { name } of data.histories) {
    if (head.fields.includes(name))
      throw new CrossbillError(
        "E_HISTORY_NAME",
        `${head.path}: has a field ${JSON.stringify(name)} already, the name of a history among columns; name the entry otherwise`,
        {
          exitCode: 2,
          details: { path: head.path, field: name },
        },
      );
  }
  const need = (what: string, field: string): void => {
    if (field === "" || there.has(field)) return;
    throw new CrossbillError(
      "E_COLUMN_MISSING",
      `${head.path}: has no field ${JSON.stringify(field)}, which ${what} names; there are ${list(head.fields)}${head.open === true ? OPEN_HINT : dialectHint(head, data)}`,
      {
        details: { path: head.path, field, fields: head.fields },
      },
    );
  };
  for (const field of [data.label.field, ...data.label.fields]) need("data.label", field);
  need("data.weight", data.weight);
  need("data.key", data.key);
  if (role === v1.Part.TRAIN) {
    need("data.split", data.split?.hash?.field ?? "");
    need("data.split", data.split?.column?.field ?? "");
    need("data.split", data.split?.time?.field ?? "");
  }
  for (const { name, by, of, order } of data.histories) for (const field of [by, of, order]) need(`the history ${JSON.stringify(name)}`, field);
  for (const column of columns) for (const field of fieldsOf(column, columns)) need(nameOf(column, field, columns), field);
  for (const slice of data.slices) {
    const spec = columns.find((column) => column.name === slice);
    if (spec === undefined || head.fields.includes(slice) || !isMulti(spec, columns)) continue;
    throw new CrossbillError(
      "E_SLICE_FIELD",
      `evaluate.slices, findSlices or fairness names the column ${JSON.stringify(slice)}, which has several values in a row; slices are of fields, and of columns with one value a row`,
      {
        exitCode: 2,
        details: { column: slice },
      },
    );
  }
  for (const slice of data.slices) if (!columns.some((column) => column.name === slice)) need("evaluate.slices, findSlices or fairness", slice);
}

function nameOf(column: v1.ColumnSpec, field: string, columns: readonly v1.ColumnSpec[]): string {
  const entry = column.product != null && columns.some(({ name }) => name === field);
  return `column ${JSON.stringify(column.name)}${entry ? ` (a product, which multiplies fields of the data; ${JSON.stringify(field)} is an entry of columns)` : ""}`;
}

function differs(a: readonly string[], b: readonly string[]): number | null {
  for (let i = 0; i < Math.max(a.length, b.length); i++) if (a[i] !== b[i]) return i;
  return null;
}

function show(name: string | undefined): string {
  return name === undefined ? "none" : JSON.stringify(name);
}

function list(fields: readonly string[]): string {
  const most = 40;
  return (
    fields
      .slice(0, most)
      .map((field) => JSON.stringify(field))
      .join(", ") + (fields.length > most ? ` and ${fields.length - most} more` : "")
  );
}
