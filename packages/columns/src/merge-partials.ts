import { CrossbillError, v1 } from "@crossbill/messages";
import { bounded, COUNTED_BYTES } from "./bound-counted.js";
import type { ColumnPartial } from "./column.js";
import { mergeCounted, readCounted, writeCounted } from "./counted.js";
import { mergeMoments } from "./numeric-fit.js";
import { sketchOf } from "./sketch-of.js";
import { stateError } from "./spec-error.js";

const MERGES = {
  numeric: (a: ColumnPartial, b: ColumnPartial): ColumnPartial => ({ numeric: mergeMoments(a.numeric!, b.numeric!) }),
  sketch: (a: ColumnPartial, b: ColumnPartial): ColumnPartial => ({ sketch: sketchOf(a.sketch!).merge(sketchOf(b.sketch!)).toBytes() }),
  vocabulary: (a: ColumnPartial, b: ColumnPartial): ColumnPartial => ({
    vocabulary: writeCounted(mergeCounted(readCounted(a.name ?? "", a.vocabulary!), readCounted(b.name ?? "", b.vocabulary!))),
  }),
};

/**
 * The partials of two shards as one. Counts, moments and vocabularies do not depend on the order of merging; quantiles do once a column has more than
 * 100,000 distinct values, and vocabularies once their values take more than {@link COUNTED_BYTES}; so partials are folded by the fixed tree of `@crossbill/numerics`.
 * @param room bytes of vocabularies; for tests
 * @throws E_COLUMN_STATE when the two are of different columns
 */
export function mergePartials(a: v1.FeaturePartial.$Properties, b: v1.FeaturePartial.$Properties, room: number = COUNTED_BYTES): v1.FeaturePartial {
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
  return v1.FeaturePartial.create({ rows: (a.rows ?? 0) + (b.rows ?? 0), columns: withinRoom(columns, room) });
}

/** The partials with the rarest values of vocabularies left out where they all take too much. */
function withinRoom(columns: readonly v1.ColumnPartial[], room: number): v1.ColumnPartial[] {
  const size = columns.reduce((sum, { vocabulary }) => sum + (vocabulary == null ? 0 : vocabulary.texts.length + 1.5 * vocabulary.tallies.length), 0);
  if (size <= room) return [...columns];
  const lists = columns.flatMap(({ name, vocabulary }) => (vocabulary == null ? [] : [readCounted(name, vocabulary)]));
  const kept = bounded(lists, room)[Symbol.iterator]();
  return columns.map((column) =>
    column.vocabulary == null ? column : v1.ColumnPartial.create({ name: column.name, vocabulary: writeCounted(kept.next().value!) }),
  );
}
