import { PANEL_ROWS } from "../exports-dense.js";
import { philox } from "./philox.js";

const { fround } = Math;

/** Where a random panel stands in a training. */
export interface PanelPlace {
  /** Lower and upper 32 bits. */
  readonly seed: readonly [number, number];
  readonly step: number;
  /** The block's row of the panel's first, a multiple of 64. */
  readonly row0: number;
  readonly layer: number;
}

const DROPOUT = 0x64726f70;
const SLOPES = 0x736c6f70;

function word(row: number, unit: number, { seed, step, row0, layer }: PanelPlace, purpose: number): number {
  const r = row0 + row;
  const counter = 16 * Math.floor(r / 64) + (r % 16);
  return philox([counter, ((layer << 16) | unit) >>> 0, step, purpose], seed)[Math.floor(r / 16) % 4]!;
}

function panel(units: number, rows: number, value: (unit: number, row: number) => number): Float32Array {
  const out = new Float32Array(units * PANEL_ROWS);
  for (let u = 0; u < units; u++) for (let r = 0; r < rows; r++) out[u * PANEL_ROWS + r] = value(u, r);
  return out;
}

/** Slow twin of dropout_mask. */
export function dropoutMaskTwin(units: number, rows: number, rate: number, place: PanelPlace): Float32Array {
  return panel(units, rows, (u, r) => (word(r, u, place, DROPOUT) >= Math.floor(rate * 2 ** 32) ? 1 / (1 - rate) : 0));
}

/** Slow twin of random_slopes. */
export function randomSlopesTwin(units: number, rows: number, low: number, high: number, place: PanelPlace): Float32Array {
  const width = fround(fround(high) - fround(low));
  return panel(units, rows, (u, r) => fround(low) + fround(width * ((word(r, u, place, SLOPES) >>> 8) / 2 ** 24)));
}
