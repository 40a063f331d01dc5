import { columnSize, isMulti, isNumeric } from "@crossbill/columns";
import type { PackRows } from "@crossbill/ingest";
import type { v1 } from "@crossbill/messages";

/** Ids of a column are counted one by one where there are no more of them. */
const MOST_IDS = 4096;

/** What rows of one part hold in a column, weighted. */
export interface ColumnSums {
  readonly name: string;
  /** Weight of rows without a value, and of those whose value is out of the vocabulary. */
  missing: number;
  unseen: number;
  /** Weight by id; null: a number, a column of several values, or one of many ids. */
  readonly byId: Float64Array | null;
  /** Of the numbers that are there: sum of w x and w x^2. */
  sum: number;
  squares: number;
  /** Adds rows; f64 weights of each. */
  readonly add: (rows: PackRows, weight: Float64Array) => void;
}

/** Empty sums of a column; its ids are those of `state`. */
export function columnSums(spec: v1.ColumnSpec, state: v1.FeatureState): ColumnSums {
  const { name } = spec;
  const size = columnSize(spec, state);
  if (isNumeric(spec)) return numbers(name);
  if (isMulti(spec, state.columns)) return items(name);
  const firstUnseen = spec.vocabulary == null ? size : size - spec.vocabulary.outOfVocabulary;
  const byId = size <= MOST_IDS ? new Float64Array(size) : null;
  const sums: ColumnSums = {
    ...nothing(name),
    byId,
    add(rows, weight) {
      const ids = rows.ids.get(name)!;
      for (const [i, id] of ids.entries()) {
        const w = weight[i]!;
        if (byId !== null) byId[id]! += w;
        if (id === 0) sums.missing += w;
        else if (id >= firstUnseen) sums.unseen += w;
      }
    },
  };
  return sums;
}

function nothing(name: string): Omit<ColumnSums, "add"> {
  return { name, missing: 0, unseen: 0, byId: null, sum: 0, squares: 0 };
}

function numbers(name: string): ColumnSums {
  const sums: ColumnSums = {
    ...nothing(name),
    add(rows, weight) {
      for (const [i, x] of rows.numbers.get(name)!.entries()) {
        const w = weight[i]!;
        if (Number.isNaN(x)) sums.missing += w;
        else {
          sums.sum += w * x;
          sums.squares += w * x * x;
        }
      }
    },
  };
  return sums;
}

function items(name: string): ColumnSums {
  const sums: ColumnSums = {
    ...nothing(name),
    add(rows, weight) {
      const { offsets } = rows.pairs.get(name)!;
      for (const [i, w] of weight.entries()) if (offsets[i + 1] === offsets[i]) sums.missing += w;
    },
  };
  return sums;
}
