import type { Inputs } from "../blocks/inputs.js";

/** Columns all of whose weights are 0, in the order of features. @param weights [K][F] */
export function unusedIn(weights: Float32Array | Float64Array, inputs: Inputs): string[] {
  const { features, categorical, multi, numeric } = inputs;
  const columns = [...categorical, ...multi, ...numeric.map(({ name, offset, inputs: size }) => ({ name, offset, size }))].sort((a, b) => a.offset - b.offset);
  const isZero = (offset: number, size: number): boolean => {
    for (let at = offset; at < weights.length; at += features) for (let i = at; i < at + size; i++) if (weights[i] !== 0) return false;
    return true;
  };
  return columns.filter(({ offset, size }) => isZero(offset, size)).map(({ name }) => name);
}
