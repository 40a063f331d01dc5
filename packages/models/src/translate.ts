import { columnSize, compareTexts, textAt, valueIds, vocabularyIdOf, vocabularyTexts } from "@crossbill/columns";
import { CrossbillError, encodeMessage, v1 } from "@crossbill/messages";
import type { LiveColumn } from "./live-column.js";

/**
 * By column: for each id under `state`, the id under the model's `own` state, for the vocabularies (those of crosses among them) where the two can differ. A value that the
 * model does not hold gets the out-of-vocabulary id that the model itself would give its text. Columns that are not in the answer have the same ids in both.
 * @throws E_MODEL_STATE when a column means something else under `state`.
 */
export function translateIds(live: readonly LiveColumn[], own: v1.FeatureState, state: v1.FeatureState, missing: readonly string[]): Map<string, Uint32Array> {
  const translations = new Map<string, Uint32Array>();
  for (const { kind, placed } of live) {
    const spec = state.columns.find((column) => column.name === placed.name);
    if (spec === undefined) throw differs(placed.name, "the rows hold no such column");
    if (kind === "numeric") {
      if (numbersOf(spec) !== numbersOf(placed.spec)) throw differs(placed.name, "it reads another field");
      continue;
    }
    const problem = difference(placed.spec, own, spec, state);
    if (problem !== null) throw differs(placed.name, problem);
    if (vocabularyOf(spec) !== null) translations.set(placed.name, vocabularyIds(placed.spec, own, spec, state, missing));
  }
  return translations;
}

/** The fields whose product is the column's number. */
export function numbersOf(spec: v1.ColumnSpec): string {
  return JSON.stringify(spec.numeric == null ? (spec.product?.fields ?? []) : [spec.numeric.field]);
}

/** Why ids of a column cannot be told in terms of the other state, or null. */
export function difference(a: v1.ColumnSpec, own: v1.FeatureState, b: v1.ColumnSpec, state: v1.FeatureState): string | null {
  if (a.kind !== b.kind) return `it is ${b.kind} there, ${a.kind} in the model`;
  if (a.vocabulary != null && b.vocabulary != null) {
    if (a.vocabulary.field !== b.vocabulary.field) return "it reads another field";
    if (!sameItems(a.vocabulary.items, b.vocabulary.items)) return "it cuts its texts otherwise";
    return bucketsOf(a) === 1 || bucketsOf(a) === bucketsOf(b) ? null : "it has other out-of-vocabulary buckets";
  }
  if (a.crossed?.vocabulary != null && b.crossed?.vocabulary != null) return keyDifference(a, own, b, state);
  if (!sameBytes(encodeMessage(v1.ColumnSpec, a), encodeMessage(v1.ColumnSpec, b))) return "its specification is another one";
  if (a.bucketized != null) {
    const [mine, theirs] = [boundariesOf(a, own), boundariesOf(b, state)];
    return mine.length === theirs.length && mine.every((x, i) => x === theirs[i]) ? null : "its boundaries are other ones (a refit)";
  }
  for (const input of a.crossed?.inputs ?? []) {
    const problem = inputDifference(input, own, state, false);
    if (problem !== null) return problem;
  }
  return null;
}

/** Why the keys of a cross with a vocabulary mean something else in the other state, or null. */
function keyDifference(a: v1.ColumnSpec, own: v1.FeatureState, b: v1.ColumnSpec, state: v1.FeatureState): string | null {
  const [mine, theirs] = [a.crossed?.inputs ?? [], b.crossed?.inputs ?? []];
  if (mine.length !== theirs.length || mine.some((input, i) => input !== theirs[i])) return "it crosses other inputs";
  for (const input of mine) {
    const problem = inputDifference(input, own, state, true);
    if (problem !== null) return problem;
  }
  return bucketsOf(a) === 1 || bucketsOf(a) === bucketsOf(b) ? null : "it has other out-of-vocabulary buckets";
}

