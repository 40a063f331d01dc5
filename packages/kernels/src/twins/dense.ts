import { PANEL_ROWS } from "../exports-dense.js";

const { fround } = Math;

/** A layer's shape, and how many rows of its panels are used. */
export interface LayerShape {
  readonly inputs: number;
  readonly outputs: number;
  readonly rows: number;
}

/** Slow twin of dense_forward: panels x and the one returned are f32[units][64], w f32[outputs][inputs]. */
export function denseForwardTwin(x: Float32Array, w: Float32Array, b: Float32Array | null, { inputs, outputs, rows }: LayerShape): Float32Array {
  const out = new Float32Array(outputs * PANEL_ROWS);
  for (let j = 0; j < outputs; j++) {
    for (let r = 0; r < rows; r++) {
      let sum = b === null ? 0 : b[j]!;
      for (let i = 0; i < inputs; i++) sum = fround(sum + fround(w[j * inputs + i]! * x[i * PANEL_ROWS + r]!));
      out[j * PANEL_ROWS + r] = sum;
    }
  }
  return out;
}

/** Slow twin of dense_backward_inputs, in place: added to what `out` holds. */
export function denseBackwardInputsTwin(out: Float32Array, dz: Float32Array, w: Float32Array, { inputs, outputs, rows }: LayerShape): void {
  for (let i = 0; i < inputs; i++) {
    for (let r = 0; r < rows; r++) {
      let sum = out[i * PANEL_ROWS + r]!;
      for (let j = 0; j < outputs; j++) sum = fround(sum + fround(w[j * inputs + i]! * dz[j * PANEL_ROWS + r]!));
      out[i * PANEL_ROWS + r] = sum;
    }
  }
}

/** Slow twin of dense_backward_weights, in place: added to what dw and db hold. */
export function denseBackwardWeightsTwin(
  dw: Float32Array,
  db: Float32Array | null,
  dz: Float32Array,
  x: Float32Array,
  { inputs, outputs, rows }: LayerShape,
): void {
  for (let j = 0; j < outputs; j++) {
    for (let i = 0; i < inputs; i++) dw[j * inputs + i] = dw[j * inputs + i]! + laneSum(rows, (r) => fround(dz[j * PANEL_ROWS + r]! * x[i * PANEL_ROWS + r]!));
    if (db !== null) db[j] = db[j]! + laneSum(rows, (r) => dz[j * PANEL_ROWS + r]!);
  }
}

/** Sum over rows by lanes r mod 4, then (l0 + l1) + (l2 + l3), in float32. */
export function laneSum(rows: number, value: (row: number) => number): number {
  const lanes = [0, 0, 0, 0];
  for (let r = 0; r < rows; r++) lanes[r % 4] = fround(lanes[r % 4]! + value(r));
  return fround(fround(lanes[0]! + lanes[1]!) + fround(lanes[2]! + lanes[3]!));
}
