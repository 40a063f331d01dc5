import { columnSize, vocabularyIdOf } from "@crossbill/columns";
import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { mapFeatures, type PlacedColumn } from "@crossbill/models";

/** A column and what was fitted of it. */
export interface FittedColumn {
  readonly name: string;
  readonly state: v1.FeatureState;
  /** Texts that mean "no value". */
  readonly missing: readonly string[];
}

/**
 * For each id of a column the id of the same value in another model's column, NO_FEATURE: it is no value there. Values of vocabularies are told by their texts, of identities by themselves; buckets, ranges and exact
 * crosses are the same where they are specified the same. Fields and names of columns may differ.
 * @param renamed values that have another name there
 * @returns or why ids cannot be told in terms of the other column
 */
export function sameValues(now: FittedColumn, other: FittedColumn, renamed: ReadonlyMap<string, string>): Uint32Array | string {
  const [here, there] = [specOf(now), specOf(other)];
  if (here.kind !== there.kind) return `it is ${there.kind} there, ${here.kind} here`;
  const name = freeName(now, other);
  const like = likeOf(here, name);
  const [mine, theirs] = [withColumn(now, like), withColumn(other, alike(there, like))];
  const to = placed(name, mine, columnSize(here, now.state));
  const from = placed(name, theirs, columnSize(there, other.state));
  const { from: ids, changed } = mapFeatures({ columns: [from], features: from.size }, theirs, { columns: [to], features: to.size }, mine, other.missing);
  if (changed.length > 0) return changed[0]!.why;
  for (const [key, value] of renamed) {
    const pair = [idOf(here, now, key), idOf(there, other, value)];
    if (pair.includes(undefined)) return `map is of vocabularies and identities, and the column is ${here.kind}`;
    if (pair[0]! >= 0 && pair[1]! >= 0) ids[pair[0]!] = pair[1]!;
  }
  return ids;
}

/** The id of a value; -1: the column does not know it; undefined: it has no values that could be named. */
function idOf(spec: v1.ColumnSpec, { state, missing }: FittedColumn, text: string): number | undefined {
  if (spec.identity != null) {
    const value = Number(text);
    return Number.isInteger(value) && value >= 0 && value < (spec.identity.size ?? 0) && text.trim() !== "" ? 1 + value : -1;
  }
  if (spec.vocabulary == null) return undefined;
  const id = vocabularyIdOf(spec, state, missing)(text);
  return id > Math.max(1, spec.vocabulary.outOfVocabulary) ? id : -1;
}

function specOf({ name, state }: FittedColumn): v1.ColumnSpec {
  return state.columns.find((column) => column.name === name)!;
}

/** A name that neither state has. */
function freeName(...columns: readonly FittedColumn[]): string {
  const taken = new Set(columns.flatMap(({ state }) => state.columns.map((column) => column.name)));
  let name = "column";
  while (taken.has(name)) name += "'";
  return name;
}

/** The same column under another name. */
function likeOf(spec: v1.ColumnSpec, name: string): v1.ColumnSpec {
  const copy = decodeMessage(v1.ColumnSpec, encodeMessage(v1.ColumnSpec, spec), "column");
  copy.name = name;
  return copy;
}

/** The other model's column as if it read this one's field, cut its texts as this one does, and had its range: ids mean what they did. */
function alike(there: v1.ColumnSpec, like: v1.ColumnSpec): v1.ColumnSpec {
  if (there.identity != null) return like;
  const copy = likeOf(there, like.name);
  for (const kind of ["vocabulary", "hashed"] as const) {
    const [own, other] = [copy[kind], like[kind]];
    if (own != null && other != null) Object.assign(own, { field: other.field, items: other.items });
  }
  if (copy.bucketized != null) copy.bucketized.field = like.bucketized?.field ?? "";
  return copy;
}

/** The state with one more column, fitted as the column is. */
function withColumn({ name, state }: FittedColumn, spec: v1.ColumnSpec): v1.FeatureState {
  const fitted = state.states.find((one) => one.name === name);
  return v1.FeatureState.create({
    rows: state.rows,
    generation: state.generation,
    columns: [...state.columns, spec],
    states: [...state.states, ...(fitted === undefined ? [] : [Object.assign(v1.ColumnState.create(), fitted, { name: spec.name })])],
  });
}

function placed(name: string, state: v1.FeatureState, size: number): PlacedColumn {
  const [spec, fitted] = [state.columns.at(-1)!, state.states.find((one) => one.name === name) ?? null];
  return { name, offset: 0, size, numeric: false, multi: false, spec, state: fitted };
}
