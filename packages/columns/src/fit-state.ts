import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import type { Column, ColumnPartial, ColumnSpec } from "./column.js";
import { planColumns } from "./plan.js";
import { stateError } from "./spec-error.js";

/** A fresh fit, generation 0, of all training rows. @throws E_COLUMN_STATE when the partial is of other columns; E_COLUMN_FIT; what `planColumns` throws */
export function finishFit(specs: readonly ColumnSpec[], partial: v1.FeaturePartial.$Properties): v1.FeatureState {
  const fitted = planColumns(specs).columns.filter(({ fitting }) => fitting !== undefined);
  const partials = partialsOf(fitted, partial);
  return v1.FeatureState.create({
    columns: specs.map((spec) => decodeMessage(v1.ColumnSpec, encodeMessage(v1.ColumnSpec, spec), `column ${spec.name}`)),
    states: fitted.map((column, i) => column.fitting!.finish(partials[i]!)),
    rows: partial.rows ?? 0,
    generation: 0,
  });
}

/**
 * The state after another night: vocabularies append (known values keep their ids), counts add; moments, boundaries and all else stay frozen.
 * @throws E_COLUMN_STATE when the partial is of other columns, or the state is a model's (pruned)
 */
export function appendFit(state: v1.FeatureState.$Properties, partial: v1.FeaturePartial.$Properties): v1.FeatureState {
  const columns = state.columns ?? [];
  const fitted = planColumns(columns).columns.filter(({ fitting }) => fitting !== undefined);
  const partials = partialsOf(fitted, partial);
  const states = state.states ?? [];
  return v1.FeatureState.create({
    columns: columns.map((spec) => v1.ColumnSpec.create(spec as v1.ColumnSpec.$Shape)),
    states: fitted.map((column, i) => {
      const own = states.find(({ name }) => name === column.name);
      if (own === undefined) throw stateError(column.name, "the state does not hold it");
      return column.fitting!.append(own, partials[i]!);
    }),
    rows: (state.rows ?? 0) + (partial.rows ?? 0),
    generation: (state.generation ?? 0) + 1,
  });
}

function partialsOf(fitted: readonly Column[], partial: v1.FeaturePartial.$Properties): readonly ColumnPartial[] {
  const partials = partial.columns ?? [];
  fitted.forEach((column, i) => {
    if (partials[i]?.name !== column.name) throw stateError(column.name, `what was counted does not hold it (but "${partials[i]?.name ?? "nothing"}")`);
  });
  return partials;
}
