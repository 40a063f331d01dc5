import { CrossbillError } from "@crossbill/messages";
import type { Column, ColumnSpec } from "./column.js";
import { bucketized } from "./kinds/bucketized.js";
import { crossed } from "./kinds/crossed.js";
import { hashed } from "./kinds/hashed.js";
import { identity } from "./kinds/identity.js";
import { numeric } from "./kinds/numeric.js";
import { product } from "./kinds/product.js";
import { vocabulary } from "./kinds/vocabulary.js";
import { specError } from "./spec-error.js";

/** Checked columns, defaults decided, crosses joined to their entries. */
export interface ColumnPlan {
  /** In the order of the specifications. */
  readonly columns: readonly Column[];
  /** Every column after the entries it reads. */
  readonly order: readonly Column[];
  readonly byName: ReadonlyMap<string, Column>;
}

/**
 * The plan of these columns.
 * @throws E_COLUMN_SPEC, E_CROSS_SIZE, E_CROSS_INPUT (all exit code 2)
 */
export function planColumns(specs: readonly ColumnSpec[]): ColumnPlan {
  const specOf = new Map<string, ColumnSpec>();
  for (const spec of specs) {
    const name = spec.name ?? "";
    if (name === "") throw new CrossbillError("E_COLUMN_SPEC", "a column has no name; every column needs one of its own", { exitCode: 2 });
    if (specOf.has(name)) throw specError(name, "two columns have this name; every column needs one of its own");
    specOf.set(name, spec);
  }
  const byName = new Map<string, Column>();
  const open = new Set<string>();
  /** The entry of that name, or undefined: a raw field. */
  const entry = (name: string): Column | undefined => {
    const known = byName.get(name);
    const spec = specOf.get(name);
    if (known !== undefined || spec === undefined) return known;
    if (open.has(name))
      throw specError(
        name,
        `it is crossed with itself (by way of ${[...open].map((n) => `"${n}"`).join(", ")}); rename it if the raw field of that name is meant`,
        "E_CROSS_INPUT",
      );
    open.add(name);
    const column = columnOf(name, spec, entry);
    open.delete(name);
    byName.set(name, column);
    return column;
  };
  const columns = specs.map((spec) => entry(spec.name!)!);
  return { columns, order: [...byName.values()], byName };
}

function columnOf(name: string, spec: ColumnSpec, entry: (name: string) => Column | undefined): Column {
  if (spec.numeric != null) return numeric(name, spec.numeric);
  if (spec.bucketized != null) return bucketized(name, spec.bucketized);
  if (spec.vocabulary != null) return vocabulary(name, spec.vocabulary);
  if (spec.identity != null) return identity(name, spec.identity);
  if (spec.hashed != null) return hashed(name, spec.hashed);
  if (spec.crossed != null) return crossed(name, spec.crossed, entry);
  if (spec.product != null) return product(name, spec.product);
  throw specError(name, "it has no kind; numeric, product, bucketized, vocabulary, identity, hashed and crossed are allowed");
}

const plans = new WeakMap<readonly ColumnSpec[], ColumnPlan>();

/** The plan of the columns of a state, made once for each list of specifications, which must not be changed afterwards. */
export function planOf(specs: readonly ColumnSpec[]): ColumnPlan {
  let plan = plans.get(specs);
  if (plan === undefined) {
    plan = planColumns(specs);
    plans.set(specs, plan);
  }
  return plan;
}

/** `columns` and all entries they read, in the order of the plan; `inputsOf`: which of its entries a column needs. */
export function withInputs(plan: ColumnPlan, columns: Iterable<Column>, inputsOf = ({ inputs }: Column): readonly Column[] => inputs): Column[] {
  const needed = new Set<Column>();
  const visit = (column: Column): void => {
    if (needed.has(column)) return;
    needed.add(column);
    inputsOf(column).forEach(visit);
  };
  for (const column of columns) visit(column);
  return plan.order.filter((column) => needed.has(column));
}
