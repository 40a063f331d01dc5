import { columnSize, numericRecipe, textAt, vocabularyIdOf, vocabularyTexts } from "@crossbill/columns";
import type { v1 } from "@crossbill/messages";
import type { PlacedColumn, Placement } from "./placement.js";
import { bucketsOf, difference, numbersOf, sameIds, vocabularyOf } from "./translate.js";

/** In {@link FeatureMap.from}: the feature has no counterpart. */
export const NO_FEATURE = 2 ** 32 - 1;

/** What the features of one placement were in an earlier one. */
export interface FeatureMap {
  /** u32[F]: the earlier feature of each feature, or NO_FEATURE. */
  readonly from: Uint32Array;
  /** Features that have one, that have none, and earlier ones that nobody has. */
  readonly mapped: number;
  readonly fresh: number;
  readonly dropped: number;
  /** Columns of the same name that mean something else now, and why: none of their features has a counterpart. */
  readonly changed: readonly { readonly column: string; readonly why: string }[];
}

/**
 * Maps features by column and value: a column by its name, an id of a vocabulary by its text (so that a refit, which orders the values anew, loses none), every other id by itself. A value
 * that the earlier vocabulary did not hold has no counterpart, though it shared an out-of-vocabulary bucket. A column that reads other fields, is scaled, cut or hashed otherwise is another one.
 * @param earlier the earlier columns as they were placed, under the state `own`
 */
export function mapFeatures(earlier: Placement, own: v1.FeatureState, placement: Placement, state: v1.FeatureState, missing: readonly string[]): FeatureMap {
  const from = new Uint32Array(placement.features).fill(NO_FEATURE);
  const used = new Uint8Array(earlier.features);
  const changed: { column: string; why: string }[] = [];
  const columns = new Map(earlier.columns.map((column) => [column.name, column]));
  let mapped = 0;
  for (const now of placement.columns) {
    const was = columns.get(now.name);
    if (was === undefined) continue;
    const ids = idsOf(was, own, now, state, missing);
    if (typeof ids === "string") {
      changed.push({ column: now.name, why: ids });
      continue;
    }
    for (let id = 0; id < now.size; id++) {
      if (ids[id] === undefined || ids[id]! >= was.size) continue;
      from[now.offset + id] = was.offset + ids[id]!;
      used[was.offset + ids[id]!] = 1;
      mapped++;
    }
  }
  return { from, mapped, fresh: placement.features - mapped, dropped: earlier.features - used.reduce((sum, one) => sum + one, 0), changed };
}

/** For each id of the column now its earlier one (NO_FEATURE: none), or why there are none. */
function idsOf(was: PlacedColumn, own: v1.FeatureState, now: PlacedColumn, state: v1.FeatureState, missing: readonly string[]): Uint32Array | string {
  if (was.numeric !== now.numeric || was.multi !== now.multi) return "it is another kind of column";
  if (now.numeric) {
    if (numbersOf(was.spec) !== numbersOf(now.spec)) return "it reads another field";
    if (JSON.stringify(numericRecipe(was.spec, was.state)) !== JSON.stringify(numericRecipe(now.spec, now.state))) return "its numbers are scaled otherwise";
  } else {
    const why = difference(was.spec, own, now.spec, state);
    if (why !== null) return why;
    if (vocabularyOf(now.spec) !== null) return valueIds(was.spec, own, now.spec, state, missing);
  }
  return Uint32Array.from({ length: now.size }, (_, id) => id);
}

function valueIds(was: v1.ColumnSpec, own: v1.FeatureState, now: v1.ColumnSpec, state: v1.FeatureState, missing: readonly string[]): Uint32Array {
  const ids = new Uint32Array(columnSize(now, state)).fill(NO_FEATURE);
  ids[0] = 0;
  const [wasBuckets, buckets] = [bucketsOf(was), bucketsOf(now)];
  for (let id = 1; id <= buckets; id++) ids[id] = wasBuckets === 1 ? 1 : id;
  // Ids that agree need no texts.
  const agreed = wasBuckets === buckets && sameIds(was, own, now, state) ? columnSize(was, own) : 0;
  const texts = vocabularyTexts(now, state);
  const idOf = vocabularyIdOf(was, own, missing);
  for (let i = 0; i < texts.count; i++) {
    const id = 1 + buckets + i;
    const earlier = id < agreed ? id : idOf(textAt(texts, i));
    if (earlier > wasBuckets) ids[id] = earlier;
  }
  return ids;
}
