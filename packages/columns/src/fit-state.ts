import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { bounded, PENDING_BYTES } from "./bound-counted.js";
import type { Column, ColumnPartial, ColumnSpec } from "./column.js";
import type { Counted } from "./counted.js";
import { planColumns } from "./plan.js";
import { stateError } from "./spec-error.js";
import { numbersOf, readTexts, textsOf, withOffsets } from "./texts.js";

/** A fresh fit, generation 0, of all training rows. `room`: bytes of what is pending, for tests. @throws E_COLUMN_STATE when the partial is of other columns; E_COLUMN_FIT; what `planColumns` throws */
export function finishFit(specs: readonly ColumnSpec[], partial: v1.FeaturePartial.$Properties, room: number = PENDING_BYTES): v1.FeatureState {
  const fitted = planColumns(specs).columns.filter(({ fitting }) => fitting !== undefined);
  const partials = partialsOf(fitted, partial);
  return v1.FeatureState.create({
    columns: specs.map((spec) => decodeMessage(v1.ColumnSpec, encodeMessage(v1.ColumnSpec, spec), `column ${spec.name}`)),
    states: pendingWithinRoom(
      fitted.map((column, i) => column.fitting!.finish(partials[i]!)),
      room,
    ),
    rows: partial.rows ?? 0,
    generation: 0,
  });
}

/**
 * The state after another night: vocabularies append (known values keep their ids), counts add; moments, boundaries and all else stay frozen.
 * @throws E_COLUMN_STATE when the partial is of other columns, or the state is a model's (pruned)
 */
export function appendFit(state: v1.FeatureState.$Properties, partial: v1.FeaturePartial.$Properties, room: number = PENDING_BYTES): v1.FeatureState {
  const columns = state.columns ?? [];
  const fitted = planColumns(columns).columns.filter(({ fitting }) => fitting !== undefined);
  const partials = partialsOf(fitted, partial);
  const states = state.states ?? [];
  return v1.FeatureState.create({
    columns: columns.map((spec) => v1.ColumnSpec.create(spec as v1.ColumnSpec.$Shape)),
    states: pendingWithinRoom(
      fitted.map((column, i) => {
        const own = states.find(({ name }) => name === column.name);
        if (own === undefined) throw stateError(column.name, "the state does not hold it");
        return column.fitting!.append(own, partials[i]!);
      }),
      room,
    ),
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

/** The part of the state that encoding reads, in less memory: no counts of values, nothing pending, texts with packed offsets. It cannot grow. */
export function encodingState(state: v1.FeatureState.$Properties): v1.FeatureState {
  const states = (state.states ?? []).map((own) => {
    if (own.vocabulary == null) return own;
    const { counts: _counts, pending: _pending, pendingCounts: _pendingCounts, mostLost: _mostLost, values, ...rest } = own.vocabulary;
    return { ...own, vocabulary: v1.VocabularyState.create({ ...rest, values: withOffsets(values) }) };
  });
  return v1.FeatureState.create({ ...state, states: states.map((own) => v1.ColumnState.create(own as v1.ColumnState.$Shape)) });
}

/** The states with the rarest pending values left out where all of them take more than {@link PENDING_BYTES}. */
function pendingWithinRoom(states: readonly v1.ColumnState[], room: number): v1.ColumnState[] {
  const waiting = states.flatMap(({ vocabulary }) => vocabulary ?? []);
  const size = waiting.reduce((sum, { pending, pendingCounts }) => sum + (pending?.bytes.length ?? 0) + 12 * pendingCounts.length, 0);
  if (size <= room) return [...states];
  const lists = waiting.map(
    ({ pending, pendingCounts, mostLost }): Counted => ({ list: readTexts(pending), counts: Float64Array.from(pendingCounts), mostLost }),
  );
  const kept = bounded(lists, room)[Symbol.iterator]();
  return states.map((own) => {
    if (own.vocabulary == null) return own;
    const { list, counts, mostLost } = kept.next().value!;
    const { values, counts: admitted } = own.vocabulary;
    const vocabulary = v1.VocabularyState.create({ values, counts: admitted, pending: textsOf(list), pendingCounts: numbersOf(counts), mostLost });
    return v1.ColumnState.create({ name: own.name, vocabulary });
  });
}
