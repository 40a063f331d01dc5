import { v1 } from "@crossbill/messages";
import type { BatchContext, BatchEncoder, Column, ColumnFit, ColumnPartial, ColumnState, FitContext, Fitting, RowIdOf, StateOf } from "../column.js";
import { Dictionary } from "../dictionary.js";
import { countOf, fieldOf } from "../field-of.js";
import { specError, stateError } from "../spec-error.js";
import { packTexts, textAt } from "../texts.js";
import { type Admission, admitFirst, admitMore, contains, type VocabularyView, valueText, vocabularyView } from "../vocabulary-state.js";

/**
 * id 0 missing; 1 ... buckets (`outOfVocabulary`): unknown values, 1 + fingerprint mod buckets; then the values in order of their admission.
 * Values are given, or learned: those that come at least minCount times, by count descending, then by bytes, at most maxSize.
 */
export function vocabulary(name: string, spec: v1.VocabularySpec.$Properties): Column {
  const field = fieldOf(name, spec.field);
  const given = spec.values ?? [];
  const buckets = Math.max(1, countOf(name, "outOfVocabulary", spec.outOfVocabulary, 0));
  const maxSize = countOf(name, "maxSize", spec.maxSize, 0);
  const admission = { maxSize, minCount: Math.max(1, countOf(name, "minCount", spec.minCount, 0)) };
  const twice = given.length - new Set(given).size;
  if (twice > 0) throw specError(name, `${twice} of its ${given.length} given values come twice; every value once`);
  const givenState = given.length > 0 ? v1.VocabularyState.create({ values: packTexts(given) }) : null;
  const viewOf = (states: StateOf): VocabularyView => {
    const state = states(name)?.vocabulary ?? givenState;
    if (state === null) throw stateError(name, "the state of the vocabulary is missing");
    return vocabularyView(name, state, buckets);
  };
  return {
    name,
    kind: "vocabulary",
    fields: [field],
    reads: "texts",
    inputs: [],
    radix: 1 + buckets + (given.length > 0 ? given.length : maxSize > 0 ? maxSize : Number.POSITIVE_INFINITY),
    ...(given.length > 0 ? {} : { fitting: vocabularyFitting(name, field, admission) }),
    size: (states) => {
      const { first, known } = viewOf(states);
      return first + known;
    },
    featureName: (id, states) => {
      if (id === 0) return `${name} missing`;
      if (id <= buckets) return buckets === 1 ? `${name}=(other)` : `${name}=(other ${id})`;
      return `${name}=${valueText(viewOf(states), id) ?? "(a value without weight)"}`;
    },
    batchEncoder: (context) => batchEncoder(field, buckets, viewOf(context.states), context),
    rowEncoder: (states) => rowEncoder(field, buckets, viewOf(states)),
  };
}

function vocabularyFitting(name: string, field: string, admission: Admission): Fitting {
  return {
    start: (context: FitContext): ColumnFit => {
      const dictionary = context.dictionary(field);
      return {
        update: () => {}, // the fitter counts the field's dictionary, which several columns may share
        partial: () => ({ name, vocabulary: v1.VocabularyPartial.create(dictionary.sorted()) }),
      };
    },
    finish: (partial: ColumnPartial) =>
      v1.ColumnState.create({ name, vocabulary: admitFirst(partial.vocabulary!.values, partial.vocabulary!.counts ?? [], admission) }),
    append: (state: ColumnState, partial: ColumnPartial) =>
      v1.ColumnState.create({ name, vocabulary: admitMore(name, state.vocabulary!, partial.vocabulary!.values, partial.vocabulary!.counts ?? [], admission) }),
  };
}

function batchEncoder(field: string, buckets: number, view: VocabularyView, { runtime }: BatchContext): BatchEncoder {
  const { arena, kernels } = runtime;
  const dictionary = Dictionary.of(runtime, view.values);
  const ids = view.ids === null ? 0 : arena.take(view.ids.byteLength);
  if (view.ids !== null) arena.u32(ids, view.ids.length).set(view.ids);
  const dropped = arena.take(view.dropped.byteLength);
  arena.u8(dropped, view.dropped.byteLength).set(new Uint8Array(view.dropped.buffer));
  return (batch, out) => {
    const fingerprints = batch.fingerprints(field);
    kernels.dictionary_find_u32(out, dictionary.pointer, fingerprints, batch.starts(field), batch.lengths(field), batch.rows);
    kernels.vocabulary_ids_u32(out, fingerprints, batch.rows, ids, view.first, buckets, dropped, view.dropped.length, view.droppedId);
  };
}

function rowEncoder(field: string, buckets: number, view: VocabularyView): RowIdOf {
  const idOf = new Map<string, number>();
  for (let i = 0; i < view.values.count; i++) idOf.set(textAt(view.values, i), view.ids === null ? view.first + i : view.ids[i]!);
  return (row) => {
    const text = row.text(field);
    if (text === null) return 0;
    const known = idOf.get(text);
    if (known !== undefined) return known;
    if (view.dropped.length > 0 && contains(view.dropped, row.fingerprint(field))) return view.droppedId;
    return 1 + (buckets === 1 ? 0 : Number(row.fingerprint(field) % BigInt(buckets)));
  };
}
