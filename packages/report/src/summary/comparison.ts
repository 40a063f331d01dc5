import type { v1 } from "@crossbill/messages";
import type { JsonComparison, JsonDifference, Num } from "../json.js";
import { bias, byStrength, type Maybe, num, sliceKey } from "./base.js";

function difference(d: v1.PairedDifference): JsonDifference {
  const of = (x: number): Num => (d.rows === 0 ? null : num(x));
  return {
    rows: d.rows,
    weight: num(d.weight),
    lossNew: of(d.lossNew),
    lossCurrent: of(d.lossCurrent),
    difference: of(d.difference),
    low: of(d.low),
    high: of(d.high),
    relativeIncrease: of(d.relativeIncrease),
    z: of(d.z),
    pValue: of(d.pValue),
  };
}

/** One model against another on the same rows. */
export function comparison(c: v1.Comparison): JsonComparison {
  const auc = c.auc as Maybe<v1.AucDifference>;
  const brier = c.brier as Maybe<v1.PairedDifference>;
  const overall = c.overall as Maybe<v1.PairedDifference>;
  return {
    modelSha256: c.modelSha256,
    againstSha256: c.againstSha256,
    level: num(c.level),
    overall: overall ? difference(overall) : null,
    biasNew: bias(overall?.biasNew),
    biasCurrent: bias(overall?.biasCurrent),
    slices: byStrength(
      c.slices.filter((s) => (s.difference as Maybe<v1.PairedDifference>) != null).map((s) => ({ slice: sliceKey(s.slice), ...difference(s.difference) })),
    ),
    minSliceRows: c.minSliceRows,
    smallSlices: c.smallSlices,
    auc: auc
      ? {
          new: num(auc.new),
          current: num(auc.current),
          difference: num(auc.difference),
          low: num(auc.low),
          high: num(auc.high),
          pValue: num(auc.pValue),
        }
      : null,
    brier: brier ? difference(brier) : null,
    changed: c.changed.map((row) => ({
      key: row.key,
      label: num(row.label),
      weight: num(row.weight),
      predictionNew: num(row.predictionNew),
      predictionCurrent: num(row.predictionCurrent),
      difference: num(row.difference),
    })),
    verdict: c.verdict,
  };
}
