import { columnSize, featureName, fieldsOf, isMulti } from "@crossbill/columns";
import type { SearchedIds, SliceSearchSpec } from "@crossbill/evaluation";
import { v1 } from "@crossbill/messages";
import type { CompiledConfig } from "../config/compile.js";

/** Columns of more values are not searched unless they are named. */
const MOST_VALUES = 1000;

/**
 * What the search for slices looks through: the fields of `evaluate.slices` (not their ranges), and the columns whose ids the packs hold and whose values have names (vocabularies, identities, buckets; one value a
 * row, at most 1,000 values), but for those that repeat such a field; or what `evaluate.findSlices.columns` names. Undefined: nothing is searched.
 */
export function sliceSearch(compiled: Pick<CompiledConfig, "search" | "slices" | "model">, manifest: v1.IngestManifest): SliceSearchSpec | undefined {
  const { search } = compiled;
  if (search === null || compiled.model.head !== v1.Head.LOGISTIC) return undefined;
  const { columns: named, ...rest } = search;
  const state = manifest.state as v1.FeatureState;
  const specs = state.columns as v1.ColumnSpec[];
  const hasNames = (spec: v1.ColumnSpec): boolean => (spec.vocabulary ?? spec.identity ?? spec.bucketized) != null && !isMulti(spec, specs);
  const searchable = specs.filter(hasNames);
  const known = new Set(searchable.map(({ name }) => name));
  const stored = new Set(compiled.slices.flat().filter((spec) => typeof spec === "string"));
  const fields = named === null ? [...stored] : named.filter((name) => stored.has(name) || !known.has(name));
  const repeats = (spec: v1.ColumnSpec): boolean =>
    fields.includes(spec.name) || (spec.bucketized == null && fieldsOf(spec, specs).every((field) => fields.includes(field)));
  const columns = searchable.filter((spec) => {
    if (named !== null) return named.includes(spec.name) && !fields.includes(spec.name);
    return columnSize(spec, state) <= MOST_VALUES && !repeats(spec);
  });
  return { ...rest, fields, columns: columns.map((spec) => searchedIds(spec, state)) };
}

/** A feature's name without the column's: `site=abc` is abc, `age in [18, 25)` is [18, 25), `site missing` is no value. */
function searchedIds(spec: v1.ColumnSpec, state: v1.FeatureState): SearchedIds {
  const { name } = spec;
  return {
    name,
    textOf: (id) => {
      const feature = featureName(spec, state, id);
      if (feature === `${name} missing`) return null;
      const prefix = [`${name}=`, `${name} in `].find((start) => feature.startsWith(start)) ?? "";
      return feature.slice(prefix.length);
    },
  };
}
