import { crossKey, crossKeyParts, fingerprint64 } from "@crossbill/kernels";
import type { v1 } from "@crossbill/messages";
import type { Column, ColumnSpec } from "./column.js";
import { idOfText, stateOfGiven, viewIn } from "./kinds/vocabulary-ids.js";
import { planOf, withInputs } from "./plan.js";
import { specError } from "./spec-error.js";
import { statesOf } from "./states.js";
import { packTexts, readTexts, type TextList } from "./texts.js";

/** Features of the column: categorical ids are in [0, size); a numeric column has 1, or 2 with an indicator. Vocabularies grow with their state, all else does not. */
export function columnSize(spec: ColumnSpec, state: v1.FeatureState.$Properties): number {
  return columnIn(spec, state.columns ?? []).size(statesOf(state));
}

/** A feature for people: `site=abc`, `site=(other)`, `site missing`, `age in [18, 25)`, `user#123`, `day=3 x hour=5`; begins with the column's name. */
export function featureName(spec: ColumnSpec, state: v1.FeatureState.$Properties, id: number): string {
  return columnIn(spec, state.columns ?? []).featureName(id, statesOf(state));
}

/** The raw fields a column reads (a cross by way of its entries too), without repetition. */
export function fieldsOf(spec: ColumnSpec, specs: readonly ColumnSpec[]): string[] {
  const plan = planOf(specs);
  return [...new Set(withInputs(plan, [columnIn(spec, specs)]).flatMap(({ fields }) => fields))];
}

/** The raw fields that fitting these columns reads, those that decide about a row among them: not those of columns that learn nothing from texts and refuse none. */
export function fitFieldsOf(specs: readonly ColumnSpec[]): string[] {
  const plan = planOf(specs);
  const read = plan.columns.filter((column) => column.reads !== "texts" || column.fitting !== undefined);
  return [...new Set(withInputs(plan, read).flatMap(({ fields }) => fields))];
}

/** Whether rows encode alike under every state of these columns: none learns what an id depends on, or bounds by which rows are counted or rejected (numbers are passed on as they are). */
export function encodesAlike(specs: readonly ColumnSpec[]): boolean {
  return planOf(specs).columns.every(({ kind, bounded, fitting }) => (kind === "numeric" && bounded !== true) || fitting === undefined);
}

/** Whether the column gives a row any number of (id, value) pairs, not one id. */
export function isMulti(spec: ColumnSpec, specs: readonly ColumnSpec[]): boolean {
  return columnIn(spec, specs).multi !== undefined;
}

/** Whether the values of its pairs can be other than 1. */
export function isValued(spec: ColumnSpec, specs: readonly ColumnSpec[]): boolean {
  return columnIn(spec, specs).multi?.valued ?? false;
}

/**
 * The id that a vocabulary of the state gives a text (or an item), that of a cross the key of a combination. `missing`: texts that mean "no value"; not of items.
 * @throws E_COLUMN_STATE
 */
export function vocabularyIdOf(spec: ColumnSpec, state: v1.FeatureState.$Properties, missing: readonly string[] = []): (text: string) => number {
  const { name, kind, multi, outOfVocabulary } = columnIn(spec, state.columns ?? []);
  const buckets = outOfVocabulary ?? 1;
  const idOf = idOfText(buckets, viewIn(statesOf(state), name, stateOfGiven(spec.vocabulary?.values ?? []), buckets));
  const none = new Set(multi === undefined ? missing : []);
  return (text) => {
    const read = kind === "crossed" ? withoutMissing(text, none) : none.has(text) ? null : text;
    return read === null ? 0 : idOf(read, () => fingerprint64(Buffer.from(read)));
  };
}

/** The texts of a vocabulary as its state holds them (given ones: as specified), in the order of their ids. @throws RangeError when the state is damaged */
export function vocabularyTexts(spec: ColumnSpec, state: v1.FeatureState.$Properties): TextList {
  const values = state.states?.find(({ name }) => name === spec.name)?.vocabulary?.values;
  return readTexts(values ?? packTexts(spec.vocabulary?.values ?? []));
}

/** The key of the combination in which these texts are missing; null: all of it is. */
function withoutMissing(key: string, missing: ReadonlySet<string>): string | null {
  const parts = crossKeyParts(Buffer.from(key));
  return parts === null ? key : crossKey(parts.map((part) => (typeof part === "string" && missing.has(part) ? null : part)));
}

function columnIn(spec: ColumnSpec, specs: readonly ColumnSpec[]): Column {
  const column = planOf(specs).byName.get(spec.name ?? "");
  if (column === undefined) throw specError(spec.name ?? "", "the state does not hold it");
  return column;
}
