import { v1 } from "@crossbill/messages";
import type { BatchContext, ColumnPartial, ColumnState, Fitting, StateOf } from "../column.js";
import { readCounted } from "../counted.js";
import { droppedTest } from "../dropped-values.js";
import { findTexts } from "../lookup.js";
import type { IdsOfTexts } from "../prepared-batch.js";
import { stateError } from "../spec-error.js";
import { packTexts, textAt } from "../texts.js";
import { type Admission, admitFirst, admitMore, type VocabularyView, vocabularyView } from "../vocabulary-state.js";

/** How a vocabulary is fitted but for its counting. */
export function vocabularyGrowth(name: string, admission: Admission): Pick<Fitting, "finish" | "append"> {
  return {
    finish: (partial: ColumnPartial) => v1.ColumnState.create({ name, vocabulary: admitFirst(readCounted(name, partial.vocabulary!), admission) }),
    append: (state: ColumnState, partial: ColumnPartial) =>
      v1.ColumnState.create({ name, vocabulary: admitMore(name, state.vocabulary!, readCounted(name, partial.vocabulary!), admission) }),
  };
}

/** The state of given values; null: they are learned. */
export function stateOfGiven(given: readonly string[]): v1.VocabularyState | null {
  return given.length > 0 ? v1.VocabularyState.create({ values: packTexts(given) }) : null;
}

/** @throws E_COLUMN_STATE when there is neither a state nor given values, or it is damaged */
export function viewIn(states: StateOf, name: string, given: v1.VocabularyState | null, buckets: number): VocabularyView {
  const state = states(name)?.vocabulary ?? given;
  if (state === null) throw stateError(name, "the state of the vocabulary is missing");
  return vocabularyView(name, state, buckets);
}

export function idsOfTexts(buckets: number, view: VocabularyView, { runtime }: BatchContext): IdsOfTexts {
  const { arena, kernels } = runtime;
  const { first, droppedId } = view;
  const find = findTexts(runtime, view.values);
  const ids = view.ids === null ? 0 : arena.take(view.ids.byteLength);
  if (view.ids !== null) arena.u32(ids, view.ids.length).set(view.ids);
  const { bits, prefixes } = view.dropped;
  const droppedCount = prefixes.length;
  const dropped = arena.take(8 * droppedCount);
  arena.u8(dropped, 8 * droppedCount).set(new Uint8Array(prefixes.buffer));
  // What follows does not hold the view, whose texts may be many.
  return (out, fingerprints, starts, lengths, n) => {
    find(out, fingerprints, starts, lengths, n);
    kernels.vocabulary_ids_u32(out, fingerprints, n, ids, first, buckets, dropped, droppedCount, 64 - bits, droppedId);
  };
}

export type IdOfText = (text: string, fingerprint: () => bigint) => number;

/** The id of one text. */
export function idOfText(buckets: number, view: VocabularyView): IdOfText {
  const idOf = new Map<string, number>();
  for (let i = 0; i < view.values.count; i++) idOf.set(textAt(view.values, i), view.ids === null ? view.first + i : view.ids[i]!);
  const isDropped = view.dropped.prefixes.length > 0 ? droppedTest(view.dropped) : null;
  return (text, fingerprint) => {
    const known = idOf.get(text);
    if (known !== undefined) return known;
    if (isDropped?.(text) === true) return view.droppedId;
    return 1 + (buckets === 1 ? 0 : Number(fingerprint() % BigInt(buckets)));
  };
}
