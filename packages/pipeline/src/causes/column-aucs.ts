import { rocAuc } from "@crossbill/auc";
import type { PackRows } from "@crossbill/ingest";
import type { v1 } from "@crossbill/messages";
import type { LiveColumn, Model } from "@crossbill/models";
import { eachRows } from "./part-rows.js";
import { MOST_ROWS } from "./part-shifts.js";

/**
 * AUC of each column's part of the logit by itself, over rows of packs (the first 65,536 or so, in proportion to the packs).
 * @param model one whose ids are those of the packs: it was trained on them
 */
export async function columnAucs(
  run: { readonly root: string; readonly signal: AbortSignal },
  packs: readonly v1.Pack[],
  model: Model,
): Promise<{ column: string; auc: number }[]> {
  const labels: number[] = [];
  const weights: number[] = [];
  const parts = model.columns.map((column) => ({ column, values: [] as number[] }));
  await eachRows(run, packs, MOST_ROWS, (rows) => {
    for (let i = 0; i < rows.rows; i++) {
      labels.push(rows.label[i]!);
      weights.push(rows.weight[i]!);
    }
    for (const { column, values } of parts) for (let i = 0; i < rows.rows; i++) values.push(partOf(column, rows, i));
  });
  return parts.map(({ column, values }) => ({ column: column.placed.name, auc: rocAuc(labels, values, weights) }));
}

function partOf(column: LiveColumn, rows: PackRows, i: number): number {
  const { name } = column.placed;
  if (column.kind === "numeric") {
    const x = rows.numbers.get(name)![i]!;
    return column.weight * column.transform(x) + (column.isMissing(x) ? column.missingWeight : 0);
  }
  const several = rows.pairs.get(name);
  if (several === undefined) return column.table.get(rows.ids.get(name)![i]!);
  const { offsets, ids, values } = several;
  let sum = 0;
  for (let at = offsets[i]! - offsets[0]!; at < offsets[i + 1]! - offsets[0]!; at++) sum += column.table.get(ids[at]!) * (values?.[at] ?? 1);
  return sum;
}
