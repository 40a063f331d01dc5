import { textFingerprint } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import type { BatchContext, BatchEncoder, Column, ColumnFit, FitContext, Fitting, PairsEncoder, StateOf } from "../column.js";
import { countOf, fieldOf } from "../field-of.js";
import { type ColumnItems, itemsOf } from "../items.js";
import { specError } from "../spec-error.js";
import { type Admission, type VocabularyView, valueText } from "../vocabulary-state.js";
import { itemPairs, readsItems, rowItemPairs } from "./item-pairs.js";
import { idOfText, idsOfTexts, stateOfGiven, viewIn, vocabularyGrowth } from "./vocabulary-ids.js";

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
    outOfVocabulary: buckets,
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
      ...readsItems(items),
      pairsEncoder: (context) => pairsEncoder(items, buckets, viewOf(context.states), context),
      rowPairsEncoder: (states) => {
        const idOf = idOfText(buckets, viewOf(states));
        return rowItemPairs(items, (text) => idOf(text, () => textFingerprint(text)));
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

function vocabularyFitting(name: string, source: string | ColumnItems, admission: Admission): Fitting {
  return {
    start: (context: FitContext): ColumnFit => {
      const dictionary = context.dictionary(source);
      return {
        update: () => {}, // the fitter counts the dictionary, which several columns may share
        partial: () => ({ name, vocabulary: v1.VocabularyPartial.create(dictionary.sorted()) }),
      };
    },
    ...vocabularyGrowth(name, admission),
  };
}

function batchEncoder(field: string, buckets: number, view: VocabularyView, context: BatchContext): BatchEncoder {
  const idsOf = idsOfTexts(buckets, view, context);
  return (batch, out) => batch.textIds(field, out, idsOf);
}

function pairsEncoder(items: ColumnItems, buckets: number, view: VocabularyView, context: BatchContext): PairsEncoder {
  const idsOf = idsOfTexts(buckets, view, context);
  return itemPairs(items, context.runtime, (found, out) => idsOf(out, found.fingerprints(), found.starts, found.lengths, found.count));
}
