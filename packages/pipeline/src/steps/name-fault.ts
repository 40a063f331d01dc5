import { featureName } from "@crossbill/columns";
import { CrossbillError, type v1 } from "@crossbill/messages";

/** The error of a training that diverged at an id of a column, with the value that the id stands for; any other thing as it is. */
export function nameFault(thrown: unknown, state: v1.FeatureState): unknown {
  if (!(thrown instanceof CrossbillError) || thrown.code !== "E_DIVERGED") return thrown;
  const { column, id } = thrown.details;
  const spec = state.columns.find(({ name }) => name === column);
  if (spec === undefined || typeof id !== "number") return thrown;
  const feature = featureName(spec as v1.ColumnSpec, state, id);
  const message = thrown.message.replace(`id ${id} of column ${String(column)}`, (found) => `${feature} (${found})`);
  return new CrossbillError(thrown.code, message, { cause: thrown.cause, exitCode: thrown.exitCode, details: { ...thrown.details, feature } });
}
