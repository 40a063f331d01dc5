import type { v1 } from "@crossbill/messages";
import type { JsonBias, JsonBin, JsonCurve, JsonHistogram, JsonSliceKey, Num } from "../json.js";

/** Submessages that were not set are null when decoded, whatever their generated type says. */
export type Maybe<T> = T | null | undefined;

export const num = (x: number): Num => (Number.isFinite(x) ? x : null);
export const nums = (xs: readonly number[]): Num[] => xs.map(num);

export const NO_BIAS: JsonBias = { meanPrediction: null, meanLabel: null, difference: null, ratio: null, low: null, high: null };

export function bias(b: Maybe<v1.Bias>): JsonBias | null {
  if (!b) return null;
  return {
    meanPrediction: num(b.meanPrediction),
    meanLabel: num(b.meanLabel),
    difference: num(b.difference),
    ratio: num(b.ratio),
    low: num(b.low),
    high: num(b.high),
  };
}

export function histogram(g: Maybe<v1.Histogram>): JsonHistogram | null {
  return g ? { low: num(g.low), high: num(g.high), rows: [...g.rows], weight: nums(g.weight), positiveWeight: nums(g.positiveWeight) } : null;
}

export function sliceKey(keys: readonly v1.SliceKey[]): JsonSliceKey {
  const slice: JsonSliceKey = Object.create(null) as JsonSliceKey;
  for (const key of keys) slice[key.field] = key.missing ? null : key.value;
  return slice;
}

/** By falling |z|; undefined ones last, equal ones in their order. */
export function byStrength<T extends { z: Num }>(items: readonly T[]): T[] {
  const strength = (item: T): number => (item.z === null ? -1 : Math.abs(item.z));
  return [...items].sort((a, b) => strength(b) - strength(a));
}

/** Both ends of an interval; [0, 0] was never set (a message of an earlier evaluation). */
export function ends(low: number, high: number): { low: Num; high: Num } {
  return low === 0 && high === 0 ? { low: null, high: null } : { low: num(low), high: num(high) };
}

function bin(b: v1.CalibrationBin): JsonBin {
  const all = ends(b.allLow, b.allHigh);
  return {
    low: num(b.low),
    high: num(b.high),
    rows: b.rows,
    weight: num(b.weight),
    meanPrediction: num(b.meanPrediction),
    meanLabel: num(b.meanLabel),
    labelLow: num(b.labelLow),
    labelHigh: num(b.labelHigh),
    allLow: all.low,
    allHigh: all.high,
  };
}

export function curve(c: v1.CalibrationCurve): JsonCurve {
  return { strategy: c.strategy, bins: c.bins.map(bin) };
}