/** @param keyed the cross has a vocabulary: it reads the text of a learned one */
function inputDifference(input: string, own: v1.FeatureState, state: v1.FeatureState, keyed: boolean): string | null {
  const inner = own.columns.find((column) => column.name === input);
  const other = state.columns.find((column) => column.name === input);
  const field = keyed ? [textFieldOf(input, inner), textFieldOf(input, other)] : [null, null];
  if (field[0] !== field[1]) return `of its input "${input}": it reads another field, or its ids where the other reads a text`;
  if (field[0] !== null || (inner === undefined && other === undefined)) return null;
  if (inner === undefined || other === undefined) return `its input "${input}" is a field in the one and a column in the other`;
  const problem = difference(inner, own, other, state);
  if (problem !== null) return `of its input "${input}": ${problem}`;
  // What a cross holds are ids of its inputs: those of new values are beyond the model's and stay without weight, but known ones must agree.
  if (vocabularyOf(inner) !== null && (bucketsOf(inner) !== bucketsOf(other) || !sameIds(inner, own, other, state)))
    return `its input "${input}" was fitted again, with other ids`;
  return null;
}

/** The field whose text an input brings to the keys of a cross with a vocabulary; null: it brings its ids. */
function textFieldOf(input: string, spec: v1.ColumnSpec | undefined): string | null {
  if (spec === undefined) return input;
  return spec.vocabulary != null && spec.vocabulary.values.length === 0 ? spec.vocabulary.field : null;
}

/** For each id of the vocabulary under `state`, the model's. */
function vocabularyIds(spec: v1.ColumnSpec, own: v1.FeatureState, other: v1.ColumnSpec, state: v1.FeatureState, missing: readonly string[]): Uint32Array {
  const ids = new Uint32Array(columnSize(other, state));
  const first = 1 + bucketsOf(other);
  for (let id = 1; id < first; id++) ids[id] = bucketsOf(spec) === 1 ? 1 : id;
  const agreed = sameIds(spec, own, other, state) && bucketsOf(spec) === bucketsOf(other) ? columnSize(spec, own) : 0;
  const texts = vocabularyTexts(other, state);
  const end = first + texts.count;
  for (let id = first; id < Math.min(agreed, end); id++) ids[id] = id;
  // Values that came later, or all of them.
  const others = Math.max(first, agreed);
  if (others < end) {
    const idOf = vocabularyIdOf(spec, own, missing);
    for (let id = others; id < end; id++) ids[id] = idOf(textAt(texts, id - first));
  }
  return ids;
}

/** Whether every value that the model holds has the same id under `state`, which may hold more. */
export function sameIds(spec: v1.ColumnSpec, own: v1.FeatureState, other: v1.ColumnSpec, state: v1.FeatureState): boolean {
  const [mine, theirs] = [vocabularyTexts(spec, own), vocabularyTexts(other, state)];
  const ids = valueIds(own.states.find((column) => column.name === spec.name)?.vocabulary ?? {});
  const first = 1 + bucketsOf(spec);
  for (let i = 0; i < mine.count; i++) {
    const at = ids.length > 0 ? ids[i]! - first : i;
    if (at >= theirs.count || compareTexts(mine, i, theirs, at) !== 0) return false;
  }
  return true;
}

export function bucketsOf(spec: v1.ColumnSpec): number {
  return Math.max(1, vocabularyOf(spec)?.outOfVocabulary ?? 0);
}

/** What says how a column's vocabulary is learned; null: it has none. */
export function vocabularyOf(spec: v1.ColumnSpec): v1.VocabularySpec | v1.CrossVocabulary | null {
  return spec.vocabulary ?? spec.crossed?.vocabulary ?? null;
}

function boundariesOf(spec: v1.ColumnSpec, state: v1.FeatureState): readonly number[] {
  return state.states.find((column) => column.name === spec.name)?.bucketized?.boundaries ?? spec.bucketized?.boundaries ?? [];
}

function sameItems(a: v1.ItemsSpec | null | undefined, b: v1.ItemsSpec | null | undefined): boolean {
  return sameBytes(encodeMessage(v1.ItemsSpec, a ?? {}), encodeMessage(v1.ItemsSpec, b ?? {})) && (a == null) === (b == null);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function differs(column: string, why: string): CrossbillError {
  return new CrossbillError(
    "E_MODEL_STATE",
    `the rows' column "${column}" is not the model's: ${why}; score rows that were encoded with the model's own columns, or train a model on these`,
  );
}
