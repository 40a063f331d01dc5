import { featureName } from "@crossbill/columns";
import { outputNames } from "../heads.js";
import type { Model } from "../model.js";
import type { ColumnWeights } from "../weights-file.js";

/** One number of a model: a weight other than 0, or an intercept. */
export interface WeightRow {
  /** null: an intercept. */
  readonly column: string | null;
  readonly id: number | null;
  /** Of the feature, for people; `(intercept)`. */
  readonly name: string;
  /** Of several classes: the class that the weight speaks for, or of the head oneVsOne the pair; else null. */
  readonly output: string | null;
  readonly weight: number;
}

/** The intercepts, then the weights: columns in the model's order, ids ascending, outputs in theirs. */
export function* weightRows(model: Model, weights: readonly ColumnWeights[]): Generator<WeightRow> {
  const outputs = model.classes.length === 0 ? [null] : outputNames(model.head, model.classes);
  const K = outputs.length;
  for (const [k, output] of outputs.entries()) yield { column: null, id: null, name: "(intercept)", output, weight: model.intercepts[k]! };
  const specs = new Map(model.columns.map(({ placed }) => [placed.name, placed.spec]));
  for (const { name: column, ids, weights: held } of weights) {
    const spec = specs.get(column)!;
    for (const [i, id] of ids.entries()) {
      const name = featureName(spec, model.state, id);
      for (const [k, output] of outputs.entries()) {
        const weight = held[i * K + k]!;
        if (weight !== 0) yield { column, id, name, output, weight };
      }
    }
  }
}
