import { columnSize, isMulti, isNumeric } from "@crossbill/columns";
import { CrossbillError, type v1 } from "@crossbill/messages";

/** One column of a model among all features: feature `id` of the column is feature `offset + id` of the model. */
export interface PlacedColumn {
  readonly name: string;
  /** First feature. */
  readonly offset: number;
  /** Features: ids `[0, size)`; of a numeric column 1 (its input), or 2 (the second is 1 where the value is missing). */
  readonly size: number;
  readonly numeric: boolean;
  /** Rows have any number of (id, value) pairs of it, not one id. */
  readonly multi: boolean;
  readonly spec: v1.ColumnSpec;
  /** What was fitted of it; null for kinds that fit nothing. */
  readonly state: v1.ColumnState | null;
}

export interface Placement {
  /** In the order of the model's columns. */
  readonly columns: readonly PlacedColumn[];
  /** F, the features of all columns together (the intercept is none of them). */
  readonly features: number;
}

/**
 * Places the model's columns one after another.
 * @throws E_MODEL_COLUMN (exit code 2) for a column that the state does not know, or that is named twice, or a model without columns.
 */
export function placeColumns(spec: v1.ModelSpec, state: v1.FeatureState): Placement {
  const specs = new Map(state.columns.map((column) => [column.name, column]));
  const states = new Map(state.states.map((column) => [column.name, column]));
  if (spec.columns.length === 0) throw new CrossbillError("E_MODEL_COLUMN", "the model has no columns; name at least one of columns", { exitCode: 2 });
  const placed: PlacedColumn[] = [];
  const seen = new Set<string>();
  let offset = 0;
  for (const name of spec.columns) {
    const column = specs.get(name);
    if (column === undefined)
      throw new CrossbillError("E_MODEL_COLUMN", `the model names the column "${name}", which is not among ${[...specs.keys()].join(", ")}`, { exitCode: 2 });
    if (seen.has(name)) throw new CrossbillError("E_MODEL_COLUMN", `the model names the column "${name}" twice; once is allowed`, { exitCode: 2 });
    seen.add(name);
    const size = columnSize(column, state);
    placed.push({
      name,
      offset,
      size,
      numeric: isNumeric(column),
      multi: isMulti(column, state.columns),
      spec: column,
      state: states.get(name) ?? null,
    });
    offset += size;
  }
  return { columns: placed, features: offset };
}
