import { CrossbillError, v1 } from "@crossbill/messages";
import type { ColumnPartial } from "./column.js";
import { mergeMoments } from "./numeric-fit.js";
import { sketchOf } from "./sketch-of.js";
import { stateError } from "./spec-error.js";
import { mergeCounted } from "./texts.js";

const MERGES = {
  numeric: (a: ColumnPartial, b: ColumnPartial): ColumnPartial => ({ numeric: mergeMoments(a.numeric!, b.numeric!) }),
  sketch: (a: ColumnPartial, b: ColumnPartial): ColumnPartial => ({ sketch: sketchOf(a).merge(sketchOf(b)).toBytes() }),
  vocabulary: (a: ColumnPartial, b: ColumnPartial): ColumnPartial => ({
    vocabulary: v1.VocabularyPartial.create(mergeCounted(a.vocabulary!.values, a.vocabulary!.counts ?? [], b.vocabulary!.values, b.vocabulary!.counts ?? [])),
  }),
};

/**
 * The partials of two shards as one. Counts, moments and vocabularies do not depend on the order of merging; quantiles do once a column has more than
 * 100,000 distinct values, so partials are folded by the fixed tree of `@crossbill/numerics`.
 * @throws E_COLUMN_STATE when the two are of different columns
 */
export function mergePartials(a: v1.FeaturePartial.$Properties, b: v1.FeaturePartial.$Properties): v1.FeaturePartial {
  const [ours, theirs] = [a.columns ?? [], b.columns ?? []];
  if (ours.length !== theirs.length)
    throw new CrossbillError(
      "E_COLUMN_STATE",
      `partials of ${ours.length} and ${theirs.length} columns cannot be merged: they are of different specifications`,
    );
  const columns = ours.map((own, i) => {
    const other = theirs[i]!;
    const kind = (["numeric", "sketch", "vocabulary"] as const).find((key) => own[key] != null);
    if (own.name !== other.name || kind === undefined || other[kind] == null)
      throw stateError(own.name ?? "", `its partial cannot be merged with that of "${other.name}"`);
    return v1.ColumnPartial.create({ name: own.name ?? "", ...MERGES[kind](own, other) });
  });
  return v1.FeaturePartial.create({ rows: (a.rows ?? 0) + (b.rows ?? 0), columns });
}
