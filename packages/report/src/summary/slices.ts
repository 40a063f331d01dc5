import { v1 } from "@crossbill/messages";
import type { JsonFairness, JsonFoundSlices, JsonRate, JsonSlice, JsonSliceKey, Num } from "../json.js";
import { bias, byStrength, type Maybe, NO_BIAS, num, sliceKey } from "./base.js";

/** A slice without rows has no numbers, whatever stands in the message. */
export function slice(s: v1.SliceEvaluation, head: v1.Head): JsonSlice {
  const of = (x: number): Num => (s.rows === 0 ? null : num(x));
  return {
    slice: sliceKey(s.slice),
    rows: s.rows,
    weight: num(s.weight),
    logLoss: of(s.logLoss),
    auc: of(s.auc),
    rmse: of(s.rmse),
    ...(head === v1.Head.POISSON ? { deviance: of(s.deviance) } : {}),
    bias: (s.rows === 0 ? null : bias(s.bias)) ?? NO_BIAS,
    calibrationError: of(s.calibrationError),
    z: of(s.z),
    pValue: of(s.pValue),
  };
}

/** What a search for slices found; null: none was made. */
export function foundSlices(f: Maybe<v1.FoundSlices>, head: v1.Head): JsonFoundSlices | null {
  if (!f) return null;
  return {
    metric: f.metric === "logLoss" ? "logLoss" : "bias",
    depth: f.depth,
    minRows: f.minRows,
    falseDiscoveryRate: num(f.falseDiscoveryRate),
    fields: [...f.fields],
    tested: f.tested,
    candidates: f.candidates,
    rowsSearched: f.rowsSearched,
    rowsConfirmed: f.rowsConfirmed,
    found: byStrength(
      f.found.map((one) => ({
        ...slice((one.slice as Maybe<v1.SliceEvaluation>) ?? v1.SliceEvaluation.create(), head),
        effect: num(one.effect),
        low: num(one.low),
        high: num(one.high),
        z: num(one.z),
        pValue: num(one.pValue),
        adjustedPValue: num(one.adjustedPValue),
        searchRows: one.searchRows,
        searchEffect: num(one.searchEffect),
      })),
    ),
  };
}

const keyOf = (key: Maybe<v1.SliceKey>): JsonSliceKey | null => (key ? sliceKey([key]) : null);

/** Decisions by the values of one field. A group without rows has no rates. */
export function fairness(f: v1.GroupFairness): JsonFairness {
  return {
    field: f.field,
    groups: f.groups.map((g) => {
      const rate = (r: Maybe<v1.Rate>): JsonRate =>
        !r || g.rows === 0 ? { value: null, low: null, high: null } : { value: num(r.value), low: num(r.low), high: num(r.high) };
      return {
        slice: keyOf(g.key) ?? sliceKey([]),
        rows: g.rows,
        weight: num(g.weight),
        baseRate: g.rows === 0 ? null : num(g.baseRate),
        positiveRate: rate(g.positiveRate),
        truePositiveRate: rate(g.truePositiveRate),
        falsePositiveRate: rate(g.falsePositiveRate),
        precision: rate(g.precision),
      };
    }),
    differences: f.differences.map((d) => ({
      name: d.name,
      value: num(d.value),
      low: num(d.low),
      high: num(d.high),
      most: keyOf(d.most),
      least: keyOf(d.least),
    })),
  };
}
