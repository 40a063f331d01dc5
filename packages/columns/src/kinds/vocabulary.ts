import { fingerprint64 } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import type {
  BatchContext,
  BatchEncoder,
  Column,
  ColumnFit,
  ColumnPartial,
  ColumnSpec,
  ColumnState,
  FitContext,
  Fitting,
  PairsEncoder,
  StateOf,
} from "../column.js";
import { readCounted } from "../counted.js";
import { Dictionary } from "../dictionary.js";
import { countOf, fieldOf } from "../field-of.js";
import { type ColumnItems, itemsOf } from "../items.js";
import { specError, stateError } from "../spec-error.js";
import { packTexts, textAt } from "../texts.js";
import { type Admission, admitFirst, admitMore, contains, type VocabularyView, valueText, vocabularyView } from "../vocabulary-state.js";
import { itemPairs, rowItemPairs } from "./item-pairs.js";

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
  const givenState = stateOfGiven(given);
  const viewOf = (states: StateOf): VocabularyView => viewIn(states, name, givenState, buckets);
  const items = itemsOf(name, field, spec.items);
  const shared = {
    name,
    kind: "vocabulary" as const,
    fields: [field],
    inputs: [],
    radix: 1 + buckets + (given.length > 0 ? given.length : maxSize > 0 ? maxSize : Number.POSITIVE_INFINITY),
    ...(given.length > 0 ? {} : { fitting: vocabularyFitting(name, items ?? field, admission) }),
    size: (states: StateOf) => {
      const { first, known } = viewOf(states);
      return first + known;
    },
    featureName: (id: number, states: StateOf) => {
      if (id === 0) return `${name} missing`;
      if (id <= buckets) return buckets === 1 ? `${name}=(other)` : `${name}=(other ${id})`;
      return `${name}=${valueText(viewOf(states), id) ?? "(a value without weight)"}`;
    },
  };
  if (items !== null) {
    return {
      ...shared,
      reads: "items",
      items,
      multi: { valued: items.valued },
      pairsEncoder: (context) => pairsEncoder(items, buckets, viewOf(context.states), context),
      rowPairsEncoder: (states) => {
        const idOf = idOfText(buckets, viewOf(states));
        return rowItemPairs(items, (text) => idOf(text, () => fingerprint64(Buffer.from(text))));
      },
    };
  }
  return {
    ...shared,
    reads: "texts",
    batchEncoder: (context) => batchEncoder(field, buckets, viewOf(context.states), context),
    rowEncoder: (states) => {
      const idOf = idOfText(buckets, viewOf(states));
      return (row) => {
        const text = row.text(field);
        return text === null ? 0 : idOf(text, () => row.fingerprint(field));
      };
    },
  };
}

function stateOfGiven(given: readonly string[]): v1.VocabularyState | null {
  return given.length > 0 ? v1.VocabularyState.create({ values: packTexts(given) }) : null;
}

function viewIn(states: StateOf, name: string, given: v1.VocabularyState | null, buckets: number): VocabularyView {
  const state = states(name)?.vocabulary ?? given;
  if (state === null) throw stateError(name, "the state of the vocabulary is missing");
  return vocabularyView(name, state, buckets);
}

/** The id that the vocabulary of `spec` gives a text whose fingerprint is known when it is needed. */
export function vocabularyIds(spec: ColumnSpec, states: StateOf): IdOfText {
  const name = spec.name ?? "";
  const buckets = Math.max(1, spec.vocabulary?.outOfVocabulary ?? 1);
  return idOfText(buckets, viewIn(states, name, stateOfGiven(spec.vocabulary?.values ?? []), buckets));
}

function vocabularyFitting(name: string, source: string | ColumnItems, admission: Admission): Fitting {
  return {
    start: (context: FitContext): ColumnFit => {
      const dictionary = context.dictionary(source);
      return {
        update: () => {}, // the fitter counts the dictionary, which several columns may share
        partial: () => ({ name, vocabulary: v1.VocabularyPartial.create(dictionary.sorted()) }),
      };
    },
    finish: (partial: ColumnPartial) => v1.ColumnState.create({ name, vocabulary: admitFirst(readCounted(name, partial.vocabulary!), admission) }),
    append: (state: ColumnState, partial: ColumnPartial) =>
      v1.ColumnState.create({ name, vocabulary: admitMore(name, state.vocabulary!, readCounted(name, partial.vocabulary!), admission) }),
  };
}

/** Ids of n texts: offsets of u64[n], u32[n], u32[n]. */
type IdsOfTexts = (out: number, fingerprints: number, starts: number, lengths: number, n: number) => void;

function idsOfTexts(buckets: number, view: VocabularyView, { runtime }: BatchContext): IdsOfTexts {
  const { arena, kernels } = runtime;
  const dictionary = Dictionary.of(runtime, view.values);
  const ids = view.ids === null ? 0 : arena.take(view.ids.byteLength);
  if (view.ids !== null) arena.u32(ids, view.ids.length).set(view.ids);
  const dropped = arena.take(view.dropped.byteLength);
  arena.u8(dropped, view.dropped.byteLength).set(new Uint8Array(view.dropped.buffer));
  return (out, fingerprints, starts, lengths, n) => {
    kernels.dictionary_find_u32(out, dictionary.pointer, fingerprints, starts, lengths, n);
    kernels.vocabulary_ids_u32(out, fingerprints, n, ids, view.first, buckets, dropped, view.dropped.length, view.droppedId);
  };
}

function batchEncoder(field: string, buckets: number, view: VocabularyView, context: BatchContext): BatchEncoder {
  const idsOf = idsOfTexts(buckets, view, context);
  return (batch, out) => idsOf(out, batch.fingerprints(field), batch.starts(field), batch.lengths(field), batch.rows);
}

function pairsEncoder(items: ColumnItems, buckets: number, view: VocabularyView, context: BatchContext): PairsEncoder {
  const idsOf = idsOfTexts(buckets, view, context);
  return itemPairs(items, context.runtime, (found, out) => idsOf(out, found.fingerprints(), found.starts, found.lengths, found.count));
}

type IdOfText = (text: string, fingerprint: () => bigint) => number;

/** The id of one text. */
function idOfText(buckets: number, view: VocabularyView): IdOfText {
  const idOf = new Map<string, number>();
  for (let i = 0; i < view.values.count; i++) idOf.set(textAt(view.values, i), view.ids === null ? view.first + i : view.ids[i]!);
  return (text, fingerprint) => {
    const known = idOf.get(text);
    if (known !== undefined) return known;
    if (view.dropped.length > 0 && contains(view.dropped, fingerprint())) return view.droppedId;
    return 1 + (buckets === 1 ? 0 : Number(fingerprint() % BigInt(buckets)));
  };
}
